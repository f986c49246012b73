"""Routes, checkpoints and their codes over HTTP, with the cast."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from accounts.models import AuditEvent
from activities.patrols.routes import figures
from activities.patrols.routes.codes import code_of, read_code
from activities.patrols.routes.noticing import VisitFlag
from api.ids import uuid7
from api.localtime import LOCAL, local_day, now, wire
from api.records import record_type
from api.sync.changes import Change, Clock
from api.sync.engine import write
from tests.accounts.paper import read_paper
from tests.activities.test_track import piece_of
from tests.cast import Cast, Person
from tests.client import signed_in

JSON = "application/json"
EVENING = dt.datetime.combine(local_day(now()) - dt.timedelta(days=2), dt.time(21, 50), LOCAL)
LON, LAT = 108.448312, 11.214705
EAST_M = 1 / 109_065
GATE_WINDOW = {"opens": "22:30", "closes": "23:00"}


def at(minutes: float) -> str:
    """So many minutes after 21:50 of an evening of this week."""
    return wire(EVENING + dt.timedelta(minutes=minutes))


def make(who: Person, collection: str, cast: Cast, **fields: object) -> str:
    """A record of Lan's hamlet, issued long ago; of her team unless told otherwise."""
    body = {"id": str(uuid7()), "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]), "recorded_at": at(0)}
    answer = signed_in(who).post(f"/v1/{collection}", body | fields, content_type=JSON)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def post(cast: Cast, who: Person, east_m: float = 0, **fields: object) -> str:
    location = {"lon": LON + east_m * EAST_M, "lat": LAT}
    return make(who, "checkpoints", cast, **{"name": "Cổng đình", "location": location} | fields)


def visit(checkpoint: str, minute: float, *, east_m: float | None = None, **fields: object) -> dict:
    location = None if east_m is None else {"lon": LON + east_m * EAST_M, "lat": LAT, "accuracy_m": 5}
    return {"id": str(uuid7()), "checkpoint_id": checkpoint, "visited_at": at(minute), "location": location} | fields


def walk(cast: Cast, patrol: str, *dark: tuple[int, int], minutes: int = 240) -> None:
    """Lan's phone delivers the patrol's track, but for the minutes named."""
    start, lon, lat = int(EVENING.timestamp()), round(LON * 1e6), round(LAT * 1e6)
    seen = [n for n in range(minutes + 1) if not any(first < n < last for first, last in dark)]
    rows = [(start + n * 60, lon + n, lat, 8, 120, False) for n in seen]
    piece = piece_of(rows, t0=at(0)) | {"dt_s": [0, *(60 * (after - before) for before, after in pairwise(seen))]}
    write(cast.lan.actor(), [Change("track", uuid.UUID(patrol), "put", cast.hamlets[0], piece)])


def patrol_of(cast: Cast, route: str | None, *visits: dict, **fields: object) -> str:
    over = {"started_at": at(0), "ended_at": at(240), "status": "completed"}
    return make(cast.lan, "patrols", cast, **over | {"route_id": route, "checkpoint_visits": list(visits)} | fields)


def told(who: Person, patrol: str) -> dict:
    answer = signed_in(who).get(f"/v1/patrols/{patrol}/checkpoints")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_night_on_a_route_is_told_checkpoint_by_checkpoint(cast: Cast):
    gate, market, bridge = (post(cast, cast.bao, east_m) for east_m in (0, 3_000, 6_000))
    stops = [
        {"checkpoint_id": gate, "windows": [GATE_WINDOW]},
        {"checkpoint_id": market, "windows": [{"opens": "23:30", "closes": "00:00"}]},
        {"checkpoint_id": bridge, "every_min": 120},
    ]
    route = make(cast.bao, "routes", cast, name="Đình – chợ – cầu", ordered=True, stops=stops)
    code = code_of(uuid.UUID(market), 1)
    seen = [
        visit(gate, 55, east_m=10, method="point"),
        visit(market, 140, east_m=1_000, method="qr", code=code),  # a photo of the code, and late
        visit(str(uuid7()), 150),
    ]
    patrol = patrol_of(cast, route, *seen)
    before = told(cast.bao, patrol)
    assert (before["delivered_whole"], before["gaps"]) == (False, [{"starts_at": at(0), "ends_at": at(240)}])
    walk(cast, patrol, (60, 90))
    whole = told(cast.bao, patrol)
    assert [each["on_route"] for each in whole["checkpoints"]] == [True, True, True, False]
    assert [each["status"] for each in whole["checkpoints"]] == ["on_time", "late", "missed", None]
    assert [due["status"] for due in whole["checkpoints"][2]["due"]] == ["unknown", "missed"]
    assert whole["checkpoints"][0]["due"] == [
        {"opens_at": at(40), "closes_at": at(70), "status": "on_time", "visit_id": seen[0]["id"]}
    ]
    [photographed] = whole["checkpoints"][1]["visits"]
    assert photographed["flags"] == ["code_from_afar", "out_of_radius", "track_elsewhere"]
    assert photographed["distance_m"] == pytest.approx(2_000, rel=0.01)
    assert (whole["order_kept"], whole["delivered_whole"]) == (True, False)
    assert whole["gaps"] == [{"starts_at": at(60), "ends_at": at(90)}]
    assert (whole["route_name"], whole["route_version"]) == ("Đình – chợ – cầu", 1)
    walk(cast, patrol)  # what was dark is delivered after all
    assert [due["status"] for due in told(cast.bao, patrol)["checkpoints"][2]["due"]] == ["missed", "missed"]


def test_a_patrol_is_held_against_the_route_of_its_night(cast: Cast):
    gate = post(cast, cast.bao)
    route = make(cast.bao, "routes", cast, name="Tuyến 1", stops=[{"checkpoint_id": gate}])
    tonight = {"started_at": wire(now()), "ended_at": None, "status": "ongoing"}
    patrol = patrol_of(cast, route, **tonight)
    changed = {"stops": [], "name": "Tuyến bỏ"}
    item = f"/v1/routes/{route}"
    signed_in(cast.bao).patch(item, changed, content_type="application/merge-patch+json", headers={"If-Match": "*"})
    assert told(cast.lan, patrol)["route_name"] == "Tuyến 1"
    signed_in(cast.bao).delete(item, headers={"If-Match": "*"})
    assert [each["status"] for each in told(cast.lan, patrol)["checkpoints"]] == ["unknown"]


def test_a_route_of_another_area_stays_there(cast: Cast):
    theirs = make(cast.linh, "routes", cast, name="Tuyến kín", area_id=str(cast.hamlets[2]), team_id=str(cast.teams[2]))
    seen = told(cast.bao, patrol_of(cast, theirs))
    assert (seen["route_name"], seen["checkpoints"]) == (None, [])
    assert told(cast.bao, patrol_of(cast, str(uuid7())))["route_name"] is None


def test_what_the_commune_issues_flows_down_to_phones(cast: Cast):
    of_commune = {"area_id": str(cast.communes[0]), "team_id": None}
    gate = post(cast, cast.dung, **of_commune)
    route = make(cast.dung, "routes", cast, name="Tuyến liên thôn", stops=[{"checkpoint_id": gate}], **of_commune)
    pulled = signed_in(cast.lan).get("/v1/sync/pull?limit=500").json()["changes"]
    assert {route, gate} <= {each["id"] for each in pulled}
    assert {each["id"] for each in signed_in(cast.linh).get("/v1/sync/pull?limit=500").json()["changes"]}.isdisjoint(
        {route, gate}
    )
    walked = told(cast.bao, patrol_of(cast, route, visit(gate, 5, east_m=3)))
    assert (walked["route_name"], walked["checkpoints"][0]["name"]) == ("Tuyến liên thôn", "Cổng đình")
    hers = {"id": str(uuid7()), "area_id": str(cast.communes[0]), "name": "Tuyến của Lan", "recorded_at": at(0)}
    assert signed_in(cast.lan).post("/v1/routes", hers, content_type=JSON).status_code == 404
    assert signed_in(cast.minh).post("/v1/routes", hers, content_type=JSON).status_code == 403


def test_every_fault_of_a_route_is_told(cast: Cast):
    gate = str(uuid7())
    empty = {"checkpoint_id": gate, "windows": [{"opens": "22:00", "closes": "22:00"}]}
    body = {"id": str(uuid7()), "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]), "name": "Tuyến"}
    twice = signed_in(cast.bao).post("/v1/routes", body | {"stops": [empty, empty]}, content_type=JSON)
    assert [(each["pointer"], each["code"]) for each in twice.json()["errors"]] == [
        ("/stops/0/windows/0/closes", "window_empty"),
        ("/stops/1/checkpoint_id", "duplicate_item"),
        ("/stops/1/windows/0/closes", "window_empty"),
    ]
    never = {"checkpoint_id": gate, "windows": [{"opens": "24:00", "closes": "9:30"}], "every_min": 5}
    wrong = signed_in(cast.bao).post("/v1/routes", body | {"stops": [never]}, content_type=JSON)
    assert [each["pointer"] for each in wrong.json()["errors"]] == [
        "/stops/0/windows/0/opens",
        "/stops/0/windows/0/closes",
        "/stops/0/every_min",
    ]


def test_a_renewed_code_is_told_by_the_one_before(cast: Cast):
    gate = post(cast, cast.bao)
    path = f"/v1/checkpoints/{gate}"
    old = signed_in(cast.bao).post(f"{path}/code", content_type=JSON).json()
    assert read_code(old["code"]) == (gate, 1)
    body = {"code_version": 1}
    once, again = (signed_in(cast.bao).post(f"{path}/renew", body, content_type=JSON) for _ in range(2))
    assert once.json() == again.json() and once.json()["code_version"] == 2
    assert len(once.json()["code_renewed_at"]) == 1
    ahead = signed_in(cast.bao).post(f"{path}/renew", {"code_version": 3}, content_type=JSON)
    assert (ahead.status_code, ahead.json()["errors"][0]["code"]) == (422, "too_large")
    new = signed_in(cast.dung).post(f"{path}/code", content_type=JSON).json()
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    scans = [
        visit(gate, 0, method="qr", code=each["code"], visited_at=wire(tomorrow), user_id=str(uuid7()))
        for each in (old, new)
    ]
    patrol = patrol_of(cast, None, *scans, started_at=wire(tomorrow), ended_at=None, status="ongoing")
    by_id = {each["id"]: each["flags"] for each in told(cast.bao, patrol)["checkpoints"][0]["visits"]}
    assert [by_id[scan["id"]] for scan in scans] == [[VisitFlag.CODE_OUTDATED], []]
    names = AuditEvent.objects.filter(subject_id=gate).order_by("at").values_list("name", flat=True)
    assert list(names) == ["checkpoint.created", "checkpoint.code_told", "checkpoint.renewed", "checkpoint.code_told"]
    sent = {"code_version": 9, "code_renewed_at": []}
    signed_in(cast.bao).patch(path, sent, content_type="application/merge-patch+json", headers={"If-Match": "*"})
    assert signed_in(cast.bao).get(path).json()["code_version"] == 2, "what the server derives nobody sends"


def test_codes_are_printed_by_who_looks_after_them(cast: Cast):
    of_commune = {"area_id": str(cast.communes[0]), "team_id": None}
    long = "Ngã ba đường liên thôn Thái An – Thái Bình, trước nhà văn hóa <b>#set $x$"
    posts = [post(cast, cast.bao), post(cast, cast.bao, name=long), post(cast, cast.dung, name="Cầu", **of_commune)]
    stops = [{"checkpoint_id": each} for each in (*posts, str(uuid7()))]
    route = make(cast.bao, "routes", cast, name="Tuyến ven sông", stops=stops)

    def printed(who: Person, path: str) -> bytes:
        answer = signed_in(who).post(path, content_type=JSON)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf"), answer.content
        return bytes(answer.content)

    def pages(pdf: bytes) -> list[str]:
        return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]

    sheet = printed(cast.bao, f"/v1/routes/{route}/sheet")
    bao, dung = pages(sheet), pages(printed(cast.dung, f"/v1/routes/{route}/sheet"))
    assert (len(bao), len(dung)) == (2, 3), "a list, and two codes a page"
    assert "Tuyến ven sông" in bao[0] and "Cầu" not in "".join(bao) and "Cầu" in "".join(dung)
    assert "#set $x$" in " ".join(bao[1].split()), "what people write is no markup"
    shown = [read_paper(sheet).shows(code_of(uuid.UUID(each), 1)) for each in posts]
    assert shown == [True, True, False], "the commune's code isn't a leader's to give"
    assert len(pages(printed(cast.bao, f"/v1/checkpoints/{posts[0]}/sheet"))) == 1
    event = AuditEvent.objects.filter(name="checkpoints.printed", user_id=cast.dung.user_id).get()
    assert (event.subject_id, event.details["count"]) == (uuid.UUID(route), 3)
    assert signed_in(cast.lan).post(f"/v1/checkpoints/{posts[0]}/code", content_type=JSON).status_code == 403
    assert signed_in(cast.bao).post(f"/v1/checkpoints/{posts[2]}/code", content_type=JSON).status_code == 403
    none = signed_in(cast.dung).post(f"/v1/areas/{cast.hamlets[1]}/checkpoint_sheet", content_type=JSON)
    assert (none.status_code, none.json()["code"]) == (409, "no_checkpoints")


def test_figures_add_up_and_name_nobody(cast: Cast):
    gate, market = post(cast, cast.bao), post(cast, cast.bao, 3_000)
    stops = [{"checkpoint_id": gate, "windows": [GATE_WINDOW]}, {"checkpoint_id": market}]
    route = make(cast.bao, "routes", cast, name="Tuyến 1", stops=stops)
    kept, late = (patrol_of(cast, route, visit(gate, minute, east_m=900)) for minute in (50, 100))
    for patrol in (kept, late):
        walk(cast, patrol)
    patrol_of(cast, route)
    patrol_of(cast, route, status="planned", ended_at=None)
    patrol_of(cast, None, visit(gate, 50))
    day = local_day(EVENING).isoformat()
    asked = f"/v1/routes/figures?since={day}&until={day}"
    whole = {"patrols": 3, "expected": 6, "on_time": 1, "late": 1, "missed": 2, "unknown": 2, "flagged": 2}
    whole |= {"nights": 0, "not_walked": 0}
    none = {"route_id": None, "checkpoint_id": None, "area_id": None, "day": None}
    for by, key in {
        "route": {"route_id": route},
        "area": {"area_id": str(cast.hamlets[0])},
        "day": {"day": day},
    }.items():
        for who in (cast.lan, cast.bao, cast.minh, cast.dung, cast.hoa):
            assert signed_in(who).get(f"{asked}&by={by}").json()["items"] == [none | key | whole], (by, who.key)
    each = signed_in(cast.hoa).get(f"{asked}&by=checkpoint&area={cast.communes[0]}&route={route}").json()["items"]
    assert [row["checkpoint_id"] for row in each] == sorted((gate, market))
    assert {name: sum(row[name] for row in each) for name in whole if name != "patrols"} | {"patrols": 3} == whole
    for who, more in ((cast.linh, ""), (cast.son, ""), (cast.khach, ""), (cast.hoa, f"&area={cast.communes[1]}")):
        assert signed_in(who).get(asked + more).json()["items"] == []


def issued(cast: Cast, days_ago: int, **fields: object) -> str:
    """A route of Lan's team that has stood for some days."""
    id, then = uuid7(), EVENING - dt.timedelta(days=days_ago)
    raw = {"id": str(id), "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]), "name": "Tuyến 2"}
    data = record_type("route").shape.decode(raw | {"recorded_at": wire(then)} | fields)
    clock = Clock(occurred_at=then, received_at=then)
    [made] = write(cast.bao.actor(), [Change("route", id, "put", cast.hamlets[0], data, clock=clock)])
    assert made.status == "applied"
    return str(id)


def test_nights_on_which_nobody_walked_are_told_apart_from_what_patrols_missed(cast: Cast):
    gate, market = post(cast, cast.bao), post(cast, cast.bao, 3_000)
    stops = [{"checkpoint_id": gate}, {"checkpoint_id": market}]
    every = issued(cast, 2, stops=stops, schedule={"starts": "21:30", "ends": "04:00"})
    issued(cast, 2, stops=stops)
    patrol_of(cast, every, visit(gate, 5), visit(market, 9))
    first, last = (f"{local_day(EVENING) + dt.timedelta(days=days)}" for days in (-4, 3))
    asked = f"/v1/routes/figures?since={first}&until={last}"
    [row] = signed_in(cast.bao).get(asked).json()["items"]
    assert (row["route_id"], row["patrols"], row["on_time"], row["missed"]) == (every, 1, 2, 0)
    over = 3 if now() >= EVENING + dt.timedelta(days=1, hours=6, minutes=10) else 2  # last night's may still go on
    assert (row["nights"], row["not_walked"]) == (over, over - 1)
    by_day = {each["day"]: each["not_walked"] for each in signed_in(cast.hoa).get(f"{asked}&by=day").json()["items"]}
    assert by_day[f"{local_day(EVENING)}"] == 0 and sum(by_day.values()) == over - 1
    each = signed_in(cast.hoa).get(f"{asked}&by=checkpoint").json()["items"]
    assert [stop["not_walked"] for stop in each] == [over - 1] * 2
    patrol_of(
        cast, every, started_at=at(-24 * 60 + 190), ended_at=at(-24 * 60 + 200)
    )  # after midnight, the night before
    assert signed_in(cast.bao).get(asked).json()["items"][0]["not_walked"] == over - 2


def test_too_wide_a_question_is_told_how_to_ask(cast: Cast):
    wide = signed_in(cast.hoa).get("/v1/routes/figures?since=2026-01-01&until=2026-04-03")
    assert (wide.status_code, wide.json()["code"]) == (422, "too_much_to_count")
    assert signed_in(cast.hoa).get("/v1/routes/figures?since=2026-01-01&until=2026-04-02").status_code == 200
    assert signed_in(cast.hoa).get("/v1/routes/figures?until=0001-01-03").status_code == 200
    assert signed_in(cast.hoa).get("/v1/routes/figures?by=person").status_code == 400


@pytest.mark.parametrize("most", ["MOST_PATROLS", "MOST_THINGS", "MOST_BYTES"])
def test_what_is_too_much_to_count_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch, most: str):
    gate, market = post(cast, cast.bao), post(cast, cast.bao, 3_000)
    route = make(cast.bao, "routes", cast, name="Tuyến 1", stops=[{"checkpoint_id": gate}, {"checkpoint_id": market}])
    for visits in ([visit(gate, 5)], []):
        patrol_of(cast, route, *visits)

    def answer(number: int) -> int:
        monkeypatch.setattr(figures, most, number)
        return int(signed_in(cast.hoa).get("/v1/routes/figures").status_code)

    enough, less = {"MOST_PATROLS": (2, 1), "MOST_THINGS": (4, 3), "MOST_BYTES": (4_000, 400)}[most]
    assert [answer(enough), answer(less), answer(0)] == [200, 422, 422]


def test_ten_visits_and_patrols_cost_the_queries_of_one(cast: Cast):
    posts = [post(cast, cast.bao, 500 * n) for n in range(10)]
    stops = [{"checkpoint_id": each} for each in posts]
    few, many = (make(cast.bao, "routes", cast, name=f"Tuyến {n}", stops=stops[:n]) for n in (1, 10))
    day = local_day(EVENING).isoformat()

    def cost(*addresses: str) -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as captured:
                assert signed_in(cast.bao).get(address).status_code == 200
            found.append(len(captured))
        return found

    one = patrol_of(cast, few, visit(posts[0], 5))
    counted = f"/v1/routes/figures?since={day}&until={day}"
    first = cost(f"/v1/patrols/{one}/checkpoints", counted)
    for _ in range(9):
        other = patrol_of(cast, many, *(visit(each, 5 + n) for n, each in enumerate(posts)))
    assert cost(f"/v1/patrols/{other}/checkpoints", counted) == first


def test_a_patrol_out_of_all_time_is_borne(cast: Cast):
    gate = post(cast, cast.bao)
    stops = [{"checkpoint_id": gate, "windows": [GATE_WINDOW]}]
    route = make(cast.bao, "routes", cast, name="Tuyến 1", stops=stops)
    for moment in ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"):
        patrol = patrol_of(cast, route, visit(gate, 0, visited_at=moment), started_at=moment, ended_at=moment)
        assert told(cast.bao, patrol)["checkpoints"][0]["due"]
