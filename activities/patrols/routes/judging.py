"""Which checkpoints a patrol reached in time. Pure functions; all times are milliseconds since 1970, by a right clock.

What a route asks of a stop is a list of stretches of time, each judged by itself. What wasn't recorded because the
phone recorded nothing is `unknown`: a stretch is missed only in a patrol that is over, where its track has no gap.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from activities.patrols.measures import GAP_S
from api.enums import LabelledEnum
from api.localtime import LOCAL

Stretch = tuple[int, int]
"""From and to."""
Visit = tuple[int, str]
"""When, and the visit's id."""

MINUTE = 60_000
DAY = 1440 * MINUTE
GAP = GAP_S * 1000
EARLY = 15 * MINUTE
"""Who comes this little before a window opens isn't told to wait in the rain."""
BEFORE_START = 6 * 60 * MINUTE
"""A window is that of the night that begins so long before the patrol does."""
_LOCAL_MS = int(dt.datetime(2026, 1, 1, tzinfo=LOCAL).utcoffset().total_seconds() * 1000)  # type: ignore[union-attr]


class DueStatus(LabelledEnum):
    """Whether a checkpoint was reached when it was expected."""

    ON_TIME = "on_time", "Đúng giờ", "On time"
    LATE = "late", "Trễ giờ", "Late"
    MISSED = "missed", "Bỏ sót", "Missed"
    UNKNOWN = "unknown", "Chưa rõ", "Unknown"


_WORST_FIRST = (DueStatus.MISSED, DueStatus.UNKNOWN, DueStatus.LATE, DueStatus.ON_TIME)


@dataclass(frozen=True)
class Walk:
    """A patrol in time. `end` is None while it goes on; `tracked` are the stretches that its track covers, in order.

    `sure`: whether its times can be right at all.
    """

    start: int
    end: int | None
    tracked: Sequence[Stretch] = ()
    sure: bool = True
    last_seen: int = 0
    """The last moment that anything is known of, for a patrol that goes on."""

    @cached_property
    def until(self) -> int:
        """Its end, or how far it is known to have come; never before its start."""
        known = self.end if self.end is not None else max(self.last_seen, *(end for _, end in self.tracked), self.start)
        return max(known, self.start)

    @cached_property
    def gaps(self) -> list[Stretch]:
        """The stretches of over ten minutes within it of which nothing is known, in order."""
        found, known_to = [], self.start
        for start, end in self.tracked:
            if start - known_to > GAP and known_to < self.until:
                found.append((known_to, min(start, self.until)))
            known_to = max(known_to, end)
        if self.until - known_to > GAP:
            found.append((known_to, self.until))
        return found

    @property
    def whole(self) -> bool:
        """Whether it is over and its track tells of all of it."""
        return self.end is not None and self.sure and not self.gaps


@dataclass(frozen=True)
class Due:
    """A stretch in which a checkpoint was expected, and what came of it."""

    opens: int
    closes: int
    status: DueStatus
    visit_id: str | None = None


@dataclass(frozen=True)
class Judged:
    """A stop: all its stretches, and the worst that came of them."""

    due: list[Due] = field(default_factory=list)

    @property
    def status(self) -> DueStatus:
        found = {due.status for due in self.due}
        return next(status for status in _WORST_FIRST if status in found)


def judge(stop: Mapping[str, Any], walk: Walk, visits: Sequence[Visit]) -> Judged:
    """What came of a stop, by its visits in order of time.

    In a window: on time from `EARLY` before it opens until it closes, late until the next one. Every so many minutes:
    on time in each. Expected once: whenever it was.
    """
    if stop["windows"]:
        return Judged(list(_in_windows(windows_of(stop["windows"], walk.start), walk, visits)))
    slots = slots_of(stop["every_min"], walk)
    if slots:
        return Judged([_in_slot(slot, walk, visits) for slot in slots])
    once = (walk.start, walk.until)
    if visits:
        return Judged([Due(*once, DueStatus.ON_TIME, visits[0][1])])
    return Judged([Due(*once, _without(once, walk))])


def windows_of(windows: Iterable[Mapping[str, str]], start: int) -> list[Stretch]:
    """The windows of a patrol's night, in order: each opens within a day from 6 hours before the patrol began."""
    earliest = start - BEFORE_START
    midnight = (earliest + _LOCAL_MS) // DAY * DAY - _LOCAL_MS
    found = set()
    for window in windows:
        opens, closes = midnight + _of_day(window["opens"]), midnight + _of_day(window["closes"])
        later = DAY if opens < earliest else 0
        found.add((opens + later, closes + later + (DAY if closes <= opens else 0)))
    return sorted(found)


def slots_of(every_min: int | None, walk: Walk) -> list[Stretch]:
    """The whole stretches of so many minutes in the first day of a patrol; none if it wasn't that long."""
    if not every_min:
        return []
    length = every_min * MINUTE
    number = min(walk.until - walk.start, DAY) // length
    return [(walk.start + n * length, walk.start + (n + 1) * length) for n in range(number)]


def order_kept(firsts: Sequence[int | None]) -> bool | None:
    """Whether the first visits of stops, in the route's order, came in that order; None if fewer than two were."""
    known = [first for first in firsts if first is not None]
    return all(one <= next for one, next in pairwise(known)) if len(known) > 1 else None


def _in_windows(windows: Sequence[Stretch], walk: Walk, visits: Sequence[Visit]) -> Iterable[Due]:
    closed = None
    for place, (opens, closes) in enumerate(windows):
        early = opens - EARLY if closed is None else max(opens - EARLY, min(closed + 1, opens))
        later = windows[place + 1][0] - EARLY if place + 1 < len(windows) else None
        closed = closes
        if visit := _first(visits, early, closes):
            yield Due(opens, closes, DueStatus.ON_TIME, visit)
        elif visit := _first(visits, closes + 1, later - 1 if later is not None else None):
            yield Due(opens, closes, DueStatus.LATE, visit)
        else:
            yield Due(opens, closes, _without((opens, closes), walk))


def _in_slot(slot: Stretch, walk: Walk, visits: Sequence[Visit]) -> Due:
    last = slot[1] if slot[1] == walk.until else slot[1] - 1
    visit = _first(visits, slot[0], last)
    return Due(*slot, DueStatus.ON_TIME if visit else _without(slot, walk), visit)


def _first(visits: Sequence[Visit], first: int, last: int | None) -> str | None:
    place = bisect_left(visits, (first, ""))
    found = place < len(visits) and (last is None or visits[place][0] <= last)
    return visits[place][1] if found else None


def _without(stretch: Stretch, walk: Walk) -> DueStatus:
    """What a stretch without a visit means."""
    if walk.end is None or not walk.sure:
        return DueStatus.UNKNOWN
    opens, closes = max(stretch[0], walk.start), min(stretch[1], walk.until)
    dark = any(start < closes and opens < end for start, end in walk.gaps)
    return DueStatus.UNKNOWN if dark else DueStatus.MISSED


def _of_day(text: str) -> int:
    return (int(text[:2]) * 60 + int(text[3:])) * MINUTE
