"""Bodies and parameters that hardly anybody sends."""

import pytest

from api.ids import uuid7
from api.sync import history
from tests.api.sync.talk import lamp, one, patch, put
from tests.cast import Cast, raise_cast
from tests.client import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return raise_cast()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{}"])
def test_a_push_without_an_envelope_is_refused(cast: Cast, body: bytes) -> None:
    response = signed_in(cast.lan).post("/v1/sync/push", body, content_type="application/json")
    assert response.status_code in (400, 422), response.content


@pytest.mark.parametrize("day", ["2026-W01-1", "20260101xx", "2026-1-1", "01/01/2026", "2026-02-30"])
def test_a_day_is_written_in_one_way(cast: Cast, day: str) -> None:
    response = signed_in(cast.lan).get("/v1/patrols", {"since": day})
    assert response.status_code == 400 and response.json()["code"] == "parameter_invalid"


@pytest.mark.parametrize(("base", "status"), [(3, "merged"), (1, "conflict"), (0, "conflict")])
def test_an_edit_from_too_far_behind_is_taken_to_have_missed_everything(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, base: int, status: str
) -> None:
    """Bảo changed the wattage alone, but how should the server know that about versions it doesn't look at?"""
    monkeypatch.setattr(history, "MOST_VERSIONS", 3)
    there = uuid7()
    one(cast.lan, put(lamp(cast), there))
    for watt in range(10, 15):
        one(cast.bao, patch(there, {"watt": watt}, base=watt - 9))
    assert one(cast.lan, patch(there, {"name": "Đèn cổng chợ"}, base=base))["status"] == status


def test_what_the_same_phone_changed_is_not_others_change_however_far_behind(cast: Cast) -> None:
    there = uuid7()
    one(cast.lan, put(lamp(cast), there))
    for watt in range(10, 15):
        one(cast.bao if watt == 12 else cast.lan, patch(there, {"watt": watt, "keeper_ids": []}, base=watt - 9))
    result = one(cast.lan, patch(there, {"name": "Đèn cổng chợ", "state": "broken"}, base=1))
    assert result["status"] == "merged"
