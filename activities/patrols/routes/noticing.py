"""What is notable about visits: too far away, too fast, with a code of something else. Signals, never refusals.

Pure functions of wire forms; times are milliseconds since 1970.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from activities.patrols.measures import JUMP_M, distance
from activities.patrols.routes.codes import read_code
from activities.patrols.track import seconds
from api.enums import LabelledEnum

NEAR_MS = 60_000
"""Points of the track this near in time tell where a visit was."""
AFAR_M = 100
"""So far beyond the radius nobody can hold a phone before the code."""
TRUSTED_M = 100
"""A phone that believes itself less precise than this gains nothing by it."""
ELSEWHERE_M = 200
BESIDE_MS = 10 * NEAR_MS
"""A visit this little before or after its patrol is of it: phones' clocks differ."""
FASTEST_M_S = 60 / 3.6


class VisitFlag(LabelledEnum):
    """What is notable about a visit."""

    OUT_OF_RADIUS = "out_of_radius", "Ngoài bán kính của chốt", "Out of the checkpoint's radius"
    CODE_FROM_AFAR = "code_from_afar", "Quét mã khi đang ở xa chốt", "Code used from afar"
    TOO_FAST = "too_fast", "Đến quá nhanh so với khoảng cách", "Too soon after the one before"
    TRACK_ELSEWHERE = "track_elsewhere", "Đường đi lúc đó ở chỗ khác", "The track was elsewhere"
    MOCK_LOCATION = "mock_location", "Có vị trí giả lập", "Mock location"
    CODE_MISSING = "code_missing", "Không kèm mã đã quét", "No code came with it"
    CODE_INVALID = "code_invalid", "Mã không phải của chốt này", "Not a code of this checkpoint"
    CODE_OUTDATED = "code_outdated", "Mã cũ, đã được thay", "A code that was renewed before"
    METHOD_UNEXPECTED = "method_unexpected", "Cách xác nhận không đúng quy định", "Not a method of this checkpoint"
    OUTSIDE_PATROL = "outside_patrol", "Ngoài thời gian tuần tra", "Before or after the patrol"


class PlaceSource(LabelledEnum):
    """By what a visit's distance is known."""

    VISIT = "visit", "Vị trí kèm lượt ghé", "The visit's own location"
    TRACK = "track", "Đường đi lúc đó", "The track at that time"


@dataclass(frozen=True)
class Trail:
    """A track, to be asked where it was around a moment."""

    times: Sequence[int] = ()
    places: Sequence[tuple[float, float]] = ()
    mocked: Sequence[bool] = ()

    @classmethod
    def of(cls, piece: Mapping[str, Any], shift: int = 0) -> Trail:
        """Of a whole track (see `activities.patrols.track`), its times moved by so many milliseconds."""
        lons, lats = accumulate(piece["lon_e6"]), accumulate(piece["lat_e6"])
        return cls(
            [second * 1000 + shift for second in seconds(dict(piece))],
            [(lon / 1e6, lat / 1e6) for lon, lat in zip(lons, lats, strict=True)],
            piece.get("mocked", ()),
        )

    def around(self, at: int) -> range:
        """The points within a minute of a moment."""
        return range(bisect_left(self.times, at - NEAR_MS), bisect_right(self.times, at + NEAR_MS))

    def nearest_m(self, at: int, place: tuple[float, float]) -> float | None:
        """How near it came to a place around a moment: several people's points may stand in it."""
        return min((distance(self.places[n], place) for n in self.around(at)), default=None)

    def mocks(self, at: int) -> bool:
        """Whether some point around a moment was mocked."""
        return any(self.mocked[n] for n in self.around(at)) if self.mocked else False


@dataclass
class Noticed:
    """A visit with what is notable about it."""

    visit: Mapping[str, Any]
    at: int
    distance_m: float | None = None
    distance_from: PlaceSource | None = None
    flags: set[VisitFlag] = field(default_factory=set)


def notice(
    visits: Sequence[tuple[int, Mapping[str, Any]]],
    checkpoints: Mapping[str, Mapping[str, Any]],
    *,
    within: tuple[int, int] | None = None,
    trail: Trail = Trail(),
) -> list[Noticed]:
    """These visits (when, and their wire form, in order of time), each with what is notable about it.

    `checkpoints` by id, with the moments of renewal in milliseconds; of one that isn't known, nothing can be said.
    """
    found, before = [], dict[Any, tuple[int, Mapping[str, Any]]]()
    for at, visit in visits:
        noticed = Noticed(visit, at)
        found.append(noticed)
        if within and not within[0] - BESIDE_MS <= at <= within[1] + BESIDE_MS:
            noticed.flags.add(VisitFlag.OUTSIDE_PATROL)
        if trail.mocks(at):
            noticed.flags.add(VisitFlag.MOCK_LOCATION)
        checkpoint = checkpoints.get(visit["checkpoint_id"])
        if checkpoint is None:
            continue
        _measure(noticed, checkpoint, trail)
        _hold_code(noticed, checkpoint)
        last = before.get(visit.get("user_id"))
        if last and too_fast(last[1], checkpoint, at - last[0]):
            noticed.flags.add(VisitFlag.TOO_FAST)
        before[visit.get("user_id")] = at, checkpoint
    return found


def too_fast(one: Mapping[str, Any], other: Mapping[str, Any], passed_ms: int) -> bool:
    """Whether nobody gets from one checkpoint to the other so soon: at 60 km/h, from edge to edge."""
    apart = distance(place_of(one["location"]), place_of(other["location"])) - one["radius_m"] - other["radius_m"]
    return apart > JUMP_M and apart > FASTEST_M_S * passed_ms / 1000


def place_of(location: Mapping[str, Any]) -> tuple[float, float]:
    """A location as the pair that distances are measured between."""
    return location["lon"], location["lat"]


def _measure(noticed: Noticed, checkpoint: Mapping[str, Any], trail: Trail) -> None:
    """How far from the checkpoint it was: by its own location, else by the track."""
    location, centre = noticed.visit.get("location"), place_of(checkpoint["location"])
    slack = 0.0
    if location:
        here = place_of(location)
        slack = min(location.get("accuracy_m") or 0.0, TRUSTED_M)
        noticed.distance_m, noticed.distance_from = distance(here, centre), PlaceSource.VISIT
        off = trail.nearest_m(noticed.at, here)
        if off is not None and off - slack > ELSEWHERE_M:
            noticed.flags.add(VisitFlag.TRACK_ELSEWHERE)
    elif (tracked := trail.nearest_m(noticed.at, centre)) is not None:
        noticed.distance_m, noticed.distance_from = tracked, PlaceSource.TRACK
    beyond = (noticed.distance_m or 0.0) - slack - checkpoint["radius_m"]
    if beyond > 0:
        noticed.flags.add(VisitFlag.OUT_OF_RADIUS)
    if beyond > AFAR_M and noticed.visit.get("method") in ("qr", "nfc"):
        noticed.flags.add(VisitFlag.CODE_FROM_AFAR)


def _hold_code(noticed: Noticed, checkpoint: Mapping[str, Any]) -> None:
    """Whether the method is one of the checkpoint's, and its code the one that held then."""
    method, text = noticed.visit.get("method"), noticed.visit.get("code")
    if method is not None and method not in checkpoint["methods"]:
        noticed.flags.add(VisitFlag.METHOD_UNEXPECTED)
    if not text:
        if method in ("qr", "nfc"):
            noticed.flags.add(VisitFlag.CODE_MISSING)
        return
    code = read_code(text)
    if code is None or code.checkpoint_id != checkpoint["id"]:
        noticed.flags.add(VisitFlag.CODE_INVALID)
        return
    renewed = checkpoint["code_renewed_at"]
    if code.version <= len(renewed) and noticed.at > renewed[code.version - 1]:
        noticed.flags.add(VisitFlag.CODE_OUTDATED)
