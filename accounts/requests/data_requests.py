"""Requests of data subjects: entered by the area's admins, answered, extended once, done or refused, each in time.

Law 91/2025/QH15 and decree 356/2025/NĐ-CP: an answer within two working days, then 10 to 20 days by kind, which may be
extended once by as many. What was done with which data is told by the events of those services; a deletion can be
carried out from here, for what registered how it is erased.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import visible
from accounts.events import record, register_events
from accounts.models import DataRequest
from accounts.models.requests import DataRequestKind, DataRequestStatus
from accounts.requests.working_days import days_after, working_days_after
from accounts.rights import require_in
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import local_day, now
from api.problems import FieldError, Problem

ANSWER_WORKING_DAYS = 2
DAYS = {
    DataRequestKind.ACCESS: 10,
    DataRequestKind.CORRECTION: 10,
    DataRequestKind.OBJECTION: 15,
    DataRequestKind.DELETION: 20,
}
"""How long carrying a request out may take, from the day on which it was received."""
SETTLED = frozenset({DataRequestStatus.DONE.value, DataRequestStatus.REFUSED.value})
Erase = Callable[[Actor, uuid.UUID, uuid.UUID], None]
"""Erases a thing, given who asks, its id, and the request by which it goes."""

_erasers: dict[str, Erase] = {}

register_events(
    "data_request.received",
    "data_request.answered",
    "data_request.extended",
    "data_request.done",
    "data_request.refused",
    "data_requests.viewed",
)


def register_eraser(subject_type: str, erase: Erase) -> None:
    """Have deletions of such subjects carried out by `erase`, in the transaction of the request."""
    _erasers[subject_type] = erase


def overdue(day: dt.date | None = None) -> Q:
    """Those whose answer, or what they ask for, should have been there before this day (today unless told)."""
    today = day or local_day(now())
    unanswered = Q(status=DataRequestStatus.RECEIVED, answer_due_on__lt=today)
    return Q(settled_at=None) & (unanswered | Q(due_on__lt=today))


def find_data_requests(
    *, actor: Actor, area: uuid.UUID | None = None, late: bool = False, **equal: Any
) -> QuerySet[Any]:
    """The requests of the areas that somebody administers; `late`: only overdue ones."""
    found = visible.administered(actor, DataRequest.objects.all(), within=area).filter(**equal)
    return found.filter(overdue()) if late else found


def receive(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    kind: str,
    requester: str,
    description: str,
    subject_type: str,
    subject_id: uuid.UUID | None = None,
    received_on: dt.date | None = None,
    id: uuid.UUID | None = None,
) -> DataRequest:
    """Enter a request, by an admin of its area; its days count from `received_on`. The same `id` again: the same.

    Raises Problem `not_found`, `forbidden`, `invalid` for a day to come, `already_exists` for another request's id.
    """
    require_in(actor, area_id, {"admin"})
    today = local_day(now())
    day = received_on or today
    if day > today:
        raise Problem("invalid", errors=[FieldError("/received_on", "in_the_future")])
    values = {
        "area_id": area_id, "kind": kind, "requester": requester, "description": description,
        "subject_type": subject_type, "subject_id": subject_id, "received_on": day,
    }  # fmt: skip
    before = DataRequest.objects.filter(id=id).first() if id else None
    if before is not None:
        if any(getattr(before, name) != value for name, value in values.items()):
            raise Problem("already_exists")
        return before
    with transaction.atomic():
        made = DataRequest.objects.create(
            id=id or uuid7(),
            answer_due_on=working_days_after(day, ANSWER_WORKING_DAYS),
            due_on=days_after(day, DAYS[DataRequestKind(kind)]),
            created_by=actor.user_id,
            created_at=now(),
            **values,
        )
        _tell(actor, "received", made, {"kind": kind, "subject_type": subject_type})
    return made


def request_of(actor: Actor, request_id: uuid.UUID, *, lock: bool = False) -> DataRequest:
    """A request in an area that the actor administers. Raises Problem `not_found` and `forbidden`."""
    rows = DataRequest.objects.select_for_update(no_key=True) if lock else DataRequest.objects.all()
    found = rows.filter(id=request_id).first()
    if found is None:
        raise Problem("not_found")
    require_in(actor, found.area_id, {"admin"})
    return found


@transaction.atomic
def answer(*, actor: Actor, request_id: uuid.UUID) -> DataRequest:
    """The requester was told that the request came and how it goes on. Again: nothing changes."""
    found = request_of(actor, request_id, lock=True)
    if found.status == DataRequestStatus.RECEIVED:
        found.status, found.answered_at = DataRequestStatus.ANSWERED, now()
        found.save(update_fields=["status", "answered_at"])
        _tell(actor, "answered", found)
    return found


@transaction.atomic
def extend(*, actor: Actor, request_id: uuid.UUID, because: str) -> DataRequest:
    """As many days more, once; the requester is told why. Raises Problem `request_settled` for what is over or was."""
    found = request_of(actor, request_id, lock=True)
    if found.extended_because == because:
        return found
    if found.extended_because is not None or found.status in SETTLED:
        raise Problem("request_settled")
    found.extended_because = because
    found.due_on = days_after(found.due_on, DAYS[DataRequestKind(found.kind)])
    found.save(update_fields=["extended_because", "due_on"])
    _tell(actor, "extended", found, {"due_on": found.due_on.isoformat()})
    return found


@transaction.atomic
def settle(*, actor: Actor, request_id: uuid.UUID, refused: bool, outcome: str, erase: bool = False) -> DataRequest:
    """Done, or refused for a reason that the law gives; `erase` carries a deletion out first.

    The same again changes nothing. Raises Problem `request_settled` if it was settled otherwise, and `cannot_erase` for
    what is no deletion, or of something that isn't erased from here.
    """
    found = request_of(actor, request_id, lock=True)
    status = DataRequestStatus.REFUSED if refused else DataRequestStatus.DONE
    if found.status in SETTLED:
        if (found.status, found.outcome) != (status, outcome):
            raise Problem("request_settled")
        return found
    moment = now()
    if erase:
        eraser = _erasers.get(found.subject_type)
        if found.kind != DataRequestKind.DELETION or found.subject_id is None or eraser is None or refused:
            raise Problem("cannot_erase")
        eraser(actor, found.subject_id, found.id)
        found.erased_at = moment
    found.status, found.settled_at, found.outcome = status, moment, outcome
    found.answered_at = found.answered_at or moment
    found.save(update_fields=["status", "settled_at", "outcome", "answered_at", "erased_at"])
    _tell(actor, status.value, found, {"erased": erase})
    return found


def _tell(actor: Actor, verb: str, found: DataRequest, details: dict[str, object] | None = None) -> None:
    record(Event(f"data_request.{verb}", found.area_id, "data_request", found.id, details or {}), by=actor)
