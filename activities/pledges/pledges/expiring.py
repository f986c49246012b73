"""Pledges that run out soon and that nobody renewed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from accounts.rights import require_in
from activities.pledges.pledges.registration import PLEDGE
from api.actors import Actor
from api.localtime import local_day, now
from api.pagination import decode_cursor, encode_cursor
from api.postgres import ask

AHEAD = dt.timedelta(days=30)
"""How far the list looks ahead unless told otherwise."""

# A later pledge of the same household to the same text, or one that says that it renews, has taken its place.
_RENEWED = """
EXISTS (SELECT FROM pledge n WHERE n.area_id = t.area_id AND n.deleted_at IS NULL AND n.status = 'signed'
  AND n.id <> t.id AND (n.renews_id = t.id OR n.household_id = t.household_id AND n.template_id = t.template_id)
  AND (n.expires_on IS NULL OR n.expires_on > t.expires_on))
"""
SOON = f"""
t.deleted_at IS NULL AND t.status = 'signed' AND t.expires_on >= %s AND t.expires_on <= %s AND NOT {_RENEWED}
"""


def expiring(
    *, actor: Actor, area_id: uuid.UUID, until: dt.date | None, limit: int, cursor: str | None
) -> Mapping[str, Any]:
    """A page of signed pledges that run out from today to `until` and weren't renewed, the soonest first.

    Raises Problem `not_found` out of scope, `forbidden` for who may not read pledges there.
    """
    require_in(actor, area_id, PLEDGE.access.read)
    today = local_day(now())
    last = until or today + AHEAD
    scope = f"pledges_expiring?area={area_id}&until={last}"
    reach, reach_params = actor.reach(PLEDGE, area_id)
    after, params = "", [*reach_params, today, last]
    if cursor:
        place, last_id = decode_cursor(cursor, scope)
        after = "AND (t.expires_on, t.id) > (%s::date, %s::uuid)"
        params += [place, last_id]
    sql = (
        f"SELECT {PLEDGE.shape.select}, t.expires_on::text, t.id::text FROM pledge t "
        f"WHERE t.area_id IN ({reach}) AND {SOON} {after} ORDER BY t.expires_on, t.id LIMIT %s"
    )
    found = ask(sql, [*params, limit + 1], as_actor=actor)
    following = encode_cursor(list(found[limit - 1][1:]), scope) if len(found) > limit else None
    return {"items": [orjson.loads(row[0]) for row in found[:limit]], "next_cursor": following}
