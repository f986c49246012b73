"""What a track tells of a patrol: how far, how long, where, and what looks odd. Nothing is refused for looking odd.

A stretch without points for over `GAP_S` is unknown: it adds neither distance nor time, and no one calls it missed.
"""

from __future__ import annotations

import datetime as dt
from itertools import accumulate, pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Any

from activities.patrols.track import seconds, unpack
from api.enums import LabelledEnum
from api.localtime import wire

EARTH_RADIUS_M = 6_371_008.8
GAP_S = 600
FASTEST_M_S = 200 / 3.6
JUMP_M = 100
"""A step shorter than this is a fix that wandered, however short the time."""
MOST_SPANS = 100
"""What a track of more pieces than this covers after them isn't told: it counts as unknown."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class TrackFlag(LabelledEnum):
    GAP = "gap", "Có quãng không ghi được", "Stretches without points"
    JUMP = "jump", "Có bước nhảy vị trí bất thường", "Implausible jumps"
    MOCK_LOCATION = "mock_location", "Có vị trí giả lập", "Mock locations"
    TRUNCATED = "truncated", "Quá dài, chỉ giữ phần đầu", "Too long, only the beginning is kept"


def summary(stored: bytes) -> dict[str, Any]:
    """The derived columns of a patrol: `distance_m`, `duration_s`, `bounding_box`, `track_…`."""
    piece = unpack(stored)
    flags = {TrackFlag.TRUNCATED.value} if piece.get("truncated") else set()
    if any(piece.get("mocked", ())):
        flags.add(TrackFlag.MOCK_LOCATION.value)
    lons = [lon / 1e6 for lon in accumulate(piece["lon_e6"])]
    lats = [lat / 1e6 for lat in accumulate(piece["lat_e6"])]
    walked, observed = 0.0, 0
    steps = zip(piece["dt_s"][1:], pairwise(zip(lons, lats, strict=True)), strict=True)
    for step_s, (here, there) in steps:
        if step_s > GAP_S:
            flags.add(TrackFlag.GAP.value)
            continue
        observed += step_s
        step_m = distance(here, there)
        if step_m > JUMP_M and step_m > FASTEST_M_S * step_s:
            flags.add(TrackFlag.JUMP.value)
        else:
            walked += step_m
    return {
        "distance_m": round(walked),
        "duration_s": observed,
        "bounding_box": {"west": min(lons), "south": min(lats), "east": max(lons), "north": max(lats)},
        "track_flags": sorted(flags),
        "track_points": len(lons),
        "track_spans": [
            {"starts_at": _wire(start), "ends_at": _wire(end)} for start, end in spans(seconds(piece))[:MOST_SPANS]
        ],
    }


def spans(times: list[int]) -> list[tuple[int, int]]:
    """The stretches between the first and the last of ordered times in which none is over `GAP_S` after the other."""
    breaks = [place for place, (one, next) in enumerate(pairwise(times), 1) if next - one > GAP_S]
    return [(times[first], times[last - 1]) for first, last in pairwise([0, *breaks, len(times)])]


def _wire(second: int) -> str:
    return wire(_EPOCH + dt.timedelta(seconds=second))


def distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Metres between two places (lon, lat in degrees) along a great circle of a sphere of the earth's mean radius."""
    (lon, lat), (lon_2, lat_2) = here, there
    south_north = sin(radians(lat_2 - lat) / 2)
    west_east = sin(radians(lon_2 - lon) / 2)
    return (
        2
        * EARTH_RADIUS_M
        * asin(min(1.0, sqrt(south_north**2 + cos(radians(lat)) * cos(radians(lat_2)) * west_east**2)))
    )
