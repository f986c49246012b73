"""Shifts in figures: planned, filled, kept. For who leads, and for those who may only count: they name nobody."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from activities.shifts.registration import SHIFT
from api.actors import Actor
from api.enums import LabelledEnum
from api.localtime import local_day, now
from api.problems import Problem
from api.records import Access, Wire
from api.sync import store

MOST_DAYS = 92
MOST_GROUPS = 5_000
USUAL_DAYS = 31
_DAY = dt.timedelta(days=1)
# Who sees shifts and who may only count them, alike.
_COUNTED = replace(SHIFT, access=Access(read=SHIFT.access.read | SHIFT.access.count))


class ShiftFiguresBy(LabelledEnum):
    """What figures about shifts are grouped by."""

    AREA = "area", "Theo địa bàn", "By area"
    TEAM = "team", "Theo tổ", "By team"
    DAY = "day", "Theo ngày", "By day"


_KEYS = {"area": "area_id", "team": "team_id", "day": "local_day"}
# Areas are asked one by one by their own index; MATERIALIZED, or a wide reach would be joined the other way.
_FIGURES = """
WITH reached AS MATERIALIZED (SELECT DISTINCT r.area_id FROM ({reach}) r(area_id))
SELECT s.{key}::text, count(*) FILTER (WHERE kept), count(*) FILTER (WHERE NOT kept),
  coalesce(sum(seats) FILTER (WHERE kept), 0)::int, coalesce(sum(came) FILTER (WHERE kept), 0)::int,
  coalesce(sum(seats - came) FILTER (WHERE kept AND ends_at <= %s), 0)::int
FROM reached CROSS JOIN LATERAL (
  SELECT s.area_id, s.team_id, s.local_day, s.ends_at, s.status <> 'cancelled' AS kept,
    cardinality(s.on_duty_ids) AS seats,
    (SELECT count(*) FROM unnest(s.on_duty_ids) u(user_id) WHERE EXISTS (
       SELECT 1 FROM jsonb_array_elements(s.attendance) e
       WHERE e->>'event' = 'check_in' AND e->>'user_id' = u.user_id::text)) AS came
  FROM shift s WHERE s.area_id = reached.area_id AND s.deleted_at IS NULL AND s.local_day BETWEEN %s AND %s
    AND s.starts_at BETWEEN %s AND %s) s
GROUP BY 1 ORDER BY 1 LIMIT %s
"""


def figures(*, actor: Actor, by: str, area_id: uuid.UUID | None, since: dt.date | None, until: dt.date | None) -> Wire:
    """Of the shifts that begin on these local days (the last 31 unless told), in one's areas. One query.

    Raises Problem `too_many_shifts` for over `MOST_DAYS` days or `MOST_GROUPS` groups.
    """
    until = until or local_day(now())
    since = since or dt.date.fromordinal(max(until.toordinal() - USUAL_DAYS + 1, 2))
    if (until - since).days >= MOST_DAYS:
        raise _too_many()
    reach, params = actor.reach(_COUNTED, area_id)
    # The index knows moments; a day more on either side, since local days are what counts.
    around = [dt.datetime.combine(day, dt.time(), dt.UTC) for day in (since - _DAY, until + _DAY)]
    rows = store.query(
        _FIGURES.format(reach=reach, key=_KEYS[by]), [*params, now(), since, until, *around, MOST_GROUPS + 1]
    )
    if len(rows) > MOST_GROUPS:
        raise _too_many()
    names = ("shifts", "cancelled", "seats", "came", "absent")
    items = [
        {"area_id": None, "team_id": None, "day": None}
        | {"day" if by == "day" else _KEYS[by]: key}
        | dict(zip(names, counts, strict=True))
        for key, *counts in rows
    ]
    return {"by": by, "since": since.isoformat(), "until": until.isoformat(), "items": items}


def _too_many() -> Problem:
    return Problem("too_many_shifts", params={"days": MOST_DAYS, "groups": MOST_GROUPS})
