"""What is done about alerts beside raising them: acknowledging, cancelling, closing. Each is idempotent by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import orjson

from accounts.rights import require_in
from activities.observations.alerts.rules import WAITING, step
from activities.observations.models import AlertStatus, AlertStep
from api.actors import Actor
from api.listing import read_one
from api.localtime import now, wire
from api.problems import Problem
from api.records import Wire, record_type
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write_one

ANSWERING = frozenset({"police_officer", "leader", "deputy_leader"})
CLOSING = frozenset({"police_officer"})


def acknowledge_alert(*, actor: Actor, alert_id: uuid.UUID) -> Wire:
    """Somebody who can come says so, and the alert goes no further; the alert as it then stands. In a transaction.

    What was acknowledged, cancelled or closed before stays as it is. By the police and by heads of the hamlet's teams:
    else Problem `forbidden`; `not_found` out of scope.
    """
    alert = _held(actor, alert_id, ANSWERING)
    if alert["status"] != AlertStatus.OPEN:
        return alert
    moment = wire(now())
    data = {"acknowledged_at": moment, "acknowledged_by_id": str(actor.user_id)}
    return _patched(actor, alert, data, AlertStep.ACKNOWLEDGED, moment)


def close_alert(*, actor: Actor, alert_id: uuid.UUID, note: str) -> Wire:
    """The police say how it ended; the alert as it then stands. In a transaction.

    Raises Problem `alert_closed` (with `current`) if it was closed with another note, `forbidden`, `not_found`.
    """
    alert = _held(actor, alert_id, CLOSING)
    if alert["status"] == AlertStatus.CLOSED:
        if alert["closing_note"] != note:
            raise Problem("alert_closed", current=alert)
        return alert
    moment = wire(now())
    data = {"closed_at": moment, "closed_by_id": str(actor.user_id), "closing_note": note}
    return _patched(actor, alert, data, AlertStep.CLOSED, moment)


def cancel_alert(*, actor: Actor, alert_id: uuid.UUID, cancelled_at: str | None = None) -> Wire:
    """Its sender is safe, or raised it by mistake; the alert as it then stands. In a transaction.

    What is over stays as it is. Raises Problem `forbidden` for anybody but its sender, `not_found` out of scope.
    """
    alert = _held(actor, alert_id)
    if alert["author_id"] != str(actor.user_id):
        raise Problem("forbidden")
    if alert["status"] not in WAITING:
        return alert
    return write_one(actor, _change(alert, {"cancelled_at": cancelled_at or wire(now())})).record or alert


def _held(actor: Actor, alert_id: uuid.UUID, roles: Collection[str] = ()) -> Wire:
    """The alert, for who has one of these roles there (any, if none is named), and its stream locked behind it."""
    kind = record_type("alert")
    text, _ = read_one(actor, kind, alert_id)
    area_id = uuid.UUID(orjson.loads(text)["area_id"])
    if roles:
        require_in(actor, area_id, roles)
    store.run(store.lock_streams([area_id]))
    found = store.rows_of(kind, [alert_id])
    if not found:
        raise Problem("gone")
    return found[0]


def _patched(actor: Actor, alert: Wire, data: Wire, taken: AlertStep, moment: str) -> Wire:
    steps = [*alert["steps"], step(taken, moment, actor.user_id, alert["level"])]
    return write_one(actor, _change(alert, data | {"steps": steps}, system=True)).record or alert


def _change(alert: Wire, data: Wire, *, system: bool = False) -> Change:
    return Change(
        type="alert",
        id=uuid.UUID(alert["id"]),
        op="patch",
        area_id=uuid.UUID(alert["area_id"]),
        data=data,
        base_version=alert["version"],
        system=system,
    )
