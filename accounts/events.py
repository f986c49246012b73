"""The vocabulary of the audit trail, and the one statement that writes to it.

An event is named by its subject and a verb in the past tense (`patrol.closed`). It is inserted, without a hash, in
the transaction of what it tells of; the sealer numbers and hashes it afterwards, so that writers never wait for one
another.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connections

from api.actors import Actor, Event
from api.ids import uuid7s
from api.localtime import now
from api.postgres.copying import Copy, copy_rows
from api.records import record_types

_written: ContextVar[int] = ContextVar("events_written", default=0)
_names: set[str] = set()
_for_police: set[str] = set()

PERSON = "coalesce(CASE WHEN {0}.subject_type = 'user' THEN {0}.subject_id END, ({0}.details ->> 'user_id')::uuid)"
"""SQL: whose account an event is about. An index holds the same expression (accounts/migrations)."""

# What names no area belongs to the home of the person whom it is about.
_INSERT = f"""
INSERT INTO audit_event
  (id, at, name, user_id, session_id, device_id, request_id, area_id, subject_type, subject_id, details)
SELECT e.id, %s::timestamptz, e.name, %s::uuid, %s::uuid, %s::uuid, %s::uuid,
       coalesce(e.area_id, (SELECT u.area_id FROM user_account u WHERE u.id = {PERSON.format("e")})),
       e.subject_type, e.subject_id, e.details
FROM json_to_recordset(%s::json) AS e(
  id uuid, name text, area_id uuid, subject_type text, subject_id uuid, details jsonb)
"""


def register_events(*names: str, police: bool = False) -> None:
    """Add names to the vocabulary; called from an app's `ready()`, and harmless when called again.

    Admins read all events of their areas; those registered for the `police`, their officers read too.
    """
    _names.update(names)
    if police:
        _for_police.update(names)
    event_names.cache_clear()


def police_names() -> frozenset[str]:
    """The events that police officers read in their areas: the looks at tips."""
    return frozenset(_for_police)


@cache
def event_names() -> frozenset[str]:
    """Every event that this server may write: those registered by name, and the verbs of every record type.

    To be asked once all apps are ready.
    """
    verbs = {f"{kind.name}.{verb}" for kind in record_types().values() for verb in kind.verbs}
    return frozenset(_names | verbs)


def record(
    *events: Event,
    by: Actor | None = None,
    user_id: uuid.UUID | None = None,
    session_id: uuid.UUID | None = None,
    device_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
    alias: str = DEFAULT_DB_ALIAS,
) -> None:
    """Write these events, in the transaction of what they tell of: as an actor's, or with the ids that are known."""
    sql, params = (
        by.audit(events)
        if by
        else audit_statement(events, user_id=user_id, session_id=session_id, device_id=device_id, request_id=request_id)
    )
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)


def audit_statement(
    events: Sequence[Event],
    *,
    user_id: uuid.UUID | None = None,
    session_id: uuid.UUID | None = None,
    device_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> tuple[str, list[Any]]:
    """The INSERT of these events, whole or as part of a WITH; KeyError for a name outside the vocabulary.

    Details carry ids, codes and counts: never a secret, a phone number or a person's words. `user_id` among them says
    whose account it is about, where the subject isn't the account itself.
    """
    rows = [event_row(*each) for each in zip(events, uuid7s(len(events)), strict=True)]
    _written.set(_written.get() + len(rows))
    return _INSERT, [at or now(), user_id, session_id, device_id, request_id, orjson.dumps(rows, default=dict).decode()]


def audit_copy(
    events: Sequence[Event],
    *,
    user_id: uuid.UUID | None,
    session_id: uuid.UUID | None,
    device_id: uuid.UUID | None,
    request_id: uuid.UUID | None,
) -> Copy:
    """The same for events by the thousand."""
    by = {"user_id": user_id, "session_id": session_id, "device_id": device_id, "request_id": request_id}
    about = {"at": now(), **by}
    rows = [event_row(*each) | about for each in zip(events, uuid7s(len(events)), strict=True)]
    return copy_rows("audit_event", rows, {"details"})


def written() -> int:
    """How many events this thread has written so far: whether it rose says whether a request left one."""
    return _written.get()


def event_row(event: Event, made: uuid.UUID) -> dict[str, Any]:
    """An event as its columns; KeyError for a name outside the vocabulary."""
    if event.name not in event_names():
        raise KeyError(f"{event.name!r} isn't in the vocabulary of events")
    return {
        "id": made,
        "name": event.name,
        "area_id": event.area_id,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "details": event.details,
    }


register_events(
    "session.started",
    "session.refused",
    "session.ended",
    "session.reused",
    "user.created",
    "user.renamed",
    "user.locale_changed",
    "user.phone_changed",
    "user.moved",
    "team.closed",
    "user.deactivated",
    "user.reactivated",
    "user.erased",
    "user.password_changed",
    "activation_code.issued",
    "activation_code.used",
    "second_factor.enrolled",
    "second_factor.removed",
    "second_factor.reset",
    "recovery_codes.made",
    "recovery_code.used",
    "sheets.asked",
    "sheets.printed",
    "sheets.fetched",
    "grant.given",
    "grant.ended",
    "conflict.resolved",
    "purge.finished",
    "user.viewed",
    "users.viewed",
    "import.viewed",
    "audit.viewed",
    "track.viewed",
)
# A new officer reads tips, so the police of the area are told, when one is proposed and when one is confirmed.
register_events("grant.proposed", "grant.confirmed", police=True)
