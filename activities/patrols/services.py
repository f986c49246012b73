"""What is done with patrols beside writing them: closing one, and reading where it went."""

from __future__ import annotations

import uuid

from activities.patrols import track
from activities.patrols.models import OVER
from activities.patrols.registration import PATROL
from api.actors import NOBODY, Actor
from api.problems import Problem
from api.records import Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write_one

_MOST_TRIES = 5


def close_patrol(
    *,
    actor: Actor,
    patrol_id: uuid.UUID,
    ended_at: str,
    status: str = "completed",
    outcome: str | None = None,
    handover_note: str | None = None,
) -> Wire:
    """End a patrol and give it back as it then stands; `ended_at` in wire form, texts that are None are left alone.

    Closing what is closed with the same content changes nothing. Raises Problem `patrol_closed` (with `current`) if it
    was closed with other content, `not_found` out of scope, `forbidden` for who may only read, `invalid` by the rules.
    """
    given = {"ended_at": ended_at, "status": status, "outcome": outcome, "handover_note": handover_note}
    closing = {name: value for name, value in given.items() if value is not None}
    for _ in range(_MOST_TRIES):
        patrol = _writable(actor, patrol_id)
        if patrol["status"] in OVER:
            if all(patrol[name] == value for name, value in closing.items()):
                return patrol
            raise Problem("patrol_closed", current=patrol)
        change = Change(
            "patrol", patrol_id, "patch", uuid.UUID(patrol["area_id"]), closing, expected_version=patrol["version"]
        )
        result = write_one(actor, change)
        if result.status == "applied" and result.record is not None:
            return result.record
        # Somebody else changed it in between: look again.
    raise Problem("unavailable")


def track_of(*, actor: Actor, patrol_id: uuid.UUID) -> Wire:
    """The whole track of a patrol as one piece, under `patrol_id`. Raises Problem `not_found` out of scope."""
    patrol = _visible(actor, patrol_id)
    rows = store.query("SELECT data FROM track WHERE id = %s AND area_id = %s", [patrol_id, patrol["area_id"]])
    return {"patrol_id": str(patrol_id), **track.wire(bytes(rows[0][0]) if rows else None)}


def _visible(actor: Actor, patrol_id: uuid.UUID) -> Wire:
    """The patrol, if the actor may see it."""
    for patrol in store.rows_of(PATROL, [patrol_id]):
        area_id = uuid.UUID(patrol["area_id"])
        if actor.standing([area_id]).get(area_id, NOBODY).may_read(PATROL):
            return patrol
    raise Problem("not_found")


def _writable(actor: Actor, patrol_id: uuid.UUID) -> Wire:
    """The patrol, if the actor may change it; `forbidden` for who may only see it."""
    patrol = _visible(actor, patrol_id)
    area_id = uuid.UUID(patrol["area_id"])
    if not actor.standing([area_id])[area_id].may_write(PATROL, patrol["team_id"]):
        raise Problem("forbidden")
    return patrol
