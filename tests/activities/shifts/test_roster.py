"""The roster of a month over HTTP: drafted, written, edited by hand, printed; and who didn't come."""

from __future__ import annotations

import datetime as dt
import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from accounts.models import AuditEvent, Team
from activities.shifts.models import Shift
from api.ids import uuid7
from api.localtime import local_day, now
from tests.activities.shifts.conftest import JSON, Plan, Wire, came, edit, names
from tests.cast import Cast, add_member, add_person, add_team, raise_cast
from tests.client import signed_in

NIGHTLY = [{"starts": "21:00", "ends": "01:00", "people": 2}]


def a_month() -> str:
    """A month that hasn't begun."""
    return f"{local_day(now()).replace(day=1) + dt.timedelta(days=63):%Y-%m}"


def ask(cast: Cast, key: str = "bao", *, team: int = 0, **fields: Any) -> Any:
    body = {"month": a_month(), "watches": NIGHTLY, **fields}
    return signed_in(cast.people[key]).post(f"/v1/teams/{cast.teams[team]}/roster", body, JSON)


def fifteen(cast: Cast) -> None:
    """Eleven more members."""
    for number in range(11):
        key = f"m{number}"
        cast.people[key] = add_person(key, 100 + number)
        add_member(cast.people[key], cast.hamlets[0], cast.teams[0], "member")


def day_off(cast: Cast, key: str, first: str, last: str) -> None:
    body = {
        "id": str(uuid7()), "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]),
        "user_id": str(cast.people[key].user_id), "starts_on": first, "ends_on": last,
    }  # fmt: skip
    assert signed_in(cast.people[key]).post("/v1/days_off", body, JSON).status_code == 201


def test_a_month_of_fifteen_people_is_drafted_looked_at_and_written_in_under_two_seconds(cast: Cast):
    fifteen(cast)
    month = a_month()
    day_off(cast, "lan", f"{month}-05", f"{month}-11")
    began = time.thread_time()
    looked_at = ask(cast, dry_run=True)
    assert time.thread_time() - began < 2
    assert (looked_at.status_code, Shift.objects.count()) == (200, 0)
    made = ask(cast).json()
    nights = len(looked_at.json()["shifts"])
    assert made["made"] == nights == Shift.objects.count() >= 28
    assert [each | {"id": None} for each in made["shifts"]] == looked_at.json()["shifts"]
    shares = [person["shifts"] for person in made["people"]]
    assert len(shares) == 15 and sum(shares) == 2 * nights and max(shares) - min(shares) <= 1
    weekends = [person["weekend_shifts"] for person in made["people"]]
    assert max(weekends) - min(weekends) <= 1
    lan = str(cast.lan.user_id)
    assert not [
        s for s in made["shifts"] if lan in s["on_duty_ids"] and f"{month}-05" <= s["starts_at"][:10] <= f"{month}-11"
    ]
    assert made["warnings"] == []
    assert AuditEvent.objects.filter(name="shift.created", user_id=cast.bao.user_id).count() == nights
    pulled = signed_in(cast.lan).get("/v1/sync/pull").json()["changes"]
    assert sum(each["type"] == "shift" for each in pulled) == nights


def test_what_is_there_stays_so_a_repeat_makes_nothing_and_a_deleted_night_is_filled_again(cast: Cast):
    first = ask(cast).json()
    edit(cast.bao, first["shifts"][0]["id"], assignee_ids=[])
    edit(cast.bao, first["shifts"][1]["id"], status="cancelled")
    gone = f"/v1/shifts/{first['shifts'][2]['id']}"
    assert signed_in(cast.bao).delete(gone, headers={"If-Match": "*"}).status_code == 204
    again = ask(cast).json()
    assert again["made"] == 1
    assert [each["drafted"] for each in again["shifts"][:4]] == [False, False, True, False]
    assert (again["shifts"][0]["on_duty_ids"], again["shifts"][1]["cancelled"]) == ([], True)
    assert ask(cast).json()["made"] == 0


def test_it_costs_the_same_queries_for_two_watches_of_fifteen_as_for_one_of_four(cast: Cast):
    def queries(**fields: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ask(cast, **fields).json()["made"]
        return len(captured)

    few = queries(weekdays=[1])
    fifteen(cast)
    two = [{"starts": "19:00", "ends": "22:00", "people": 3}, {"starts": "22:00", "ends": "01:00", "people": 2}]
    assert queries(watches=two, weekdays=[2, 3, 4, 5, 6, 7]) == few


def test_who_is_named_takes_part_on_the_weekdays_asked_for(cast: Cast):
    members = [str(cast.people[key].user_id) for key in ("lan", "mai")]
    made = ask(cast, user_ids=members, weekdays=[6, 7], rest_h=0).json()
    assert {dt.date.fromisoformat(each["starts_at"][:10]).isoweekday() for each in made["shifts"]} == {6, 7}
    assert all(set(each["on_duty_ids"]) == set(members) for each in made["shifts"])
    wrong = ask(cast, user_ids=[members[0], str(cast.linh.user_id)])
    assert [(each["pointer"], each["code"]) for each in wrong.json()["errors"]] == [("/user_ids/1", "not_member")]


def test_nights_that_nobody_can_take_are_told(cast: Cast):
    month = a_month()
    for key in ("lan", "bao", "mai", "tu"):
        day_off(cast, key, f"{month}-03", f"{month}-03")
    made = ask(cast).json()
    assert [each["missing"] for each in made["shifts"]][:4] == [0, 0, 2, 0]
    assert made["shifts"][2]["on_duty_ids"] == []


def test_only_who_leads_the_team_makes_its_roster(cast: Cast):
    for key, status in (("lan", 403), ("minh", 403), ("dung", 403), ("hoa", 403), ("son", 403), ("linh", 404)):
        assert ask(cast, key).status_code == status, key
    assert ask(cast, team=1).status_code == 404
    Team.objects.filter(id=cast.teams[0]).update(status="dissolved")
    assert ask(cast).json()["code"] == "team_dissolved"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"watches": []}, "/watches"), ({"month": "2026-13"}, "/month"), ({"rest_h": -1}, "/rest_h"),
     ({"watches": [{"starts": "24:00", "ends": "01:00", "people": 1}]}, "/watches/0/starts"),
     ({"user_ids": []}, None)],
)  # fmt: skip
def test_a_roster_that_cannot_be_is_refused(cast: Cast, fields: Wire, pointer: str | None):
    answer = ask(cast, **fields)
    if pointer is None:
        assert (answer.status_code, answer.json()["code"]) == (409, "nobody_to_roster")
    else:
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_edits_by_hand_are_warned_about(cast: Cast, plan: Plan):
    day_off(cast, "lan", f"{local_day(now())}", f"{local_day(now()) + dt.timedelta(days=9)}")
    start = now() + dt.timedelta(hours=24)
    shift = plan("lan", "tu")
    other = plan("tu", "linh", hours=26)
    cancelled = plan("tu", hours=25, status="cancelled")
    path = f"/v1/teams/{cast.teams[0]}/roster?month={local_day(start):%Y-%m}"
    read = signed_in(cast.minh).get(path).json()
    assert {each["id"] for each in read["shifts"]} == {shift, other, cancelled}
    told = {(each["shift_id"], names(cast, [each["user_id"]]).pop(), each["warning"]) for each in read["warnings"]}
    assert told == {
        (shift, "lan", "day_off"), (shift, "tu", "double"), (other, "tu", "double"), (other, "linh", "not_in_team"),
    }  # fmt: skip
    assert {p["full_name"]: p["shifts"] for p in read["people"]} == {"bao": 0, "lan": 1, "mai": 0, "tu": 2}
    for who, status in ((cast.lan, 200), (cast.dung, 200), (cast.hoa, 403), (cast.linh, 404)):
        assert signed_in(who).get(path).status_code == status
    assert signed_in(cast.lan).get(f"/v1/teams/{cast.teams[0]}/roster?month=12").status_code == 400


def test_who_has_a_shift_in_another_team_of_the_hamlet_is_busy_then(cast: Cast):
    other = add_team(cast.hamlets[0], "Tổ bảo vệ ANTT")
    add_member(cast.mai, cast.hamlets[0], other, "leader")
    month = a_month()
    body = {
        "id": str(uuid7()), "area_id": str(cast.hamlets[0]), "team_id": str(other), "assignee_ids": [
            str(cast.people[key].user_id) for key in ("lan", "bao", "mai")],
        "starts_at": f"{month}-10T12:00:00.000Z", "ends_at": f"{month}-10T15:00:00.000Z",
    }  # fmt: skip
    assert signed_in(cast.mai).post("/v1/shifts", body, JSON).status_code == 201
    made = ask(cast, rest_h=0).json()
    assert names(cast, made["shifts"][9]["on_duty_ids"]) == {"tu"} and made["shifts"][9]["missing"] == 1
    assert body["id"] not in {each["id"] for each in made["shifts"]}
    added = edit(cast.bao, made["shifts"][9]["id"], assignee_ids=[str(cast.lan.user_id)])
    assert added.status_code == 200
    read = signed_in(cast.bao).get(f"/v1/teams/{cast.teams[0]}/roster?month={month}").json()
    assert [(e["shift_id"], e["warning"]) for e in read["warnings"]] == [(made["shifts"][9]["id"], "double")]


def test_of_two_who_make_a_roster_at_once_the_second_finds_what_the_first_wrote(clean_db: None):
    cast = raise_cast()

    def make(_: int) -> int:
        try:
            return ask(cast).json()["made"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = sorted(pool.map(make, range(2)))
    assert made == [0, Shift.objects.count()] and made[1] >= 28


# The paper


def test_the_paper_for_the_wall_names_everybody_once_a_night(cast: Cast):
    made = ask(cast).json()
    answer = signed_in(cast.lan).get(f"/v1/teams/{cast.teams[0]}/roster.pdf?month={made['month']}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    [page] = PdfReader(io.BytesIO(answer.content)).pages
    width, height = (round(float(each) / 72 * 25.4) for each in page.mediabox[2:])
    assert (width, height) == (297, 210)
    text = page.extract_text()
    year, month = made["month"].split("-")
    assert f"LỊCH TRỰC THÁNG {int(month)} NĂM {year}" in text
    assert "Tổ tự quản 1 · Thôn Thái An, Xã Hồng Thái" in text and "Chủ nhật" in text
    seats = sum(len(each["on_duty_ids"]) for each in made["shifts"])
    # Each name once a night, the leader's once more, and everybody's in the line of shares.
    assert sum(text.count(name) for name in ("lan", "bao", "mai", "tu")) >= seats + 4
    for who, status in ((cast.hoa, 403), (cast.linh, 404)):
        path = f"/v1/teams/{cast.teams[0]}/roster.pdf?month={made['month']}"
        assert signed_in(who).get(path).status_code == status


# Who didn't come


def absences(cast: Cast, key: str = "bao", **query: str) -> list[tuple[str, str, str, bool]]:
    answer = signed_in(cast.people[key]).get("/v1/absences", query)
    assert answer.status_code == 200, answer.content
    found = answer.json()["items"]
    return sorted((e["shift_id"], names(cast, [e["user_id"]]).pop(), e["state"], e["stands_in"]) for e in found)


def test_who_did_not_come_and_was_not_replaced_shows_until_the_check_in_arrives(cast: Cast, plan: Plan):
    over, running = plan("lan", "bao", hours=-6), plan("mai", "tu", hours=-1)
    plan("lan", hours=-0.1)
    plan("lan", hours=-9, status="cancelled")
    edit(cast.bao, over, attendance=[came(cast.bao)])
    edit(cast.tu, running, attendance=[came(cast.tu, event="check_out")])
    assert absences(cast) == sorted(
        [(over, "lan", "absent", False), (running, "mai", "not_yet", False), (running, "tu", "not_yet", False)]
    )
    stands_in = {"id": str(uuid7()), "absent_id": str(cast.lan.user_id), "substitute_id": str(cast.mai.user_id),
                 "at": "2026-12-01T14:00:00.000Z", "by_id": str(cast.bao.user_id)}  # fmt: skip
    edit(cast.bao, over, substitutions=[stands_in])
    assert (over, "mai", "absent", True) in absences(cast)
    edit(cast.mai, over, attendance=[came(cast.mai)])
    edit(cast.bao, running, attendance=[came(cast.bao, who=cast.mai), came(cast.bao, who=cast.tu)])
    assert absences(cast) == []


def test_absences_are_seen_by_who_reads_shifts_a_page_at_a_time(cast: Cast, plan: Plan):
    for _ in range(3):
        plan("lan", "mai", hours=-6)
    assert len(absences(cast, "minh", area=str(cast.communes[0]))) == len(absences(cast, team=str(cast.teams[0]))) == 6
    assert absences(cast, "linh") == absences(cast, team=str(cast.teams[1])) == []
    day = local_day(now() - dt.timedelta(hours=6))
    assert len(absences(cast, since=f"{day}", until=f"{day}")) == 6
    assert absences(cast, since=f"{day + dt.timedelta(days=1)}") == []
    assert absences(cast, until=f"{day - dt.timedelta(days=1)}") == []
    assert signed_in(cast.hoa).get("/v1/absences").status_code == 403
    assert signed_in(cast.bao).get("/v1/absences?since=gestern").status_code == 400
    seen, cursor = [], ""
    while cursor is not None:
        page = signed_in(cast.dung).get(f"/v1/absences?limit=4{cursor and f'&cursor={cursor}'}").json()
        seen += [(each["shift_id"], each["user_id"]) for each in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 6


def test_figures_add_up_and_name_nobody(cast: Cast, plan: Plan):
    over, running = plan("lan", "bao", hours=-6), plan("mai", hours=-1)
    plan("tu", hours=-6, status="cancelled")
    entries = [came(cast.bao), came(cast.bao), came(cast.bao, who=cast.tu)]
    assert edit(cast.bao, over, attendance=entries).status_code == 200
    assert edit(cast.mai, running, attendance=[came(cast.mai)]).status_code == 200
    whole = {"shifts": 2, "cancelled": 1, "seats": 3, "came": 2, "absent": 1}
    none = {"area_id": None, "team_id": None, "day": None}
    days = f"since={local_day(now()) - dt.timedelta(days=1)}"
    for by, key in (("area", {"area_id": str(cast.hamlets[0])}), ("team", {"team_id": str(cast.teams[0])})):
        for who in (cast.lan, cast.bao, cast.minh, cast.dung, cast.hoa):
            answer = signed_in(who).get(f"/v1/shifts/figures?by={by}&{days}&area={cast.communes[0]}")
            assert answer.json()["items"] == [none | key | whole], (by, who.key)
    by_day = signed_in(cast.hoa).get(f"/v1/shifts/figures?by=day&{days}").json()["items"]
    assert {name: sum(each[name] for each in by_day) for name in whole} == whole
    for who, more in ((cast.linh, ""), (cast.son, ""), (cast.khach, ""), (cast.hoa, f"&area={cast.communes[1]}")):
        assert signed_in(who).get(f"/v1/shifts/figures?{days}{more}").json()["items"] == []


def test_figures_and_absences_of_odd_days_are_answered(cast: Cast):
    hoa, bao = signed_in(cast.hoa), signed_in(cast.bao)
    wide = hoa.get("/v1/shifts/figures?since=2026-01-01&until=2026-04-03")
    assert (wide.status_code, wide.json()["code"]) == (422, "too_many_shifts")
    assert hoa.get("/v1/shifts/figures?by=person").status_code == 400
    for days in ("since=2026-01-01&until=2026-04-02", "until=0001-01-03", "since=9999-12-29&until=9999-12-29"):
        assert hoa.get(f"/v1/shifts/figures?{days}").status_code == 200, days
        assert bao.get(f"/v1/absences?{days}").status_code == 200, days


# Swaps by command


def swap(cast: Cast, key: str, shift: str, giver: str, taker: str, **fields: Any) -> Any:
    body = {"giver_id": str(cast.people[giver].user_id), "taker_id": str(cast.people[taker].user_id), **fields}
    return signed_in(cast.people[key]).post(f"/v1/shifts/{shift}/swap", body, JSON)


def test_a_word_on_an_exchange_is_said_in_both_shifts_at_once(cast: Cast, plan: Plan):
    hers, his = plan("lan"), plan("bao", hours=48)
    said = swap(cast, "lan", hers, "lan", "bao", return_shift_id=his)
    assert (said.status_code, names(cast, said.json()["on_duty_ids"])) == (200, {"lan"})
    again = swap(cast, "lan", hers, "lan", "bao", return_shift_id=his)
    assert again.json() == said.json()
    # Bảo answers from the other end.
    assert swap(cast, "bao", his, "bao", "lan", return_shift_id=hers).status_code == 200
    duty = {
        shift: names(cast, signed_in(cast.tu).get(f"/v1/shifts/{shift}").json()["on_duty_ids"]) for shift in (hers, his)
    }
    assert duty == {hers: {"bao"}, his: {"lan"}}


def test_a_swap_is_answered_by_its_sides_about_shifts_of_their_team(cast: Cast, plan: Plan):
    shift = plan("lan")
    assert [e["code"] for e in swap(cast, "tu", shift, "lan", "mai").json()["errors"]] == ["not_a_side"]
    nowhere = swap(cast, "lan", shift, "lan", "mai", return_shift_id=str(uuid7()))
    assert [(e["pointer"], e["code"]) for e in nowhere.json()["errors"]] == [("/return_shift_id", "not_found")]
    for key, status in (("minh", 403), ("dung", 403), ("hoa", 403), ("linh", 404), ("khach", 404)):
        assert swap(cast, key, shift, "lan", "mai").status_code == status, key
