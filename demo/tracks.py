"""Tracks on the wire: pieces of at most 2,000 points, written as columns of differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from demo.clock import unix_time, wire_time

PIECE = 2000
"""Points in one piece, at most."""


@dataclass(frozen=True, order=True)
class Point:
    """Where a phone was: Unix seconds, millionths of a degree, metres, centimetres a second."""

    at_s: int
    lon_e6: int
    lat_e6: int
    accuracy_m: int
    speed_cms: int = 0
    mocked: bool = False


def pieces(points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    """The track in pieces. Each stands for itself (its first row is whole), so repeats and order don't matter."""
    for start in range(0, len(points), PIECE):
        yield columns(points[start : start + PIECE])


def columns(points: Sequence[Point]) -> dict[str, Any]:
    """One piece: times and places as differences to the row before, the rest as it is."""
    return {
        "t0": wire_time(points[0].at_s),
        "dt_s": _differences([p.at_s - points[0].at_s for p in points]),
        "lon_e6": _differences([p.lon_e6 for p in points]),
        "lat_e6": _differences([p.lat_e6 for p in points]),
        "accuracy_m": [p.accuracy_m for p in points],
        "speed_cms": [p.speed_cms for p in points],
        "mocked": [p.mocked for p in points],
    }


def points(piece: dict[str, Any]) -> list[Point]:
    """The points of a piece, as `GET /v1/patrols/{id}/track` gives it back."""
    count = len(piece["dt_s"])
    start = round(unix_time(piece["t0"])) if count else 0
    rows = zip(
        (start + seconds for seconds in accumulate(piece["dt_s"])),
        accumulate(piece["lon_e6"]),
        accumulate(piece["lat_e6"]),
        piece["accuracy_m"],
        piece.get("speed_cms") or [0] * count,
        piece.get("mocked") or [False] * count,
        strict=True,
    )
    return [Point(at, lon, lat, accuracy, speed or 0, bool(mocked)) for at, lon, lat, accuracy, speed, mocked in rows]


def _differences(values: Iterable[int]) -> list[int]:
    listed = list(values)
    return listed[:1] + [after - before for before, after in pairwise(listed)]
