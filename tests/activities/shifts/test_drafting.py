"""The draft of a roster: as even as it can be, over generated teams with days off, rests and several people a night."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import uuid
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.shifts.roster import drafting
from activities.shifts.roster.drafting import PATIENCE_S, Member, Slot
from activities.shifts.roster.month import Month, Planned, TeamMonth
from activities.shifts.roster.telling import told

EVENING = dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC)
NIGHTS = 31
FEW = settings(max_examples=40, deadline=None)


def draft(slots: Sequence[Slot], members: Sequence[Member], rest: dt.timedelta) -> list[list[int]]:
    """A draft that has all the time it wants, however busy the machine is."""
    return drafting.draft(slots, members, rest, clock=lambda: 0.0)


def night(day: int, seats: int = 1, *, heavy: bool = False) -> Slot:
    begins = EVENING + dt.timedelta(days=day)
    return Slot(begins, begins + dt.timedelta(hours=4), seats, heavy)


def december(seats: int) -> list[Slot]:
    """31 nights; the fifth is the first Saturday."""
    return [night(day, seats, heavy=day % 7 in (4, 5)) for day in range(NIGHTS)]


def free_but(off: set[int], nights: int = NIGHTS) -> Member:
    return Member(frozenset(range(nights)) - off)


def clash(one: Slot, other: Slot, rest: dt.timedelta) -> bool:
    return one.starts_at < other.ends_at + rest and other.starts_at < one.ends_at + rest


def loads(made: Sequence[Sequence[int]], members: int) -> list[int]:
    counts = Counter(itertools.chain(*made))
    return [counts[member] for member in range(members)]


def spread(counts: Sequence[int]) -> int:
    return max(counts) - min(counts)


def held(slots: Sequence[Slot], members: Sequence[Member], rest: dt.timedelta, made: list[list[int]]) -> bool:
    """Whether what must hold does: seats, days off, nobody twice, rests."""
    own = {member: [place for place, people in enumerate(made) if member in people] for member in range(len(members))}
    return (
        all(len(set(people)) == len(people) <= slot.seats for slot, people in zip(slots, made, strict=True))
        and all(set(places) <= members[member].free for member, places in own.items())
        and not any(
            clash(slots[one], slots[other], rest)
            for places in own.values()
            for one, other in itertools.combinations(places, 2)
        )
    )


def can_be_even(slots: Sequence[Slot], members: Sequence[Member], rest: dt.timedelta) -> bool:
    """Whether all seats can be filled with shares that differ by one at most: every way is tried."""
    most = -(-sum(slot.seats for slot in slots) // len(members))

    def rest_of(place: int, counts: tuple[int, ...], seated: tuple[frozenset[int], ...]) -> bool:
        if place == len(slots):
            return spread(counts) <= 1
        busy = {m for p, people in enumerate(seated) if clash(slots[p], slots[place], rest) for m in people}
        able = [m for m, who in enumerate(members) if place in who.free and m not in busy and counts[m] < most]
        return any(
            rest_of(
                place + 1,
                tuple(count + (m in people) for m, count in enumerate(counts)),
                (*seated, frozenset(people)),
            )
            for people in itertools.combinations(able, slots[place].seats)
        )

    return rest_of(0, (0,) * len(members), ())


RESTS = st.sampled_from([0, 24, 48]).map(lambda hours: dt.timedelta(hours=hours))


@FEW
@given(st.data(), st.integers(2, 5), st.integers(2, 7), st.integers(1, 2), RESTS)
def test_wherever_shares_can_be_even_they_are(
    data: st.DataObject, people: int, nights: int, seats: int, rest: dt.timedelta
) -> None:
    slots = [night(day, seats) for day in range(nights)]
    off = st.sets(st.integers(0, nights - 1), max_size=nights - 1)
    members = [free_but(data.draw(off), nights) for _ in range(people)]
    made = draft(slots, members, rest)
    assert held(slots, members, rest, made)
    if can_be_even(slots, members, rest):
        assert [len(each) for each in made] == [seats] * nights
        assert spread(loads(made, people)) <= 1


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.randoms(use_true_random=False), st.integers(0, 12))
def test_a_month_of_fifteen_people_that_has_an_even_roster_gets_one(seats, chance, days_off):
    """A roster is laid out first, and days off are taken around it: so an even one is known to exist."""
    rest = dt.timedelta(hours=24)
    places = list(range(15))
    chance.shuffle(places)
    laid_out = [{places[(day * seats + seat) % 15] for seat in range(seats)} for day in range(NIGHTS)]
    members = []
    for member in range(15):
        others = [day for day in range(NIGHTS) if member not in laid_out[day]]
        members.append(free_but(set(chance.sample(others, min(days_off, len(others))))))
    slots = december(seats)
    began = time.thread_time()
    made = draft(slots, members, rest)
    assert time.thread_time() - began < 2
    assert held(slots, members, rest, made)
    assert [len(each) for each in made] == [seats] * NIGHTS
    assert spread(loads(made, 15)) <= 1


PASSED_ON = {
    "a seat that is filled only if somebody passes another on": (48, 4, [{0, 1, 3}, {1, 2}, {0, 1}]),
    "two each only if shifts go along a chain": (
        0,
        16,
        [
            {4, 9}, {0, 9, 14}, {0, 2, 5, 7, 12, 14}, {0, 4, 5, 7, 14}, {*range(16)} - {4, 13}, {*range(16)} - {4},
            {*range(16)} - {2, 8, 9, 11, 13}, {*range(16)} - {6, 11},
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PASSED_ON)
def test_what_no_order_of_seating_finds_is_found_by_passing_shifts_on(case: str) -> None:
    rest_h, nights, free = PASSED_ON[case]
    slots, members = [night(day) for day in range(nights)], [Member(frozenset(each)) for each in free]
    made = draft(slots, members, dt.timedelta(hours=rest_h))
    assert held(slots, members, dt.timedelta(hours=rest_h), made)
    assert all(made) and spread(loads(made, len(members))) <= 1


def test_weekends_are_even_too_and_who_had_fewer_lately_comes_first() -> None:
    slots = december(2)
    members = [free_but({day for day in range(NIGHTS) if (day * 7 + member * 5) % 11 < 3}) for member in range(15)]
    made = draft(slots, members, dt.timedelta(hours=24))
    weekends = [people for slot, people in zip(slots, made, strict=True) if slot.heavy]
    assert spread(loads(made, 15)) <= 1 and spread(loads(weekends, 15)) <= 1
    lately = [Member(frozenset({0}), before=member % 3) for member in range(15)]
    assert draft([night(0, 5)], lately, dt.timedelta()) == [[0, 3, 6, 9, 12]]


def test_what_somebody_has_already_counts() -> None:
    busy, idle = Member(frozenset(range(10)), shifts=4), free_but(set(), 10)
    made = draft([night(day) for day in range(10)], [busy, idle, idle], dt.timedelta())
    assert sorted(loads(made, 3)) == [1, 4, 5] and loads(made, 3)[0] == 1


def test_a_night_that_nobody_can_take_stays_open_and_nobody_is_made_to_work_without_rest() -> None:
    off = {3, 4}
    slots = [night(day, 2) for day in range(6)]
    members = [free_but(off, 6) for _ in range(3)]
    made = draft(slots, members, dt.timedelta(hours=24))
    assert held(slots, members, dt.timedelta(hours=24), made)
    assert made[3] == made[4] == [] and sum(map(len, made)) == 7  # 2 + 1 + 2 and 2


def test_the_same_question_gets_the_same_roster_and_an_impossible_one_is_answered_in_time() -> None:
    members = [free_but({day for day in range(NIGHTS) if (day + member) % 3}) for member in range(15)]
    began = time.thread_time()
    made = draft(december(6), members, dt.timedelta(hours=48))
    assert time.thread_time() - began < 2
    assert made == draft(december(6), members, dt.timedelta(hours=48))


def test_of_hundreds_the_best_so_far_is_given_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PATIENCE_S <= 2
    monkeypatch.setattr(drafting, "PATIENCE_S", 0.5)
    members = [free_but({day for day in range(NIGHTS) if (day * member) % 7 < 4}) for member in range(300)]
    slots, rest = december(20), dt.timedelta(hours=72)
    began = time.monotonic()
    made = drafting.draft(slots, members, rest)
    assert 0.5 <= time.monotonic() - began < 1.5
    assert held(slots, members, rest, made)
    assert [len(people) for people in made] == [20 if day % 7 else 0 for day in range(NIGHTS)], "all that can be filled"


@FEW
@given(st.integers(0, 200))
def test_a_draft_that_ends_at_any_moment_is_sound(looks: int) -> None:
    """Time is up after so many looks at the clock."""
    slots, rest = december(3), dt.timedelta(hours=48)
    members = [free_but({day for day in range(NIGHTS) if (day + member) % 3 == 0}) for member in range(15)]
    ticks = itertools.count()
    made = drafting.draft(slots, members, rest, clock=lambda: PATIENCE_S * 2 if next(ticks) > looks else 0.0)
    assert held(slots, members, rest, made)


def test_whoever_is_in_a_long_shift_and_two_within_it_is_warned_of_all_three() -> None:
    lan = uuid.uuid4()
    shifts = [
        Planned(
            EVENING + dt.timedelta(hours=begins), EVENING + dt.timedelta(hours=ends), frozenset({lan}), uuid.uuid4()
        )
        for begins, ends in ((0, 12), (1, 2), (4, 6), (12, 14))
    ]
    roster = told(TeamMonth({"id": str(uuid.uuid4())}, Month.read("2026-12"), {}, shifts, [], []))
    double = [each["shift_id"] for each in roster["warnings"] if each["warning"] == "double"]
    assert double == [str(shift.id) for shift in shifts[:3]]
