"""Who didn't come and wasn't replaced: worked out at read, so that a check-in that comes in the morning ends it."""

from __future__ import annotations

import datetime as dt
import uuid

from activities.shifts.registration import SHIFT
from api import replicas
from api.actors import Actor
from api.enums import LabelledEnum
from api.localtime import day_bounds, now
from api.pagination import decode_cursor, encode_cursor
from api.problems import Problem

GRACE = dt.timedelta(minutes=30)
"""So long after its beginning a shift may stay without a check-in before anybody is told."""


class AbsenceState(LabelledEnum):
    """Whether the shift still goes on."""

    NOT_YET = "not_yet", "Chưa nhận ca", "Not checked in yet"
    ABSENT = "absent", "Không đến trực", "Did not come"


_ROWS = """
SELECT s.starts_at::text, s.id::text, u.user_id::text, json_build_object(
  'shift_id', s.id, 'area_id', s.area_id, 'team_id', s.team_id, 'user_id', u.user_id,
  'full_name', (SELECT m.full_name FROM membership m WHERE m.team_id = s.team_id AND m.user_id = u.user_id
                ORDER BY m.starts_at DESC LIMIT 1),
  'starts_at', {starts_at}, 'ends_at', {ends_at},
  'state', CASE WHEN s.ends_at > %s THEN 'not_yet' ELSE 'absent' END, 'stands_in', u.user_id <> ALL(s.assignee_ids)
)::text
FROM (SELECT DISTINCT r.area_id FROM ({reach}) r(area_id)) a JOIN shift s ON s.area_id = a.area_id
  CROSS JOIN LATERAL unnest(s.on_duty_ids) u(user_id)
WHERE s.deleted_at IS NULL AND s.status <> 'cancelled'
  AND s.starts_at >= %s AND s.starts_at < least(%s::timestamptz, %s::timestamptz)
  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(s.attendance) e
                  WHERE e->>'event' = 'check_in' AND e->>'user_id' = u.user_id::text)
  {more}
ORDER BY s.starts_at DESC, s.id DESC, u.user_id DESC LIMIT %s
"""


def absences_page(
    *,
    actor: Actor,
    days: tuple[dt.date, dt.date],
    area: uuid.UUID | None,
    team: uuid.UUID | None,
    limit: int,
    cursor: str | None,
) -> bytes:
    """`{"items": […], "next_cursor"}` as JSON bytes, the newest shifts first. One query.

    On duty are the assignees after swaps and substitutions, so who was replaced isn't there, but a substitute who
    didn't come is. Raises Problem `forbidden` for who may only count shifts.
    """
    if actor.counts(SHIFT) and not actor.reads(SHIFT):
        raise Problem("forbidden")
    moment, (since, until) = now(), day_bounds(*days)
    reach, reach_params = actor.reach(SHIFT, area)
    more = [] if team is None else ["AND s.team_id = %s"]
    more_params: list[object] = [] if team is None else [team]
    scope = f"absences:{actor.user_id}:{days}:{area}:{team}"
    if cursor:
        more.append("AND (s.starts_at, s.id, u.user_id) < (%s, %s, %s)")
        more_params += decode_cursor(cursor, scope)
    times = {name: SHIFT.shape.fields[name].sql(name).replace("t.", "s.") for name in ("starts_at", "ends_at")}
    rows = replicas.ask(
        _ROWS.format(reach=reach, more=" ".join(more), **times),
        [moment, *reach_params, since, until, moment - GRACE, *more_params, limit + 1],
    )
    last = encode_cursor(list(rows[limit - 1][:3]), scope) if len(rows) > limit else None
    items = ",".join(row[3] for row in rows[:limit])
    next_cursor = f'"{last}"' if last else "null"
    return f'{{"items":[{items}],"next_cursor":{next_cursor}}}'.encode()
