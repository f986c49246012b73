"""Alerts: raised at once and only once, seen by those who can come, answered, passed on, over."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Session, User
from activities.observations.alerts.escalating import escalate_due
from activities.observations.alerts.raising import alert_of
from activities.observations.models import Alert
from api import listing
from api.ids import uuid7
from api.jobs import run_due, tick
from api.localtime import now, wire
from tests.activities.conftest import Send
from tests.cast import Cast, Person, add_grant, add_member, add_person, raise_cast
from tests.client import signed_in

JSON = "application/json"


def call(who: Person, **known: Any) -> dict[str, Any]:
    """A call for help by REST, with what is known."""
    answer = signed_in(who).post("/v1/alerts", {"id": str(uuid7()), **known}, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()


def push(who: Person, *changes: dict[str, Any]) -> list[dict[str, Any]]:
    sent = {"sent_at": wire(now()), "mutations": [{"mutation_id": str(uuid7()), **each} for each in changes]}
    return signed_in(who).post("/v1/sync/push", sent, content_type=JSON).json()["results"]


def do(who: Person, alert: dict[str, Any], verb: str, body: Any = None) -> Any:
    return signed_in(who).post(f"/v1/alerts/{alert['id']}/{verb}", body or {}, content_type=JSON)


def overdue(*ids: str) -> None:
    """Nobody answered in time: the clock column says so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE alert SET escalates_at = escalates_at - interval '1 day' WHERE id = ANY(%s::uuid[])", [list(ids)]
        )


def steps(alert_id: str) -> list[tuple[str, int]]:
    return [(each["step"], each["level"]) for each in Alert.objects.get(id=alert_id).steps]


def written_together(alert_id: str) -> set[str]:
    """The transactions that wrote the alert, its place in the stream, its event, and its row in the outbox."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xmin::text FROM alert WHERE id = %(id)s UNION ALL"
            " SELECT xmin::text FROM stream_entry WHERE record_id = %(id)s UNION ALL"
            " SELECT xmin::text FROM audit_event WHERE subject_id = %(id)s AND name = 'alert.raised' UNION ALL"
            " SELECT xmin::text FROM outbox WHERE topic = 'alerts.tell' AND key = %(id)s || ':1'",
            {"id": alert_id},
        )
        found = [row[0] for row in cursor.fetchall()]
    assert len(found) == 4
    return set(found)


def test_an_sos_with_nothing_but_an_id_is_in_the_next_list_of_the_police(clean_db: None):
    cast = raise_cast()
    police = signed_in(cast.dung)
    before = police.get("/v1/alerts", {"status": "open"})
    began = time.monotonic()
    alert = call(cast.lan)
    assert time.monotonic() - began < 1
    page = police.get("/v1/alerts", {"status": "open"}, headers={"If-None-Match": before.headers["ETag"]})
    [seen] = page.json()["items"]
    assert seen == alert
    assert (seen["kind"], seen["severity"], seen["status"], seen["level"]) == ("sos", "urgent", "open", 1)
    assert (seen["area_id"], seen["team_id"]) == (str(cast.hamlets[0]), str(cast.teams[0]))
    assert seen["location"] is None
    assert len(written_together(alert["id"])) == 1


def test_an_urgent_observation_calls_in_the_transaction_that_takes_it(clean_db: None):
    cast = raise_cast()
    ids = {severity: str(uuid7()) for severity in ("urgent", "attention")}
    common = {"area_id": str(cast.hamlets[0]), "recorded_at": wire(now()), "kind": "fight", "note": "Có dao"}
    data = {name: common | {"severity": name, "location": {"lon": 108.4, "lat": 11.2}} for name in ids}
    made = [{"type": "observation", "id": ids[name], "op": "put", "data": data[name]} for name in ids]
    assert [each["status"] for each in push(cast.lan, *made)] == ["applied", "applied"]
    [alert] = signed_in(cast.dung).get("/v1/alerts").json()["items"]
    assert (alert["kind"], alert["observation_kind"]) == ("urgent_observation", "fight")
    assert (alert["observation_id"], alert["author_id"]) == (ids["urgent"], str(cast.lan.user_id))
    assert alert["location"] == {"lon": 108.4, "lat": 11.2, "accuracy_m": None}
    together = written_together(alert["id"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM observation WHERE id = %s", [ids["urgent"]])
        assert {cursor.fetchone()[0]} == together
    changes = signed_in(cast.bao).get("/v1/sync/pull", {"types": "alert"}).json()["changes"]
    assert [change["data"] for change in changes] == [alert]


def test_a_call_by_sync_and_its_repeats_are_one(cast: Cast):
    id = str(uuid7())
    change = {"type": "alert", "id": id, "op": "put", "data": {"area_id": str(cast.hamlets[0]), "kind": "sos"}}
    assert [each["status"] for each in push(cast.lan, change)] == ["applied"]
    assert [each["status"] for each in push(cast.lan, change)] == ["unchanged"]
    again = signed_in(cast.lan).post("/v1/alerts", {"id": id, "kind": "sos"}, content_type=JSON)
    assert again.status_code == 200
    assert Alert.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outbox WHERE topic = 'alerts.tell'")
        assert cursor.fetchone()[0] == 1


def test_only_the_server_calls_for_an_observation(cast: Cast):
    body = {"id": str(uuid7()), "kind": "urgent_observation"}
    answer = signed_in(cast.lan).post("/v1/alerts", body, content_type=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/kind")


def test_who_is_switched_off_or_no_member_calls_in_vain(cast: Cast):
    body = {"id": str(uuid7()), "area_id": str(cast.hamlets[0])}
    for who, code in ((cast.linh, "not_found"), (cast.khach, "not_found"), (cast.minh, "forbidden")):
        assert signed_in(who).post("/v1/alerts", body, content_type=JSON).json()["code"] == code
    User.objects.filter(id=cast.lan.user_id).update(is_active=False)
    assert signed_in(cast.lan).post("/v1/alerts", body, content_type=JSON).json()["code"] == "account_inactive"
    assert not Alert.objects.exists()


def test_the_first_acknowledgement_counts_and_ends_the_waiting(cast: Cast):
    alert = call(cast.lan)
    assert do(cast.minh, alert, "acknowledge").status_code == 403
    first = do(cast.dung, alert, "acknowledge").json()
    assert (first["status"], first["acknowledged_by_id"]) == ("acknowledged", str(cast.dung.user_id))
    assert first["escalates_at"] is None
    assert do(cast.dung, alert, "acknowledge").json() == first
    assert do(cast.bao, alert, "acknowledge").json() == first
    overdue(alert["id"])
    assert escalate_due() == 0
    assert steps(alert["id"]) == [("raised", 1), ("acknowledged", 1)]
    [change] = signed_in(cast.lan).get("/v1/sync/pull", {"types": "alert"}).json()["changes"]
    assert change["data"] == first


def test_what_nobody_answers_goes_to_the_next_level_once(cast: Cast):
    late, early = call(cast.lan), call(cast.lan)
    overdue(late["id"])
    tick()
    assert run_due("alerts.escalate") == 1
    passed_on = signed_in(cast.dung).get(f"/v1/alerts/{late['id']}").json()
    assert (passed_on["level"], passed_on["escalates_at"], passed_on["status"]) == (2, None, "open")
    assert passed_on["steps"][-1]["step"] == "escalated"
    assert passed_on["steps"][-1]["by_id"] is None
    assert steps(early["id"]) == [("raised", 1)]
    assert escalate_due() == 0
    assert do(cast.bao, late, "acknowledge").json()["status"] == "acknowledged"
    assert steps(late["id"]) == [("raised", 1), ("escalated", 2), ("acknowledged", 2)]


def test_an_alert_that_is_answered_at_the_last_moment_stays(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """It is read as due, and acknowledged before it is written."""
    from activities.observations.alerts import escalating

    alert = call(cast.lan)
    overdue(alert["id"])
    write = escalating.write

    def meanwhile(*args: Any) -> Any:
        assert do(cast.dung, alert, "acknowledge").status_code == 200
        return write(*args)

    monkeypatch.setattr(escalating, "write", meanwhile)
    assert escalate_due() == 0
    assert steps(alert["id"]) == [("raised", 1), ("acknowledged", 1)]


def test_the_sender_alone_is_safe_and_for_good(cast: Cast):
    alert = call(cast.lan)
    patch = {"type": "alert", "id": alert["id"], "op": "patch", "base_version": 1}
    assert do(cast.bao, alert, "cancel").status_code == 403
    [refused] = push(cast.bao, patch | {"data": {"cancelled_at": wire(now())}})
    assert refused["problem"]["code"] == "forbidden"
    [taken] = push(cast.lan, patch | {"data": {"cancelled_at": wire(now())}})
    assert taken["status"] == "applied"
    over = signed_in(cast.dung).get(f"/v1/alerts/{alert['id']}").json()
    assert (over["status"], over["escalates_at"]) == ("cancelled", None)
    assert do(cast.lan, alert, "cancel").json() == over
    [taken_back] = push(cast.lan, patch | {"base_version": 2, "data": {"cancelled_at": None}})
    assert taken_back["problem"]["code"] == "forbidden"
    for who in (cast.lan, cast.bao):
        [deleted] = push(who, patch | {"op": "delete", "base_version": 2})
        assert deleted["problem"]["code"] == "forbidden"


def test_a_teammate_neither_moves_nor_silences_a_call(cast: Cast, send: Send):
    here, away = {"lon": 108.4, "lat": 11.2}, {"lon": 108.9, "lat": 11.9}
    alert = call(cast.lan, location=here)
    moved = {"type": "alert", "id": alert["id"], "op": "patch", "base_version": 1, "data": {"location": away}}
    assert push(cast.bao, moved)[0]["problem"]["code"] == "forbidden"
    assert push(cast.lan, moved)[0]["status"] == "applied"
    seen = uuid7()
    send(cast.lan, "observation", seen, severity="urgent", location=here)
    send(cast.bao, "observation", seen, "patch", base=1, location=away, place_text="Ngõ 3")
    stands = Alert.objects.get(id=alert_of(seen))
    assert (stands.location_lon, stands.place_text) == (108.4, "Ngõ 3"), "what wasn't known is added"
    send(cast.bao, "observation", seen, "patch", base=2, severity="info")
    send(cast.bao, "observation", seen, "delete", base=3)
    assert Alert.objects.get(id=alert_of(seen)).status == "open"
    send(cast.bao, "observation", other := uuid7(), severity="urgent")
    send(cast.bao, "observation", other, "patch", base=1, severity="info")
    assert Alert.objects.get(id=alert_of(other)).status == "cancelled", "who called says so"


@pytest.mark.parametrize("year", [2001, 2099])
def test_a_call_comes_first_whatever_its_phones_clock_says(cast: Cast, year: int):
    call(cast.bao)
    police = signed_in(cast.dung)
    held = {"If-None-Match": police.get("/v1/alerts", {"limit": "1"}).headers["ETag"]}
    wrong = call(cast.lan, recorded_at=f"{year}-01-01T00:00:00.000Z")
    assert police.get("/v1/alerts", {"limit": "1"}, headers=held).json()["items"][0]["id"] == wrong["id"]
    after = call(cast.lan)
    assert [each["id"] for each in police.get("/v1/alerts").json()["items"]][:2] == [after["id"], wrong["id"]]


def test_the_police_say_how_it_ended(cast: Cast):
    alert = call(cast.lan)
    note = {"note": "Đã đưa về nhà an toàn"}
    assert do(cast.bao, alert, "close", note).status_code == 403
    closed = do(cast.dung, alert, "close", note).json()
    assert (closed["status"], closed["closing_note"]) == ("closed", note["note"])
    assert do(cast.dung, alert, "close", note).json() == closed
    other = do(cast.dung, alert, "close", {"note": "Báo nhầm"})
    assert (other.status_code, other.json()["code"]) == (409, "alert_closed")
    assert do(cast.lan, alert, "cancel").json() == closed


def test_an_alert_follows_its_observation(cast: Cast, send: Send):
    id = uuid7()
    send(cast.lan, "observation", id, severity="attention", place_text="Ngõ 3")
    alert_id = str(alert_of(id))
    assert not Alert.objects.exists()
    send(cast.lan, "observation", id, "patch", base=1, severity="urgent")
    assert steps(alert_id) == [("raised", 1)]
    send(cast.lan, "observation", id, "patch", base=2, place_text="Ngõ 5", kind="theft")
    alert = Alert.objects.get(id=alert_id)
    assert (alert.place_text, alert.observation_kind, alert.version) == ("Ngõ 5", "theft", 2)
    send(cast.lan, "observation", id, "patch", base=3, severity="info")
    assert steps(alert_id) == [("raised", 1), ("cancelled", 1)]
    send(cast.lan, "observation", id, "patch", base=4, severity="urgent")
    alert = Alert.objects.get(id=alert_id)
    assert (alert.status, alert.level) == ("open", 1)
    assert alert.escalates_at is not None and alert.escalates_at > now()
    send(cast.lan, "observation", id, "delete", base=5)
    assert [name for name, _ in steps(alert_id)] == ["raised", "cancelled", "raised", "cancelled"]
    assert signed_in(cast.dung).get("/v1/alerts", {"status": "open"}).json()["items"] == []


@pytest.mark.parametrize("who", ["bao", "lan", "minh", "dung"])
def test_the_hamlet_its_front_and_its_police_see_it(cast: Cast, who: str):
    alert = call(cast.lan)
    assert signed_in(cast.people[who]).get("/v1/alerts").json()["items"] == [alert]


def test_others_see_no_alert(cast: Cast):
    alert = call(cast.lan)
    for who in (cast.linh, cast.khach):
        assert signed_in(who).get("/v1/alerts").json()["items"] == []
        assert signed_in(who).get(f"/v1/alerts/{alert['id']}").status_code == 404
    assert signed_in(cast.hoa).get("/v1/alerts").status_code == 403
    empty = signed_in(cast.linh).get("/v1/alerts").headers["ETag"]
    assert signed_in(cast.hoa).get("/v1/alerts", headers={"If-None-Match": empty}).status_code == 403


def test_the_list_is_filtered(cast: Cast, send: Send):
    send(cast.lan, "observation", uuid7(), severity="urgent")
    sos = call(cast.lan)
    do(cast.dung, sos, "acknowledge")

    def found(**query: str) -> list[str]:
        return [each["kind"] for each in signed_in(cast.dung).get("/v1/alerts", query).json()["items"]]

    today = wire(now())[:10]
    assert found(kind="sos") == ["sos"]
    assert found(status="open") == ["urgent_observation"]
    assert len(found(area=str(cast.hamlets[0]), since="2026-01-01")) == 2
    assert found(area=str(cast.hamlets[1])) == []
    assert found(until="2026-01-01") == []
    assert found(since=today, kind="sos", team=str(cast.teams[0])) in (["sos"], [])  # the local day may be another
    assert signed_in(cast.dung).get("/v1/alerts", {"status": "lost"}).status_code == 400
    assert signed_in(cast.dung).get("/v1/alerts", {"limit": "0"}).status_code == 400


@pytest.fixture
def many(clean_db: None) -> Cast:
    """Fifteen hundred alerts in four hamlets, and the database knows."""
    cast = raise_cast()
    first = Alert.objects.get(id=call(cast.lan)["id"])
    fields = {each.attname: getattr(first, each.attname) for each in Alert._meta.concrete_fields}
    Alert.objects.bulk_create(
        Alert(**fields | {"id": uuid7(), "area_id": cast.hamlets[number % 4]}) for number in range(1_500)
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE alert")
    return cast


def test_a_quiet_poll_is_one_query_by_index_however_many_alerts_there_are(many: Cast):
    police = signed_in(many.dung)
    held = {"If-None-Match": police.get("/v1/alerts", {"status": "open"}).headers["ETag"]}
    with CaptureQueriesContext(connection) as quiet:
        assert police.get("/v1/alerts", {"status": "open"}, headers=held).status_code == 304
    assert len(quiet) == 1
    call(many.lan)
    with CaptureQueriesContext(connection) as news:
        assert police.get("/v1/alerts", {"status": "open"}, headers=held).status_code == 200
    assert len(news) == 2
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {quiet[0]['sql']}")
        plan = [row[0] for row in cursor.fetchall()]
    done = [line for line in plan if "never executed" not in line]
    assert any("alert_by_arrival" in line for line in done)
    assert not any("Seq Scan on alert" in line or "alert_walked" in line for line in done), "\n".join(plan)


def test_who_sees_a_whole_province_is_told_of_the_same_changes(many: Cast, monkeypatch: pytest.MonkeyPatch):
    """Found by areas one by one, by walking the table in its order, or by areas again where that shows too little."""
    add_grant(many.minh, "police_officer", many.province)
    queries = ({}, {"status": "open"}, {"status": "closed"}, {"area": str(many.hamlets[0])}, {"limit": "3"})

    def tags(*asked: dict[str, str]) -> list[str]:
        found = (signed_in(who).get("/v1/alerts", query) for who in (many.minh, many.dung) for query in asked)
        return [str(answer.headers["ETag"]) for answer in found]

    def every_way(*asked: dict[str, str]) -> list[str]:
        one_by_one = tags(*asked)
        for few, walked in ((0, 2_000), (0, 2)):
            monkeypatch.setattr(listing, "FEW", few)
            monkeypatch.setattr(listing, "WALKED", walked)
            assert tags(*asked) == one_by_one
        monkeypatch.undo()
        return one_by_one

    before, elsewhere = every_way(*queries), tags({"area": str(many.hamlets[1])})
    call(many.lan)
    changed = [old != new for old, new in zip(before, every_way(*queries), strict=True)]
    assert changed == [query != {"status": "closed"} for query in queries] * 2
    assert elsewhere == tags({"area": str(many.hamlets[1])})


def test_an_urgent_observation_costs_three_round_trips_more_than_another(cast: Cast, send: Send):
    def cost(severity: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            send(cast.lan, "observation", uuid7(), severity=severity)
        return len(captured)

    cost("info")
    assert cost("urgent") == cost("info") + 3


def test_every_step_makes_another_tag(cast: Cast):
    police, tags = signed_in(cast.dung), []
    tags.append(police.get("/v1/alerts").headers["ETag"])
    alert = call(cast.lan)
    tags.append(police.get("/v1/alerts").headers["ETag"])
    signed_in(cast.lan).patch(
        f"/v1/alerts/{alert['id']}", {"note": "Ở chợ"}, content_type="application/merge-patch+json",
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    tags.append(police.get("/v1/alerts").headers["ETag"])
    do(cast.dung, alert, "acknowledge")
    tags.append(police.get("/v1/alerts").headers["ETag"])
    assert len(set(tags)) == 4
    assert "ETag" not in police.get("/v1/alerts", {"cursor": cursor_after_one(police, cast)}).headers


def cursor_after_one(police: Any, cast: Cast) -> str:
    call(cast.lan)
    return police.get("/v1/alerts", {"limit": "1"}).json()["next_cursor"]


def test_the_police_of_the_province_and_all_heads_are_the_next_level(cast: Cast):
    from accounts.on_call import on_call

    officer, deputy, other = (add_person(key, number) for number, key in enumerate(("tinh", "pho", "khac"), 40))
    add_grant(officer, "police_officer", cast.province)
    second = uuid.uuid4()
    add_member(deputy, cast.hamlets[0], second, "deputy_leader")
    add_member(other, cast.hamlets[1], cast.teams[1], "leader")
    near = on_call(cast.hamlets[0])
    assert near.nearest_police == {cast.dung.user_id}
    assert near.all_police == {cast.dung.user_id, officer.user_id}
    assert near.heads_of(cast.teams[0]) == {cast.bao.user_id}
    assert near.all_heads == {cast.bao.user_id, deputy.user_id}
    assert near.heads_of(uuid.uuid4()) == near.all_heads, "a team without heads: all of the hamlet"
    assert on_call(cast.hamlets[2]).nearest_police == {officer.user_id}, "no police in that commune"


def test_a_session_that_has_ended_calls_nobody(cast: Cast):
    Session.objects.filter(id=cast.lan.session_id).update(ended_at=now())
    answer = signed_in(cast.lan).post("/v1/alerts", {"id": str(uuid7())}, content_type=JSON)
    assert answer.status_code == 401
