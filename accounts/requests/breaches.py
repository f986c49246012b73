"""Breaches of personal data: noticed, reported to the authority within 72 hours, closed (law 91/2025/QH15, art. 23)."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any

from django.db import transaction

from accounts.events import register_events
from accounts.models import Breach
from accounts.models.requests import BreachStatus
from accounts.requests import entries
from accounts.rights import require_in
from api.actors import Actor
from api.localtime import now
from api.problems import FieldError, Problem

CLOCK = dt.timedelta(hours=72)

register_events("breach.noticed", "breach.reported", "breach.closed")

find_breaches = partial(entries.find, Breach)
breach_of = partial(entries.entry_of, Breach)


@transaction.atomic
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
    given = {"area_id": area_id, "description": description, "noticed_at": noticed_at, **more}
    return entries.enter(Breach, actor, "noticed", id, given, report_due_at=noticed_at + CLOCK)


@transaction.atomic
def report(*, actor: Actor, id: uuid.UUID, reported_at: dt.datetime, reference: str) -> Breach:
    """The authority was told, under that reference. The same again changes nothing; else Problem `request_settled`."""
    found = breach_of(actor, id, lock=True)
    if found.reported_at is not None:
        if (found.reported_at, found.reference) != (reported_at, reference):
            raise Problem("request_settled")
        return found
    if not found.noticed_at <= reported_at <= now():
        raise Problem("invalid", errors=[FieldError("/reported_at", "in_the_future")])
    status = BreachStatus.CLOSED if found.closed_at else BreachStatus.REPORTED
    changed = {"status": status, "reported_at": reported_at, "reference": reference}
    entries.step(actor, "reported", found, changed, in_time=reported_at <= found.report_due_at)
    return found


@transaction.atomic
def close(*, actor: Actor, id: uuid.UUID, outcome: str) -> Breach:
    """What came of it, and why it needed no report if there was none. The same again changes nothing."""
    found = breach_of(actor, id, lock=True)
    if found.closed_at is not None:
        if found.outcome != outcome:
            raise Problem("request_settled")
        return found
    entries.step(actor, "closed", found, {"status": BreachStatus.CLOSED, "closed_at": now(), "outcome": outcome})
    return found
