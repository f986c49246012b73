"""Which checkpoints were reached in time, held against the plain words of the rule."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.patrols.measures import GAP_S, spans
from activities.patrols.routes.judging import (
    BEFORE_START,
    DAY,
    EARLY,
    GAP,
    MINUTE,
    DueStatus,
    Walk,
    judge,
    order_kept,
    slots_of,
    windows_of,
)
from api.localtime import LOCAL

FEW = settings(max_examples=60)
EVENING = int(dt.datetime(2026, 11, 22, 21, 50, tzinfo=LOCAL).timestamp() * 1000)
times_of_day = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
windows = st.tuples(times_of_day, times_of_day).filter(lambda each: each[0] != each[1])
moments = st.integers(-60, 400).map(lambda minute: EVENING + minute * MINUTE)


def stop(*windows: tuple[str, str], every_min: int | None = None) -> dict:
    return {
        "checkpoint_id": "a",
        "windows": [{"opens": opens, "closes": closes} for opens, closes in windows],
        "every_min": every_min,
    }


def walk(minutes: int = 240, *dark: tuple[int, int], over: bool = True, sure: bool = True) -> Walk:
    """A patrol from 21:50 on, tracked but for the minutes named."""
    edges = [0, *(minute for gap in dark for minute in gap), minutes]
    tracked = [
        (EVENING + edges[n] * MINUTE, EVENING + edges[n + 1] * MINUTE)
        for n in range(0, len(edges), 2)
        if edges[n] < edges[n + 1]
    ]
    return Walk(EVENING, EVENING + minutes * MINUTE if over else None, tracked, sure)


def came_of(minutes: list[int], at: dict, patrol: Walk) -> list[str]:
    visits = [(EVENING + minute * MINUTE, str(minute)) for minute in sorted(minutes)]
    return [due.status.value for due in judge(at, patrol, visits).due]


WINDOW = ("22:30", "23:00")  # minutes 40 to 70 of the patrol


def test_a_window_is_kept_from_a_quarter_before_until_it_closes():
    for minute, status in {24: "missed", 25: "on_time", 40: "on_time", 70: "on_time", 71: "late", 239: "late"}.items():
        assert came_of([minute], stop(WINDOW), walk()) == [status], minute


def test_what_comes_before_the_next_window_is_not_late_for_the_last():
    two = stop(WINDOW, ("01:00", "01:30"))
    assert came_of([175], two, walk()) == ["missed", "on_time"]
    assert came_of([174], two, walk()) == ["late", "missed"]
    side_by_side = stop(("22:30", "23:00"), ("23:01", "23:30"))
    assert came_of([69], side_by_side, walk()) == ["on_time", "missed"]


def test_a_window_over_midnight_is_one_of_the_same_night():
    over_midnight = stop(("23:50", "00:10"))
    assert came_of([130], over_midnight, walk()) == ["on_time"]
    after = Walk(EVENING + 180 * MINUTE, EVENING + 300 * MINUTE, [(EVENING + 180 * MINUTE, EVENING + 300 * MINUTE)])
    assert judge(over_midnight, after, [(EVENING + 190 * MINUTE, "a")]).status is DueStatus.LATE


def test_gaps_make_unknown_and_never_missed():
    assert came_of([], stop(WINDOW), walk()) == ["missed"]
    for dark in ((60, 80), (0, 50), (45, 60), (69, 240)):
        assert came_of([], stop(WINDOW), walk(240, dark)) == ["unknown"], dark
    for beside in ((10, 40), (70, 100)):
        assert came_of([], stop(WINDOW), walk(240, beside)) == ["missed"], beside
    assert came_of([], stop(WINDOW), walk(over=False)) == ["unknown"]
    assert came_of([], stop(WINDOW), walk(sure=False)) == ["unknown"]
    assert came_of([], stop(WINDOW), Walk(EVENING, EVENING + DAY // 4)) == ["unknown"]


def test_ten_minutes_are_no_gap_and_a_moment_more_is_one():
    for first, last, dark in (
        (GAP, 0, []),
        (GAP + 1, 0, [(0, GAP + 1)]),
        (0, GAP, []),
        (0, GAP + 1, [(DAY - GAP - 1, DAY)]),
    ):
        patrol = Walk(0, DAY, [(first, DAY - last)])
        assert (patrol.gaps, patrol.whole) == (dark, not dark)
    assert not Walk(0, None, [(0, DAY)]).whole and not Walk(0, DAY, [(0, DAY)], sure=False).whole


def test_a_stop_is_as_bad_as_the_worst_that_was_due():
    hourly = stop(every_min=60)

    def status(minutes: list[int], patrol: Walk) -> str:
        return judge(hourly, patrol, [(EVENING + minute * MINUTE, "a") for minute in minutes]).status.value

    assert status([10], walk(240, (65, 100))) == "missed"
    assert status([10, 130, 190], walk(240, (65, 100))) == "unknown"
    seen = [(EVENING + 75 * MINUTE, "a"), (EVENING + 110 * MINUTE, "b")]
    assert judge(stop(WINDOW, ("23:30", "00:00")), walk(), seen).status == "late"


def test_every_hour_is_asked_for_by_itself():
    hourly = stop(every_min=60)
    assert came_of([10, 59, 200], hourly, walk()) == ["on_time", "missed", "missed", "on_time"]
    assert came_of([240], hourly, walk()) == ["missed", "missed", "missed", "on_time"]
    assert came_of([130], hourly, walk(240, (65, 100))) == ["missed", "unknown", "on_time", "missed"]
    assert came_of([20], hourly, walk(30)) == ["on_time"]


def test_a_stop_without_times_is_reached_whenever_it_was():
    assert came_of([-30], stop(), walk()) == came_of([500], stop(), walk()) == ["on_time"]
    assert came_of([], stop(), walk()) == ["missed"]


@FEW
@given(st.lists(windows, min_size=1, max_size=4, unique_by=lambda each: each[0]), moments)
def test_each_window_opens_once_within_the_day_around_the_patrols_start(given_windows, start):
    found = windows_of(stop(*given_windows)["windows"], start)
    assert len(found) == len(given_windows)
    for opens, closes in found:
        assert start - BEFORE_START <= opens < start - BEFORE_START + DAY
        assert 0 < closes - opens < DAY
    local = {
        tuple(dt.datetime.fromtimestamp(edge / 1000, LOCAL).strftime("%H:%M") for edge in window) for window in found
    }
    assert local == set(given_windows)


@FEW
@given(
    st.lists(windows, max_size=3, unique_by=lambda each: each[0]),
    st.none() | st.integers(15, 200),
    st.lists(moments, max_size=6),
    st.lists(st.tuples(st.integers(0, 240), st.integers(0, 240)).map(sorted), max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_missed_is_only_what_a_whole_track_shows(given_windows, every_min, at, covered, over, sure):
    tracked = [(EVENING + a * MINUTE, EVENING + b * MINUTE) for a, b in sorted(covered)]
    patrol = Walk(EVENING, EVENING + 240 * MINUTE if over else None, tracked, sure, max(at, default=0))
    visits = [(moment, str(place)) for place, moment in enumerate(sorted(at))]
    when = {id: moment for moment, id in visits}
    judged = judge(stop(*given_windows, every_min=every_min), patrol, visits)
    assert judged.due and judged.status in {due.status for due in judged.due}
    for due in judged.due:
        hits = [moment for moment, _ in visits if due.opens <= moment < due.closes]
        if hits:
            assert due.status is DueStatus.ON_TIME
        if due.status is DueStatus.ON_TIME and given_windows:
            assert due.opens - EARLY <= when[due.visit_id] <= due.closes
        if due.status is DueStatus.LATE:
            assert when[due.visit_id] > due.closes
        if due.status is DueStatus.MISSED:
            assert over and sure and due.visit_id is None
            first, last = max(due.opens, patrol.start), min(due.closes, patrol.until)
            edges = sorted({first, last, *(edge for span in tracked for edge in span)})
            dark = [
                (one, other)
                for one, other in pairwise(edges)
                if first <= one and other <= last and not any(a <= one and other <= b for a, b in tracked)
            ]
            longest = max((other - one for one, other in dark), default=0)
            assert longest <= GAP


@FEW
@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=40, unique=True).map(sorted))
def test_spans_and_gaps_are_two_sides_of_one_track(seconds):
    found = spans(seconds)
    assert [found[0][0], found[-1][1]] == [seconds[0], seconds[-1]]
    assert all(other[0] - one[1] > GAP_S for one, other in pairwise(found))
    patrol = Walk(seconds[0] * 1000, seconds[-1] * 1000, [(a * 1000, b * 1000) for a, b in found])
    assert patrol.gaps == [(one[1] * 1000, other[0] * 1000) for one, other in pairwise(found)]
    assert patrol.whole == (len(found) == 1)


@FEW
@given(st.lists(st.none() | st.integers(0, 9), max_size=6))
def test_the_order_is_kept_where_no_later_stop_came_first(firsts):
    broken = any(
        one is not None and other is not None and other < one
        for place, one in enumerate(firsts)
        for other in firsts[place + 1 :]
    )
    known = [first for first in firsts if first is not None]
    assert order_kept(firsts) == (None if len(known) < 2 else not broken)


def test_times_that_no_clock_shows_are_borne():
    for start in (-62_135_596_800_000, 253_402_300_799_000):
        assert windows_of([{"opens": "00:00", "closes": "23:59"}], start)
    assert len(slots_of(15, Walk(0, 10**14))) == 96
    assert judge(stop(every_min=15), Walk(10, 0), []).status is DueStatus.MISSED
