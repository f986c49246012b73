"""What is done with patrols beside writing them: closing one, and reading where it went."""

from __future__ import annotations

import uuid

import orjson

from activities.patrols import track
from activities.patrols.models import OVER
from activities.patrols.registration import PATROL
from api.actors import Actor
from api.listing import read_one
from api.problems import Problem
from api.records import Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write

_CLOSING = frozenset({"status", "ended_at"})


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
    was closed with other content, `not_found` out of scope, `gone`, `forbidden` for who may only read, `invalid` by
    the rules. A text that another phone changed at this very moment is kept as a conflict, as in a push.
    """
    given = {"ended_at": ended_at, "status": status, "outcome": outcome, "handover_note": handover_note}
    closing = {name: value for name, value in given.items() if value is not None}
    patrol = read_patrol(actor, patrol_id)
    was_over = patrol["status"] in OVER
    # Nothing is asked of what is over, but the engine says all the same whether the actor may.
    change = Change(
        type="patrol",
        id=patrol_id,
        op="patch",
        area_id=uuid.UUID(patrol["area_id"]),
        data={} if was_over else closing,
        base_version=patrol["version"],
    )
    [done] = write(actor, [change])
    if done.problem is not None:
        raise done.problem
    stands = done.record
    if stands is None:
        raise Problem("gone")
    decided = closing.keys() if was_over else _CLOSING
    if any(stands[name] != closing[name] for name in decided):
        raise Problem("patrol_closed", current=stands)
    return stands


def track_of(*, actor: Actor, patrol_id: uuid.UUID) -> Wire:
    """The whole track of a patrol as one piece, under `patrol_id`.

    Raises Problem `not_found` out of scope, `gone`, `forbidden` for who may only count patrols.
    """
    return track_with_patrol(actor=actor, patrol_id=patrol_id)[0]


def track_with_patrol(*, actor: Actor, patrol_id: uuid.UUID) -> tuple[Wire, Wire]:
    """The same, and the patrol."""
    patrol = read_patrol(actor, patrol_id)
    rows = store.query("SELECT data FROM track WHERE id = %s AND area_id = %s", [patrol_id, patrol["area_id"]])
    return {"patrol_id": str(patrol_id), **track.wire(bytes(rows[0][0]) if rows else None)}, patrol


def read_patrol(actor: Actor, patrol_id: uuid.UUID) -> Wire:
    """A patrol in wire form. Raises Problem `not_found`, `gone`, `forbidden`."""
    text, _ = read_one(actor, PATROL, patrol_id)
    patrol: Wire = orjson.loads(text)
    return patrol
