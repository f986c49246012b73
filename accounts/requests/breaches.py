"""Breaches of personal data: noticed, reported to the authority within 72 hours, closed (law 91/2025/QH15, art. 23)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import visible
from accounts.events import record, register_events
from accounts.models import Breach
from accounts.models.requests import BreachStatus
from accounts.rights import require_in
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now
from api.problems import FieldError, Problem

CLOCK = dt.timedelta(hours=72)

register_events("breach.noticed", "breach.reported", "breach.closed")


def overdue() -> Q:
    """Those that nobody reported in time."""
    return Q(reported_at=None, closed_at=None, report_due_at__lt=now())


def find_breaches(*, actor: Actor, area: uuid.UUID | None = None, late: bool = False, **equal: Any) -> QuerySet[Any]:
    """The breaches of the areas that somebody administers; `late`: only those not reported in time."""
    found = visible.administered(actor, Breach.objects.all(), within=area).filter(**equal)
    return found.filter(overdue()) if late else found


def notice(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    description: str,
    noticed_at: dt.datetime,
    id: uuid.UUID | None = None,
    **more: Any,
) -> Breach:
    """Enter a breach, by an admin of its area: the clock runs from `noticed_at`. The same `id` again: the same.

    `more`: `happened_at`, `affected` (how many people), `measures`. Raises Problem `not_found`, `forbidden`, `invalid`
    for a moment to come, `already_exists` for another breach's id.
    """
    require_in(actor, area_id, {"admin"})
    if noticed_at > now():
        raise Problem("invalid", errors=[FieldError("/noticed_at", "in_the_future")])
    values = {"area_id": area_id, "description": description, "noticed_at": noticed_at, **more}
    before = Breach.objects.filter(id=id).first() if id else None
    if before is not None:
        if any(getattr(before, name) != value for name, value in values.items()):
            raise Problem("already_exists")
        return before
    with transaction.atomic():
        made = Breach.objects.create(
            id=id or uuid7(),
            report_due_at=noticed_at + CLOCK,
            created_by=actor.user_id,
            created_at=now(),
            **values,
        )
        _tell(actor, "noticed", made)
    return made


def breach_of(actor: Actor, breach_id: uuid.UUID, *, lock: bool = False) -> Breach:
    """A breach in an area that the actor administers. Raises Problem `not_found` and `forbidden`."""
    rows = Breach.objects.select_for_update(no_key=True) if lock else Breach.objects.all()
    found = rows.filter(id=breach_id).first()
    if found is None:
        raise Problem("not_found")
    require_in(actor, found.area_id, {"admin"})
    return found


@transaction.atomic
def report(*, actor: Actor, breach_id: uuid.UUID, reported_at: dt.datetime, reference: str) -> Breach:
    """The authority was told, under that reference. The same again changes nothing; else Problem `request_settled`."""
    found = breach_of(actor, breach_id, lock=True)
    if found.reported_at is not None:
        if (found.reported_at, found.reference) != (reported_at, reference):
            raise Problem("request_settled")
        return found
    if not found.noticed_at <= reported_at <= now():
        raise Problem("invalid", errors=[FieldError("/reported_at", "in_the_future")])
    found.reported_at, found.reference = reported_at, reference
    found.status = BreachStatus.CLOSED if found.closed_at else BreachStatus.REPORTED
    found.save(update_fields=["reported_at", "reference", "status"])
    _tell(actor, "reported", found, {"in_time": reported_at <= found.report_due_at})
    return found


@transaction.atomic
def close(*, actor: Actor, breach_id: uuid.UUID, outcome: str) -> Breach:
    """What came of it, and why it needed no report if there was none. The same again changes nothing."""
    found = breach_of(actor, breach_id, lock=True)
    if found.closed_at is not None:
        if found.outcome != outcome:
            raise Problem("request_settled")
        return found
    found.status, found.closed_at, found.outcome = BreachStatus.CLOSED, now(), outcome
    found.save(update_fields=["status", "closed_at", "outcome"])
    _tell(actor, "closed", found)
    return found


def _tell(actor: Actor, verb: str, found: Breach, details: dict[str, object] | None = None) -> None:
    record(Event(f"breach.{verb}", found.area_id, "breach", found.id, details or {}), by=actor)
