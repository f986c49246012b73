"""Signed codes, and what is notable about visits."""

from __future__ import annotations

import uuid
from math import cos, radians

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.patrols import track
from activities.patrols.measures import distance
from activities.patrols.routes.codes import FORM, LAST_VERSION, Code, code_of, read_code
from activities.patrols.routes.noticing import Trail, notice, too_fast
from api.keyed import to_base64url
from api.signing import sign, signed_claims, stamp
from tests.activities.test_track import piece_of

LON, LAT = 108.448312, 11.214705
EAST_M = 1 / (111_195.08 * cos(radians(LAT)))
"""Degrees of longitude in a metre."""
T0 = 1_795_350_600_000
POST = uuid.UUID("0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00")


@pytest.fixture(autouse=True)
def _no_code_is_remembered() -> None:
    read_code.cache_clear()


def checkpoint(id: uuid.UUID = POST, east_m: float = 0, **fields: object) -> dict:
    location = {"lon": LON + east_m * EAST_M, "lat": LAT, "accuracy_m": None}
    return {
        "id": str(id),
        "location": location,
        "radius_m": 50,
        "methods": ["point", "qr"],
        "code_renewed_at": [],
    } | fields


def visit(east_m: float | None = 0, accuracy_m: float | None = 5, **fields: object) -> dict:
    location = None if east_m is None else {"lon": LON + east_m * EAST_M, "lat": LAT, "accuracy_m": accuracy_m}
    return {"id": "v", "checkpoint_id": str(POST), "location": location, "method": "point", "code": None} | fields


def flags(of: dict, at: int = T0, **known: object) -> set[str]:
    [noticed] = notice([(at, of)], {str(POST): checkpoint(**known.pop("checkpoint", {}))}, **known)  # type: ignore[arg-type]
    return {flag.value for flag in noticed.flags}


# Codes


@given(st.uuids(), st.integers(1, LAST_VERSION))
@settings(max_examples=25)
def test_a_code_says_what_was_put_into_it(id, version):
    text = code_of(id, version)
    assert FORM.fullmatch(text) and len(text) < 150
    assert read_code(text) == Code(str(id), version)


@given(st.data())
@settings(max_examples=40)
def test_a_code_with_any_letter_changed_is_none(data):
    text = code_of(POST, 1)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_./:").filter(lambda other: other != text[place]))
    assert read_code(text[:place] + letter + text[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "anthon://c/1", "anthon://c/1....", "https://example.vn", "ạ" * 200, "." * 150])
def test_what_is_no_code_is_none(text):
    assert read_code(text) is None


def test_a_code_outlives_the_key_that_signs_as_long_as_that_is_listed():
    old, new = (to_base64url(bytes([number]) * 32) for number in (1, 2))
    with override_settings(RECEIPT_KEYS={"2026-11": old}):
        text = code_of(POST, 3)
    with override_settings(RECEIPT_KEYS={"2028.1": new, "2026-11": old}):
        assert read_code(text) == Code(str(POST), 3)
        assert ".2028.1." in code_of(POST, 3)
        assert read_code(code_of(POST, 3)) == Code(str(POST), 3)
    read_code.cache_clear()
    with override_settings(RECEIPT_KEYS={"2028.1": new}):
        assert read_code(text) is None


def test_no_code_passes_for_a_receipt_nor_a_receipt_for_a_code():
    assert signed_claims(code_of(POST, 1), typ="receipt+jws") is None
    receipt = sign({"id": str(POST)}, typ="receipt+jws")
    assert read_code(receipt) is read_code(f"anthon://c/1.{receipt}") is None
    assert read_code(stamp("anthon://d/1", POST.bytes + b"\0\1")) is None


# Visits


def test_out_of_radius_and_from_afar_by_what_the_phone_is_sure_of():
    code = code_of(POST, 1)
    scan = {"method": "qr", "code": code}
    assert flags(visit(45, 0, **scan)) == set()
    assert flags(visit(60, 0, **scan)) == {"out_of_radius"}
    assert flags(visit(60, 20, **scan)) == set()
    assert flags(visit(160, 0, **scan)) == {"out_of_radius", "code_from_afar"}
    assert flags(visit(160, 0)) == {"out_of_radius"}
    assert flags(visit(2_000, 1e6, **scan)) == {"out_of_radius", "code_from_afar"}, "claiming to be unsure is no excuse"


def test_without_a_place_of_its_own_a_visit_is_where_the_track_was():
    start, lat = T0 // 1000, round(LAT * 1e6)
    steps = [(start + 10 * n, round((LON + n * 100 * EAST_M) * 1e6), lat, 5, 0, False) for n in range(60)]
    trail = Trail.of(track.unpack(track.union(None, [piece_of(steps)])))
    scan = visit(None, method="qr", code=code_of(POST, 1))
    known = {str(POST): checkpoint()}
    [near] = notice([(T0 + 30_000, scan)], known, trail=trail)
    assert (near.distance_m, near.distance_from, near.flags) == (pytest.approx(0, abs=1), "track", set())
    [far] = notice([(T0 + 300_000, scan)], known, trail=trail)
    assert far.distance_m == pytest.approx(2_400, rel=0.01)
    assert far.flags == {"out_of_radius", "code_from_afar"}
    [elsewhere] = notice([(T0 + 300_000, visit(0))], known, trail=trail)
    assert elsewhere.flags == {"track_elsewhere"}
    [nowhere] = notice([(T0 + 3_000_000, scan)], known, trail=trail)
    assert (nowhere.distance_m, nowhere.flags) == (None, set())


def test_a_photographed_code_shows_by_the_time_between_far_checkpoints():
    far = uuid.uuid4()
    known = {str(POST): checkpoint(), str(far): checkpoint(far, 2_000)}
    there = visit(0, checkpoint_id=str(far), location=None)

    def soon(seconds: int, **of: object) -> list[set[str]]:
        found = notice([(T0, visit()), (T0 + seconds * 1000, there | of)], known)
        return [{flag.value for flag in each.flags} for each in found]

    assert soon(60) == [set(), {"too_fast"}]
    assert soon(180) == [set(), set()]
    assert soon(60, user_id=str(uuid.uuid4())) == [set(), set()], "two people may part"
    lan = {"user_id": str(uuid.uuid4())}
    found = notice([(T0, visit(**lan)), (T0 + 1_000, visit()), (T0 + 60_000, there | lan)], known)
    assert [bool(each.flags) for each in found] == [False, False, True], "whoever else was seen meanwhile"


@given(st.floats(0, 5_000), st.integers(0, 600_000), st.integers(5, 1_000))
@settings(max_examples=60)
def test_too_fast_is_over_60_km_an_hour_from_edge_to_edge(metres, passed_ms, radius):
    one, other = checkpoint(radius_m=radius), checkpoint(uuid.uuid4(), metres, radius_m=5)
    apart = distance(*((each["location"]["lon"], each["location"]["lat"]) for each in (one, other))) - radius - 5
    assert too_fast(one, other, passed_ms) == too_fast(other, one, passed_ms)
    assert too_fast(one, other, passed_ms) == (apart > 100 and apart / (60 / 3.6) * 1000 > passed_ms)


def test_a_code_of_something_else_or_of_before_is_told():
    scan = {"method": "qr"}
    assert flags(visit(**scan)) == {"code_missing"}
    assert flags(visit(**scan, code="https://example.vn")) == {"code_invalid"}
    assert flags(visit(**scan, code=code_of(uuid.uuid4(), 1))) == {"code_invalid"}
    renewed = {"code_renewed_at": [T0 - 1_000, T0 + 1_000]}
    assert flags(visit(**scan, code=code_of(POST, 1)), checkpoint=renewed) == {"code_outdated"}
    assert flags(visit(**scan, code=code_of(POST, 1)), T0 - 1_000, checkpoint=renewed) == set()
    assert flags(visit(**scan, code=code_of(POST, 2)), checkpoint=renewed) == set()
    assert flags(visit(**scan, code=code_of(POST, 3)), checkpoint=renewed) == set()
    assert flags(visit(method="manual")) == {"method_unexpected"}
    assert flags(visit(method=None)) == set()


def test_visits_beside_the_patrol_and_at_mocked_places_are_told():
    within = (T0, T0 + 3_600_000)
    assert flags(visit(), T0 - 600_000, within=within) == set()
    assert flags(visit(), T0 - 600_001, within=within) == {"outside_patrol"}
    mocked = Trail([T0], [(LON, LAT)], [True])
    assert flags(visit(), T0 + 60_000, trail=mocked) == {"mock_location"}
    assert flags(visit(), T0 + 60_001, trail=mocked) == set()


def test_of_a_checkpoint_that_is_not_known_nothing_is_said():
    [noticed] = notice([(T0, visit(9_999, method="qr"))], {})
    assert (noticed.distance_m, noticed.flags) == (None, set())
