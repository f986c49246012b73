"""Requests of data subjects: entered by the area's admins, answered, extended once, done or refused, each in time.

Law 91/2025/QH15 and decree 356/2025/NĐ-CP: an answer within two working days, then 10 to 20 days by kind, which may be
extended once by as many. What was done with which data is told by the events of those services; a deletion can be
carried out from here, for what registered how it is erased.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial

from django.db import transaction

from accounts.events import register_events
from accounts.models import DataRequest
from accounts.models.requests import DataRequestKind, DataRequestStatus
from accounts.requests import entries
from accounts.requests.working_days import days_after, working_days_after
from accounts.rights import require_in
from api.actors import Actor
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


find_data_requests = partial(entries.find, DataRequest)
request_of = partial(entries.entry_of, DataRequest)


@transaction.atomic
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
    given = {
        "area_id": area_id, "kind": kind, "requester": requester, "description": description,
        "subject_type": subject_type, "subject_id": subject_id, "received_on": day,
    }  # fmt: skip
    due = {
        "answer_due_on": working_days_after(day, ANSWER_WORKING_DAYS),
        "due_on": days_after(day, DAYS[DataRequestKind(kind)]),
    }
    return entries.enter(DataRequest, actor, "received", id, given, **due)


@transaction.atomic
def answer(*, actor: Actor, id: uuid.UUID) -> DataRequest:
    """The requester was told that the request came and how it goes on. Again: nothing changes."""
    found = request_of(actor, id, lock=True)
    if found.status == DataRequestStatus.RECEIVED:
        entries.step(actor, "answered", found, {"status": DataRequestStatus.ANSWERED, "answered_at": now()})
    return found


@transaction.atomic
def extend(*, actor: Actor, id: uuid.UUID, because: str) -> DataRequest:
    """As many days more, once; the requester is told why. Raises Problem `request_settled` for what is over or was."""
    found = request_of(actor, id, lock=True)
    if found.extended_because == because:
        return found
    if found.extended_because is not None or found.status in SETTLED:
        raise Problem("request_settled")
    due_on = days_after(found.due_on, DAYS[DataRequestKind(found.kind)])
    changed = {"extended_because": because, "due_on": due_on}
    entries.step(actor, "extended", found, changed, due_on=due_on.isoformat())
    return found


@transaction.atomic
def settle(*, actor: Actor, id: uuid.UUID, refused: bool, outcome: str, erase: bool = False) -> DataRequest:
    """Done, or refused for a reason that the law gives; `erase` carries a deletion out first.

    The same again changes nothing. Raises Problem `request_settled` if it was settled otherwise, and `cannot_erase` for
    what is no deletion, or of something that isn't erased from here.
    """
    found = request_of(actor, id, lock=True)
    status = DataRequestStatus.REFUSED if refused else DataRequestStatus.DONE
    if found.status in SETTLED:
        if (found.status, found.outcome) != (status, outcome):
            raise Problem("request_settled")
        return found
    moment = now()
    changed = {"status": status, "settled_at": moment, "outcome": outcome, "answered_at": found.answered_at or moment}
    if erase:
        if refused or found.subject_id is None or not can_be_erased(found):
            raise Problem("cannot_erase")
        _erasers[found.subject_type](actor, found.subject_id, found.id)
        changed["erased_at"] = moment
    entries.step(actor, status.value, found, changed, erased=erase)
    return found


def can_be_erased(found: DataRequest) -> bool:
    """Whether a request is for the deletion of something that is erased from here."""
    return found.kind == DataRequestKind.DELETION and found.subject_id is not None and found.subject_type in _erasers
