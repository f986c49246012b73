"""What both registers do with their entries: find them, enter one only once, and write a step with its event."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from accounts import visible
from accounts.events import record
from accounts.models import Breach, DataRequest
from accounts.models.requests import Entry
from accounts.requests.deadlines import plan
from accounts.rights import require_in
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now
from api.problems import Problem
from api.text import fold

Row = TypeVar("Row", bound=Entry)
TYPES: Mapping[type[Entry], str] = {DataRequest: "data_request", Breach: "breach"}
"""What events call them."""
_SEARCHED = ("requester", "description", "measures", "reference")
"""What is looked through, where a register has it."""


SOON = dt.timedelta(days=3)


def overdue() -> Q:
    """Those whose next step should have been taken already."""
    return Q(due_at__lte=now())


def due_soon() -> Q:
    """Those whose next step is due within three days."""
    return Q(due_at__gt=now(), due_at__lte=now() + SOON)


def find(
    model: type[Row],
    *,
    actor: Actor,
    area: uuid.UUID | None = None,
    late: bool = False,
    words: str | None = None,
    **equal: Any,
) -> QuerySet[Row]:
    """The entries of the areas that somebody administers; `late`: only overdue ones; `words`: all somewhere in it."""
    found = visible.administered(actor, model._default_manager.all(), within=area).filter(**equal)
    for word in fold(words or "").split():
        found = found.filter(text_fold__contains=word)
    return found.filter(overdue()) if late else found


def entry_of(model: type[Row], actor: Actor, entry_id: uuid.UUID, *, lock: bool = False) -> Row:
    """One, in an area that the actor administers. Raises Problem `not_found` and `forbidden`."""
    rows = model._default_manager.select_for_update(no_key=True) if lock else model._default_manager.all()
    found = rows.filter(id=entry_id).first()
    if found is None:
        raise Problem("not_found")
    require_in(actor, found.area_id, {"admin"})
    return found


def enter(
    model: type[Row], actor: Actor, verb: str, entry_id: uuid.UUID | None, given: Mapping[str, Any], **derived: Any
) -> Row:
    """A new one, in a transaction; the same `id` again is the same. Raises Problem `already_exists` for another's."""
    before = model._default_manager.filter(id=entry_id).first() if entry_id else None
    if before is not None:
        if any(getattr(before, name) != value for name, value in given.items()):
            raise Problem("already_exists")
        return before
    made = model(id=entry_id or uuid7(), created_by=actor.user_id, created_at=now(), **given, **derived)
    _follow(made)
    made.save(force_insert=True)
    about = {name: given[name] for name in ("kind", "subject_type") if name in given}
    record(event(verb, made, about), by=actor)
    return made


def step(actor: Actor, verb: str, found: Row, changed: Mapping[str, Any], **details: object) -> None:
    """Write a step that was taken, what is due next, and the event."""
    for name, value in changed.items():
        setattr(found, name, value)
    _follow(found)
    found.save(update_fields=[*changed, "due_at", "remind_at", "text_fold"])
    record(event(verb, found, details), by=actor)


def _follow(entry: Entry) -> None:
    """What follows from the rest of it."""
    plan(entry)
    entry.text_fold = fold(" ".join(filter(None, (getattr(entry, name, None) for name in _SEARCHED))))


def event(verb: str, found: Entry, details: Mapping[str, object]) -> Event:
    """The event of a step."""
    name = TYPES[type(found)]
    return Event(f"{name}.{verb}", found.area_id, name, found.id, details)
