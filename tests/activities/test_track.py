"""Tracks: pieces, their union, and what is measured on it."""

import random
import time
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.patrols import track
from activities.patrols.measures import GAP_S, summary

START = 1_795_350_600  # 2026-11-22T12:30:00Z

Point = tuple[int, int, int, int | None, int | None, bool]
points = st.lists(
    st.tuples(
        st.integers(START, START + 30),
        st.integers(-180_000_000, 180_000_000),
        st.integers(-90_000_000, 90_000_000),
        st.none() | st.integers(-1, 70_000),
        st.none() | st.integers(-1, 70_000),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def piece_of(rows: list[Point], *, t0: str = "2026-11-22T12:30:00.900Z") -> dict:
    """The rows as a phone writes them, in the order given."""
    times, lons, lats, accuracy, speed, mocked = (list(column) for column in zip(*rows, strict=True))
    return {
        "t0": t0,
        "dt_s": differences([START, *times])[1:],
        "lon_e6": differences(lons),
        "lat_e6": differences(lats),
        "accuracy_m": accuracy,
        "speed_cms": speed,
        "mocked": mocked,
    }


def differences(values: list[int]) -> list[int]:
    return [b - a for a, b in zip([0, *values], values, strict=False)]


def walk(count: int, *, step_s: int = 5, metres: float = 6, start: int = START) -> list[Point]:
    """A walk due east along a parallel, with one point every `step_s`."""
    east = metres / (111_195.08 * cos(radians(10.93))) * 1e6
    return [(start + i * step_s, round(108_100_000 + i * east), 10_930_000, 8, 120, False) for i in range(count)]


def merged(*batches: list[dict]) -> bytes:
    stored = None
    for batch in batches:
        stored = track.union(stored, batch)
    assert stored is not None
    return stored


@given(st.lists(points, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_pieces_in_any_order_and_any_number_of_times_end_the_same(pieces, chance):
    sent = [piece_of(rows) for rows in pieces]
    again = sent + chance.choices(sent, k=3)
    chance.shuffle(again)
    cut = chance.randrange(len(again) + 1)
    batches = [batch for batch in (again[:cut], again[cut:]) if batch]
    assert merged(*batches) == merged(sent)


@given(st.lists(points, min_size=1, max_size=4))
def test_every_second_that_was_sent_is_there_once_and_holds_a_point_that_was_sent(pieces):
    got = track.wire(merged([piece_of(rows) for rows in pieces]))
    sent = {(t, lon, lat) for rows in pieces for t, lon, lat, *_ in rows}
    seconds = track.seconds(got)
    assert seconds == sorted({t for t, *_ in sent})
    assert set(zip(seconds, running(got["lon_e6"]), running(got["lat_e6"]), strict=True)) <= sent


@given(points)
def test_what_is_read_is_itself_a_piece_that_adds_nothing(rows):
    stored = merged([piece_of(rows)])
    read = track.wire(stored)
    assert read.pop("points") == len(read["dt_s"])
    assert track.validate(read) == []
    assert track.union(stored, [read]) == stored == track.union(None, [read])


@given(points, st.randoms(use_true_random=False))
def test_tracks_that_are_too_long_are_cut_the_same_way_in_any_order(rows, chance):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(track, "MOST_POINTS", 4)
        parts = [piece_of([row]) for row in rows]
        shuffled = chance.sample(parts, len(parts))
        assert merged(*([part] for part in shuffled)) == merged(parts)
        too_long = len({t for t, *_ in rows}) > 4
        assert ("truncated" in summary(merged(parts))["track_flags"]) == too_long
        assert track.wire(merged(parts))["points"] <= 4


def test_of_two_points_in_one_second_the_more_accurate_stays():
    rough, fine, unknown = (START, 1, 1, 30, 5, False), (START, 2, 2, 8, None, True), (START, 3, 3, None, 5, False)
    got = track.wire(merged([piece_of([rough, unknown])], [piece_of([fine])]))
    assert (got["lon_e6"], got["accuracy_m"], got["mocked"]) == ([2], [8], [True])


def test_a_clock_of_1970_is_taken():
    piece = piece_of(walk(3)) | {"t0": "1969-12-31T17:00:00.000Z"}
    assert track.validate(piece) == []
    assert track.wire(merged([piece]))["t0"] == "1969-12-31T17:00:00.000Z"


def test_a_straight_walk_is_as_long_as_it_was():
    measured = summary(merged([piece_of(walk(1_440))]))
    assert measured["distance_m"] == pytest.approx(1_439 * 6, rel=0.002)
    assert (measured["duration_s"], measured["track_flags"], measured["track_points"]) == (1_439 * 5, [], 1_440)
    assert measured["bounding_box"]["west"] == 108.1
    assert measured["bounding_box"]["south"] == measured["bounding_box"]["north"] == 10.93


def test_a_gap_is_unknown_and_adds_neither_distance_nor_time():
    late = START + 10 * 5 + GAP_S + 60
    measured = summary(merged([piece_of(walk(11)), piece_of(walk(11, start=late, metres=3))]))
    assert measured["track_flags"] == ["gap"]
    assert measured["distance_m"] == pytest.approx(90, abs=1)
    assert measured["duration_s"] == 100


def test_jumps_and_mock_locations_are_kept_and_flagged():
    rows = walk(5)
    rows[2] = (rows[2][0], 0, 0, 8, 120, True)
    stored = merged([piece_of(rows)])
    assert summary(stored)["track_flags"] == ["jump", "mock_location"]
    assert summary(stored)["distance_m"] == 12
    assert track.wire(stored)["points"] == 5


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"t0": "yesterday"}, "/t0", "invalid_datetime"),
        ({"t0": None}, "/t0", "invalid_datetime"),
        ({"t0": "2026-02-30T00:00:00Z"}, "/t0", "invalid_datetime"),
        ({"dt_s": [0, 5.0]}, "/dt_s/1", "wrong_type"),
        ({"dt_s": [0, True]}, "/dt_s/1", "wrong_type"),
        ({"dt_s": [0, 2**60]}, "/dt_s/1", "invalid_datetime"),
        ({"dt_s": []}, "/dt_s", "too_few_items"),
        ({"dt_s": [0]}, "/lon_e6", "columns_differ"),
        ({"lon_e6": [180_000_000, 1]}, "/lon_e6/1", "invalid_location"),
        ({"lat_e6": [-90_000_001, 5]}, "/lat_e6/0", "invalid_location"),
        ({"lat_e6": "10"}, "/lat_e6", "wrong_type"),
        ({"mocked": [0, 1]}, "/mocked/0", "wrong_type"),
        ({"accuracy_m": [1] * 2_001}, "/accuracy_m", "too_many_items"),
        ({"height_m": [1, 2]}, "/height_m", "unknown_field"),
    ],
)
def test_a_wrong_piece_is_told_where(change, pointer, code):
    assert (pointer, code) in [(e.pointer, e.code) for e in track.validate(piece_of(walk(2)) | change)]


@given(
    st.dictionaries(
        st.sampled_from([*track._COLUMNS, "t0"]),
        st.none() | st.lists(st.none() | st.integers(), max_size=3) | st.text(max_size=3),
    )
)
def test_no_piece_whatever_makes_it_fail(change):
    piece = piece_of(walk(2)) | change
    if not track.validate(piece):
        summary(track.union(None, [piece]))


def test_an_evening_takes_a_few_kilobytes_and_the_longest_track_a_moment():
    chance = random.Random(1)
    evening = [
        (t, lon + chance.randint(-40, 40), lat + chance.randint(-40, 40), chance.randint(4, 15), v, False)
        for t, lon, lat, _, v, _ in walk(1_440)
    ]
    assert len(merged([piece_of(evening)])) < 8_000
    stored = merged([piece_of(walk(20_000))])
    piece = piece_of(walk(2_000, start=START + 2))
    best = 9.0
    for _ in range(3):
        began = time.thread_time()
        summary(track.union(stored, [piece]))
        best = min(best, time.thread_time() - began)
    assert best < 0.5  # 0.1 s on an idle machine


def running(steps: list[int]) -> list[int]:
    return [sum(steps[: i + 1]) for i in range(len(steps))]
