"""Urgent observations raise alerts, in the transaction that takes them; what becomes of them, their alerts follow.

What a teammate changes about an observation completes its alert, and neither cancels it nor leads help elsewhere.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from activities.observations.alerts.rules import WAITING, deadline, step
from activities.observations.models import AlertKind, AlertStatus, AlertStep, Severity
from api.actors import Actor
from api.keyed import keyed_hash
from api.localtime import now, wire
from api.records import Made, Wire, record_type
from api.sync import store
from api.sync.changes import Change, Clock
from api.sync.engine import write

_TAKEN_OVER = ("location", "place_text")


def alert_of(observation_id: uuid.UUID) -> uuid.UUID:
    """The id of an observation's alert: always the same, so it is raised once, and nobody else can guess it."""
    return uuid.UUID(bytes=keyed_hash("alert", observation_id.bytes)[:16], version=5)


def follow(actor: Actor, made: Sequence[Made]) -> None:
    """Raise, correct, cancel or raise again the alerts of these observations. No query where none is urgent."""
    touched = {alert_of(each.id): each for each in made if _urgent(each.before) or _urgent(each.after)}
    if not touched:
        return
    standing = {uuid.UUID(row["id"]): row for row in store.rows_of(record_type("alert"), list(touched))}
    changes = [_change(id, each, standing.get(id), actor) for id, each in touched.items()]
    wanted = [change for change in changes if change is not None]
    if wanted:
        write(actor, wanted)


def _urgent(observation: Wire | None) -> bool:
    return observation is not None and observation["severity"] == Severity.URGENT


def _change(id: uuid.UUID, made: Made, alert: Wire | None, actor: Actor) -> Change | None:
    observation = made.after if _urgent(made.after) else None
    if alert is None:
        return _raised(id, made.id, observation) if observation else None
    data: Wire = {}
    own = alert["author_id"] == str(actor.user_id)
    if observation:
        data = _corrected(alert, observation, own=own)
        data |= _raised_again(alert, actor) if alert["status"] == AlertStatus.CANCELLED else {}
    elif own and alert["status"] in WAITING:
        data = {"cancelled_at": wire(now())}
    if not data:
        return None
    return Change("alert", id, "patch", made.area_id, data, base_version=alert["version"], system=True)


def _raised(id: uuid.UUID, observation_id: uuid.UUID, observation: Wire) -> Change:
    """A new alert, of the moment at which it was seen."""
    seen, received = (dt.datetime.fromisoformat(observation[name]) for name in ("occurred_at", "received_at"))
    area_id = uuid.UUID(observation["area_id"])
    data = {
        "id": str(id),
        "area_id": str(area_id),
        "recorded_at": observation["recorded_at"],
        "team_id": observation["team_id"],
        "kind": AlertKind.URGENT_OBSERVATION.value,
        "observation_id": str(observation_id),
        "observation_kind": observation["kind"],
        **{name: observation[name] for name in _TAKEN_OVER},
        "located_at": observation["occurred_at"] if observation["location"] else None,
    }
    clock = Clock(seen, received, observation["clock_skew_s"], "estimated" in observation["flags"])
    return Change("alert", id, "put", area_id, data, clock=clock, system=True)


def _corrected(alert: Wire, observation: Wire, *, own: bool) -> Wire:
    """What the observation says otherwise by now: whatever its sender says, and of others what wasn't known."""
    wanted = {name: observation[name] for name in _TAKEN_OVER} | {"observation_kind": observation["kind"]}
    return {name: value for name, value in wanted.items() if alert[name] != value and (own or alert[name] is None)}


def _raised_again(alert: Wire, actor: Actor) -> Wire:
    """It is urgent after all: everything begins anew."""
    moment = wire(now())
    return {
        "cancelled_at": None,
        "acknowledged_at": None,
        "acknowledged_by_id": None,
        "level": 1,
        "escalates_at": deadline(moment),
        "steps": [*alert["steps"], step(AlertStep.RAISED, moment, actor.user_id)],
    }
