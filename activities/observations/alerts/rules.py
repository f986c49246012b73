"""What follows from an alert by itself: its status, whom it has reached, when it goes on, what may be written. Pure."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings

from activities.observations.models import LAST_LEVEL, AlertKind, AlertStatus, AlertStep, Severity
from api.actors import Actor
from api.localtime import wire
from api.problems import FieldError
from api.records import Known, Wire

WAITING = frozenset({AlertStatus.OPEN.value, AlertStatus.ACKNOWLEDGED.value})
"""The states of an alert that isn't over."""


def faults(alert: Wire, _: Known) -> list[FieldError]:
    """Who raises one by hand is in danger; the others follow from observations."""
    if alert["kind"] == AlertKind.URGENT_OBSERVATION and not alert["observation_id"]:
        return [FieldError("/kind", "invalid_choice", {"choices": AlertKind.SOS.value})]
    return []


def allows(actor: Actor, before: Wire | None, after: Wire | None) -> bool:
    """An alert is never taken away; its sender alone says more of it, and that it is over: for good.

    A teammate who is the danger mustn't silence it, nor lead help elsewhere.
    """
    if after is None or before is None:
        return after is not None
    was = before["cancelled_at"]
    return before["author_id"] == str(actor.user_id) and (was is None or after["cancelled_at"] == was)


def derive(alert: Wire, _: Known) -> Wire:
    """Status, level, severity, the first and the last step, and when it goes on if nobody answers."""
    status, level = _status(alert), alert["level"] or 1
    steps = alert["steps"] or [step(AlertStep.RAISED, alert["received_at"], alert["author_id"])]
    if status == AlertStatus.CANCELLED and steps[-1]["step"] != AlertStep.CANCELLED:
        steps = [*steps, step(AlertStep.CANCELLED, alert["cancelled_at"], alert["author_id"], level)]
    waits = status == AlertStatus.OPEN and level < LAST_LEVEL
    return {
        "status": status.value,
        "level": level,
        "severity": alert["severity"] or Severity.URGENT.value,
        "steps": steps,
        "escalates_at": (alert["escalates_at"] or deadline(alert["received_at"])) if waits else None,
    }


def _status(alert: Wire) -> AlertStatus:
    if alert["closed_at"]:
        return AlertStatus.CLOSED
    if alert["cancelled_at"]:
        return AlertStatus.CANCELLED
    return AlertStatus.ACKNOWLEDGED if alert["acknowledged_at"] else AlertStatus.OPEN


def step(name: AlertStep, at: str, by: str | uuid.UUID | None, level: int = 1) -> Wire:
    """One step, as it is kept."""
    return {"step": name.value, "at": at, "level": level, "by_id": str(by) if by else None}


def deadline(since: str) -> str:
    """When an alert that nobody has answered since then goes to the next level."""
    return wire(dt.datetime.fromisoformat(since) + dt.timedelta(seconds=settings.ALERT_ESCALATION_S))


def verb(before: Wire | None, after: Wire | None) -> str:
    """What happened, by what it was before."""
    if after is None:
        return "deleted"
    if before is None or len(after["steps"]) > len(before["steps"]):
        return str(after["steps"][-1]["step"])
    return "updated"
