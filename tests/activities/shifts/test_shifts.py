"""Shifts over HTTP: whose what is, who came, who stands in for whom, and swaps that both sides confirm."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.shifts.duty import on_duty
from activities.shifts.rules import faults
from api.ids import uuid7
from api.localtime import now, wire
from tests.activities.shifts.conftest import JSON, Plan, Wire, came, edit, edits, names, push, shift_of, voice
from tests.cast import Cast, add_member
from tests.client import signed_in
from tests.media.photos import after_leaving

# Whose what is


def test_bao_plans_a_shift_which_the_hamlet_sees_and_linh_does_not(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    for who in (cast.lan, cast.minh, cast.dung):
        assert names(cast, shift_of(who, shift)["on_duty_ids"]) == {"lan", "bao"}
    assert signed_in(cast.hoa).get(f"/v1/shifts/{shift}").status_code == 403
    assert signed_in(cast.linh).get(f"/v1/shifts/{shift}").status_code == 404
    assert [c["id"] for c in signed_in(cast.lan).get("/v1/sync/pull").json()["changes"] if c["type"] == "shift"] == [
        shift
    ]


def test_lan_hands_over_but_leaves_the_roster_to_bao(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    assert edit(cast.lan, shift, status="completed", handover_note="Đèn ngõ 3 hỏng").status_code == 200
    later = wire(now() + dt.timedelta(hours=30))
    for fields in ({"assignee_ids": []}, {"ends_at": later}, {"status": "cancelled"}):
        assert edit(cast.lan, shift, **fields).status_code == 403, fields
        [result] = push(cast.lan, edits(shift, **fields))
        assert (result["status"], result["problem"]["code"]) == ("rejected", "forbidden")
    assert edit(cast.bao, shift, status="cancelled").status_code == 200
    assert edit(cast.lan, shift, status="planned").status_code == 403


def test_who_leads_another_team_only_does_not_plan_for_this_one(cast: Cast, plan: Plan):
    shift = plan("lan")
    add_member(cast.mai, cast.hamlets[0], cast.teams[1], "leader")
    assert edit(cast.mai, shift, assignee_ids=[]).status_code == 403
    assert edit(cast.bao, shift, team_id=str(cast.teams[1])).status_code == 403


def test_the_days_of_a_list_are_those_on_which_shifts_begin(cast: Cast, plan: Plan):
    shift = plan("lan", starts_at="2030-03-01T14:00:00.000Z", ends_at="2030-03-01T18:00:00.000Z")
    for query, found in (("since=2030-03-01&until=2030-03-31", [shift]), ("since=2030-03-02", [])):
        answer = signed_in(cast.lan).get(f"/v1/shifts?team={cast.teams[0]}&{query}")
        assert [each["id"] for each in answer.json()["items"]] == found


def test_a_shift_ends_after_it_began_within_a_day_and_nobody_swaps_with_themself(cast: Cast):
    lan = str(cast.lan.user_id)
    one = str(uuid7())
    shift = {
        "id": one, "starts_at": "2026-12-01T14:00:00.000Z", "ends_at": "2026-12-02T14:00:01.000Z",
        "substitutions": [{"absent_id": lan, "substitute_id": lan}],
        "swaps": [voice(cast.bao, cast.lan, cast.lan, back=one)],
    }  # fmt: skip
    assert [(each.pointer, each.code) for each in faults(shift, {})] == [
        ("/ends_at", "shift_length"),
        ("/substitutions/0/substitute_id", "same_person"),
        ("/swaps/0/taker_id", "same_person"),
        ("/swaps/0/by_id", "not_a_side"),
        ("/swaps/0/return_shift_id", "same_shift"),
    ]
    fine = shift | {"ends_at": "2026-12-01T18:00:00.000Z", "substitutions": [], "swaps": []}
    assert faults(fine, {}) == []


# Who came


def test_two_phones_check_in_offline_and_both_entries_stay(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    place = {"lon": 108.4483, "lat": 11.2147, "accuracy_m": 9}
    lans, baos = came(cast.lan, location=place), came(cast.bao)
    left = came(cast.lan, event="check_out")
    assert [each["status"] for each in push(cast.lan, edits(shift, attendance=[lans]))] == ["applied"]
    assert [each["status"] for each in push(cast.bao, edits(shift, attendance=[baos]))] == ["merged"]
    assert [each["status"] for each in push(cast.lan, edits(shift, attendance=[lans, left]))] == ["merged"]
    assert shift_of(cast.lan, shift)["attendance"] == sorted(
        ({"location": None} | each for each in (lans, baos, left)), key=lambda each: each["id"]
    )


def test_an_entry_is_signed_by_who_writes_it_and_never_changes(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    entry = came(cast.bao, who=cast.lan)
    assert push(cast.lan, edits(shift, attendance=[entry]))[0]["problem"]["code"] == "forbidden"
    assert push(cast.bao, edits(shift, attendance=[entry]))[0]["status"] == "applied"
    for who in (cast.lan, cast.bao):
        altered = entry | {"event": "check_out"}
        assert push(who, edits(shift, 2, attendance=[altered]))[0]["problem"]["code"] == "forbidden"
    assert [each["event"] for each in shift_of(cast.lan, shift)["attendance"]] == ["check_in"]


def test_who_left_delivers_own_check_ins_of_the_time_before_and_nothing_else(cast: Cast, plan: Plan):
    shift, left_at = plan("lan", "bao", hours=-3), now() - dt.timedelta(hours=1)
    early, late = (wire(left_at + dt.timedelta(minutes=minutes)) for minutes in (-60, 10))
    lans, baos = came(cast.lan, at=early), came(cast.bao)
    assert push(cast.bao, edits(shift, attendance=[baos]))[0]["status"] == "applied"
    after_leaving(cast.lan)
    for refused in (
        {"attendance": [came(cast.lan, at=late)]},
        {"attendance": [came(cast.lan, who=cast.bao, at=early)]},
        {"attendance": [lans | {"id": baos["id"]}]},
        {"attendance": [lans], "handover_note": "Yên ổn"},
        {"attendance": []},
    ):
        answer = push(cast.lan, edits(shift, **refused))[0]
        assert (answer["status"], answer["problem"]["code"]) == ("rejected", "membership_ended"), refused
    change = edits(shift, attendance=[lans, baos])
    [taken] = push(cast.lan, change)
    assert taken["status"] == "merged" and "current" not in taken
    assert push(cast.lan, change)[0]["status"] == "unchanged"
    stands = shift_of(cast.bao, shift)
    assert {each["id"] for each in stands["attendance"]} == {lans["id"], baos["id"]}
    assert "late" in stands["flags"]


# Swaps


def test_a_swap_needs_both_sides(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    for speaker, answer, duty in (
        (cast.lan, "agree", {"lan", "bao"}),
        (cast.mai, "decline", {"lan", "bao"}),
        (cast.mai, "agree", {"mai", "bao"}),
        (cast.lan, "decline", {"mai", "bao"}),  # once agreed, one side alone can't undo it
        (cast.mai, "decline", {"lan", "bao"}),
    ):
        assert edit(speaker, shift, swaps=[voice(speaker, cast.lan, cast.mai, answer)]).status_code == 200
        assert names(cast, shift_of(cast.bao, shift)["on_duty_ids"]) == duty


def test_nobody_speaks_for_the_other_side(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    assert edit(cast.lan, shift, swaps=[voice(cast.mai, cast.lan, cast.mai)]).status_code == 403
    outsider = edit(cast.tu, shift, swaps=[voice(cast.tu, cast.lan, cast.mai)])
    assert [each["code"] for each in outsider.json()["errors"]] == ["not_a_side"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_lan_and_bao_swap_two_shifts_offline_and_end_alike_in_any_order(cast: Cast, plan: Plan, order: tuple[int, ...]):
    hers, his = plan("lan", "mai"), plan("bao", "tu", hours=48)
    said = []
    for who in (cast.lan, cast.bao):
        there = edits(hers, swaps=[voice(who, cast.lan, cast.bao, back=his)])
        back = edits(his, swaps=[voice(who, cast.bao, cast.lan, back=hers)])
        said += [(who, there), (who, back)]
    for turn in (*order, *order):  # each twice: answers were lost
        who, mutation = said[turn]
        [result] = push(who, mutation)
        assert result["status"] in ("applied", "merged", "unchanged"), result
    assert names(cast, shift_of(cast.lan, hers)["on_duty_ids"]) == {"bao", "mai"}
    assert names(cast, shift_of(cast.lan, his)["on_duty_ids"]) == {"lan", "tu"}


PEOPLE = st.sampled_from("abcd")
VOICES = st.tuples(PEOPLE, PEOPLE, st.booleans(), st.booleans(), st.integers(0, 4)).filter(lambda v: v[0] != v[1])
STANDS_IN = st.tuples(PEOPLE, PEOPLE, st.integers(0, 4)).filter(lambda v: v[0] != v[1])


@settings(max_examples=60, deadline=None)
@given(st.lists(VOICES, max_size=8), st.lists(STANDS_IN, max_size=3), st.randoms(use_true_random=False))
def test_who_is_on_duty_follows_from_the_entries_and_not_from_their_order(voices, stand_ins, chance):
    def moment(minute: int) -> str:
        return f"2026-12-01T14:0{minute}:00.000Z"

    swaps = [
        {"id": str(n), "giver_id": giver, "taker_id": taker, "return_shift_id": None, "at": moment(minute),
         "answer": "agree" if yes else "decline", "by_id": giver if by_giver else taker}
        for n, (giver, taker, by_giver, yes, minute) in enumerate(voices)
    ]  # fmt: skip
    substitutions = [
        {"id": f"s{n}", "absent_id": leaves, "substitute_id": comes, "at": moment(minute)}
        for n, (leaves, comes, minute) in enumerate(stand_ins)
    ]
    shift = {"assignee_ids": ["a", "b"], "swaps": swaps, "substitutions": substitutions}
    people, _ = told = on_duty(shift)
    assert len(people) == 2
    silent = {(giver, taker) for giver, taker, by_giver, yes, _ in voices if yes and by_giver} & {
        (giver, taker) for giver, taker, by_giver, yes, _ in voices if yes and not by_giver
    }
    if not silent and not stand_ins:
        assert people == ["a", "b"]
    chance.shuffle(swaps)
    chance.shuffle(substitutions)
    assert on_duty(shift) == told


def test_a_substitute_stands_in_and_a_change_that_cannot_be_made_is_flagged(cast: Cast, plan: Plan):
    shift = plan("lan", "bao")
    stands_in = {"id": str(uuid7()), "absent_id": str(cast.lan.user_id), "substitute_id": str(cast.mai.user_id),
                 "at": wire(now()), "by_id": str(cast.bao.user_id)}  # fmt: skip
    assert edit(cast.bao, shift, substitutions=[stands_in]).status_code == 200
    assert names(cast, shift_of(cast.lan, shift)["on_duty_ids"]) == {"mai", "bao"}
    again = stands_in | {"id": str(uuid7()), "substitute_id": str(cast.tu.user_id), "by_id": str(cast.mai.user_id)}
    answer = edit(cast.mai, shift, substitutions=[again])
    assert names(cast, answer.json()["on_duty_ids"]) == {"mai", "bao"}
    assert answer.json()["flags"] == ["swap_clash"]


# Days off


def day_off(cast: Cast, key: str, **fields: object) -> Wire:
    return {
        "id": str(uuid7()), "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]),
        "user_id": str(cast.people[key].user_id), "starts_on": "2026-12-05", "ends_on": "2026-12-06", **fields,
    }  # fmt: skip


def test_days_off_are_ones_own_or_those_of_whom_one_leads(cast: Cast):
    hers = day_off(cast, "lan")
    assert signed_in(cast.lan).post("/v1/days_off", hers, JSON).status_code == 201
    assert signed_in(cast.lan).post("/v1/days_off", day_off(cast, "mai"), JSON).status_code == 403
    assert signed_in(cast.bao).post("/v1/days_off", day_off(cast, "mai"), JSON).status_code == 201
    path, any_version = f"/v1/days_off/{hers['id']}", {"If-Match": "*"}
    assert signed_in(cast.mai).delete(path, headers=any_version).status_code == 403
    assert signed_in(cast.mai).get(path).status_code == 200
    for who, status in ((cast.minh, 403), (cast.dung, 403), (cast.linh, 404)):
        assert signed_in(who).get(path).status_code == status
    assert signed_in(cast.lan).delete(path, headers=any_version).status_code == 204


@pytest.mark.parametrize(("ends_on", "code"), [("2026-12-04", "before"), ("2027-12-06", "too_many_days")])
def test_days_off_are_in_order_and_a_year_at_most(cast: Cast, ends_on: str, code: str):
    answer = signed_in(cast.lan).post("/v1/days_off", day_off(cast, "lan", ends_on=ends_on), JSON)
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/ends_on", code)]
