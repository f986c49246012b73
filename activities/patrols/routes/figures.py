"""What patrols did of their routes in some days, in figures: for leaders, and for those who may only count.

Nights on which nobody walked a scheduled route stand beside what patrols missed, not among it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import orjson

from activities.patrols.registration import PATROL
from activities.patrols.routes.judging import DueStatus
from activities.patrols.routes.nights import Night, nights, scheduled
from activities.patrols.routes.reading import (
    Judgement,
    Past,
    TooLarge,
    areas_above,
    as_of,
    checkpoints_as_of,
    hold,
    versions_of,
)
from api.actors import Actor, Statement
from api.localtime import local_day, now
from api.problems import Problem
from api.records import Access, Wire
from api.sync import store

MOST_PATROLS = 3_000
MOST_THINGS = 60_000
"""Visits, and expectations: three thousand patrols of ten checkpoints have that many, and take a second and a half."""
MOST_BYTES = 1 << 25
"""Versions of routes, and of checkpoints, as JSON: members write fifty of each, and long ones."""
MOST_DAYS = 92
USUAL_DAYS = 30
# Who sees patrols and who may only count them, alike: figures name nobody.
_COUNTED = replace(PATROL, access=Access(read=PATROL.access.read | PATROL.access.count))
_NEEDED = (
    "id", "area_id", "route_id", "started_at", "ended_at", "status", "checkpoint_visits", "track_spans", "flags",
    "recorded_at", "occurred_at", "clock_skew_s", "local_day",
)  # fmt: skip
_KEYS = ("route_id", "checkpoint_id", "area_id", "day")


@dataclass
class Figure:
    """One row of the answer, as it grows."""

    patrols: int = 0
    expected: int = 0
    on_time: int = 0
    late: int = 0
    missed: int = 0
    unknown: int = 0
    flagged: int = 0
    nights: int = 0
    not_walked: int = 0


def figures(
    *,
    actor: Actor,
    by: str = "route",
    area_id: uuid.UUID | None = None,
    route_id: uuid.UUID | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Wire:
    """Of the patrols that followed a route on these local days (the last 30 unless told), in one's areas.

    Flags that need the whole track aren't counted. Six queries. Raises Problem `too_much_to_count` for over
    `MOST_DAYS` days, `MOST_PATROLS` patrols or scheduled routes, `MOST_THINGS` visits, nights or expectations, or
    `MOST_BYTES` of versions.
    """
    until = until or local_day(now())
    since = since or dt.date.fromordinal(max(until.toordinal() - USUAL_DAYS + 1, 1))
    if (until - since).days >= MOST_DAYS:
        raise _too_much()
    found: dict[tuple[str | None, ...], Figure] = defaultdict(Figure)
    reach, expected = actor.reach(_COUNTED, area_id), 0
    # A night goes on after midnight.
    patrols = _patrols(reach, route_id, since, until + dt.timedelta(days=1))
    for patrol, judged in _judged([each for each in patrols if each["local_day"] <= until.isoformat()]):
        _count(found, by, patrol, judged)
        expected += sum(len(stop.due) for stop in judged.stops.values())
        if expected > MOST_THINGS:
            raise _too_much()
    _count_nights(found, by, _nights(reach, route_id, patrols, since, until))
    items = [dict(zip(_KEYS, key, strict=True)) | vars(figure) for key, figure in sorted(found.items(), key=_first)]
    return {"by": by, "since": since.isoformat(), "until": until.isoformat(), "items": items}


def _patrols(within: Statement, route_id: uuid.UUID | None, since: dt.date, until: dt.date) -> list[Wire]:
    reach, params = within
    shape = PATROL.shape.fields
    columns = ", ".join(f'{shape[name].sql(name)} AS "{name}"' for name in _NEEDED)
    wanted, more = ("AND t.route_id = %s", [route_id]) if route_id else ("AND t.route_id IS NOT NULL", [])
    # Areas are asked one by one by their own index; MATERIALIZED, or a wide reach would be joined the other way.
    sql = (
        f"WITH reached AS MATERIALIZED (SELECT DISTINCT r.area_id FROM ({reach}) r(area_id)) "
        f"SELECT CASE WHEN t.visits <= %s THEN (SELECT to_json(x)::text FROM (SELECT {columns}) x) END FROM ("
        f"SELECT t.*, sum(jsonb_array_length(t.checkpoint_visits)) OVER () AS visits FROM reached CROSS JOIN LATERAL ("
        f"SELECT * FROM patrol t WHERE t.area_id = reached.area_id AND t.local_day BETWEEN %s AND %s "
        f"AND t.deleted_at IS NULL AND t.status <> 'planned' {wanted}) t LIMIT %s) t"
    )
    rows = store.query(sql, [*params, MOST_THINGS, since, until, *more, MOST_PATROLS + 1])
    if len(rows) > MOST_PATROLS or (rows and rows[0][0] is None):
        raise _too_much()
    return [orjson.loads(row[0]) for row in rows]


def _judged(patrols: list[Wire]) -> Iterator[tuple[Wire, Judgement]]:
    """Each patrol held against its route; those whose route isn't known are left out."""
    above = areas_above(patrol["area_id"] for patrol in patrols)
    routes = _versions("route", {patrol["route_id"] for patrol in patrols})
    stops = {stop["checkpoint_id"] for versions in routes.values() for each in versions for stop in each.data["stops"]}
    past = _versions("checkpoint", stops)
    for patrol in patrols:
        if route := as_of(patrol, patrol["route_id"], routes, above):
            own = {
                stop["checkpoint_id"]: past[stop["checkpoint_id"]]
                for stop in route["stops"]
                if stop["checkpoint_id"] in past
            }
            yield patrol, hold(patrol, route, checkpoints_as_of(patrol, own, above))


def _count(found: dict[tuple[str | None, ...], Figure], by: str, patrol: Wire, judged: Judgement) -> None:
    touched = set()
    flagged = defaultdict[str, int](int)
    for each in judged.noticed:
        flagged[each.visit["checkpoint_id"]] += bool(each.flags)
    for checkpoint_id, stop in judged.stops.items():
        key = _key(by, patrol, checkpoint_id)
        figure = found[key]
        figure.patrols += key not in touched
        touched.add(key)
        figure.expected += len(stop.due)
        for due in stop.due:
            _add(figure, due.status)
        figure.flagged += flagged[checkpoint_id]


def _nights(
    within: Statement, route_id: uuid.UUID | None, patrols: list[Wire], since: dt.date, until: dt.date
) -> list[Night]:
    routes = scheduled(within, route_id, MOST_PATROLS)
    if len(routes) > MOST_PATROLS:
        raise _too_much()
    past = _versions("route", routes)
    found = list(islice(nights(past, patrols, since, until, now()), MOST_THINGS + 1))
    if len(found) > MOST_THINGS:
        raise _too_much()
    return found


def _count_nights(found: dict[tuple[str | None, ...], Figure], by: str, told: Iterable[Night]) -> None:
    for night in told:
        for key in {_key(by, vars(night), stop) for stop in (night.stops if by == "checkpoint" else [""])}:
            found[key].nights += 1
            found[key].not_walked += not night.walked


def _versions(kind: str, ids: Collection[str]) -> Past:
    try:
        return versions_of(kind, ids, most_bytes=MOST_BYTES)
    except TooLarge:
        raise _too_much() from None


def _too_much() -> Problem:
    return Problem("too_much_to_count", params={"days": MOST_DAYS, "patrols": MOST_PATROLS})


def _add(figure: Figure, status: DueStatus) -> None:
    setattr(figure, status.value, getattr(figure, status.value) + 1)


def _key(by: str, patrol: Wire, checkpoint_id: str) -> tuple[str | None, ...]:
    known = {
        "route_id": patrol["route_id"] if by in ("route", "checkpoint") else None,
        "checkpoint_id": checkpoint_id if by == "checkpoint" else None,
        "area_id": patrol["area_id"] if by == "area" else None,
        "day": patrol["local_day"] if by == "day" else None,
    }
    return tuple(known[name] for name in _KEYS)


def _first(row: tuple[tuple[str | None, ...], Figure]) -> tuple[str, ...]:
    return tuple(part or "" for part in row[0])
