"""Nights on which a route was to be walked by its schedule, and those on which nobody did.

Such a night is no missed checkpoint: all that is known of it is that no patrol of it was delivered, and one that comes
late takes it back. It counts once it is over, by the schedule as it stood when it began, for routes of one's own areas
alone: of those from above one doesn't see who else walks them.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.patrols import rules
from activities.patrols.routes.judging import BEFORE_START
from activities.patrols.routes.reading import Past, Version
from api.actors import Statement
from api.localtime import LOCAL
from api.records import Wire
from api.sync import store

_EARLY = dt.timedelta(milliseconds=BEFORE_START)
_SCHEDULED = """
WITH reached AS MATERIALIZED (SELECT DISTINCT r.area_id FROM ({reach}) r(area_id))
SELECT t.id::text FROM reached CROSS JOIN LATERAL (
  SELECT * FROM route t WHERE t.area_id = reached.area_id AND t.deleted_at IS NULL AND t.schedule IS NOT NULL) t
WHERE %s::uuid IS NULL OR t.id = %s LIMIT %s
"""


@dataclass(frozen=True)
class Night:
    """A night of a route, as a patrol would name it, and whether somebody set out."""

    route_id: str
    area_id: str
    local_day: str
    stops: Sequence[str]
    walked: bool


def scheduled(reach: Statement, route_id: Any, most: int) -> set[str]:
    """The routes of these areas that have a schedule, one more than `most` if there are too many. One query."""
    sql, params = reach
    rows = store.query(_SCHEDULED.format(reach=sql), [*params, route_id, route_id, most + 1])
    return {found for (found,) in rows}


def nights(past: Past, patrols: Iterable[Wire], since: dt.date, until: dt.date, moment: dt.datetime) -> Iterator[Night]:
    """The nights of routes, by their versions, that begin on these local days and are over by `moment`.

    `patrols` are all that followed these routes then, also those that set out on the day after.
    """
    begun: dict[str, list[dt.datetime]] = {}
    for patrol in patrols:
        begun.setdefault(patrol["route_id"], []).append(rules.began_at(patrol))
    for route_id, versions in past.items():
        walks = sorted(begun.get(route_id, ()))
        for n in range((until - since).days + 1):
            day = since + dt.timedelta(days=n)
            route = _as_of(versions, day)
            if route is None:
                continue
            start, end = stretch(route["schedule"], day)
            if end <= moment:
                first = bisect_left(walks, start - _EARLY)
                yield Night(
                    route_id,
                    versions[0].area_id,
                    day.isoformat(),
                    [stop["checkpoint_id"] for stop in route["stops"]],
                    walked=first < len(walks) and walks[first] <= end,
                )


def stretch(schedule: Mapping[str, Any], day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From when to when a route is to be walked on the night that begins on a local day."""
    starts, ends = (dt.time.fromisoformat(schedule[name]) for name in ("starts", "ends"))
    over = day if ends > starts else day + dt.timedelta(days=1)
    return dt.datetime.combine(day, starts, LOCAL), dt.datetime.combine(over, ends, LOCAL)


def _as_of(versions: Sequence[Version], day: dt.date) -> Wire | None:
    """The route as it stood when that day's night began; None if it wasn't to be walked then, or wasn't there yet."""
    for version in reversed(versions):
        schedule = version.data["schedule"]
        start = stretch(schedule, day)[0] if schedule else dt.datetime.combine(day, dt.time(23, 59), LOCAL)
        if version.at <= start.timestamp() * 1000:
            days = (schedule or {}).get("weekdays")
            return version.data if schedule and (not days or day.isoweekday() in days) else None
    return None
