"""What a person's phones delivered and what became of it: what support asks when somebody calls.

Nothing of the records' contents is told: types, states, times, and why something was refused. Apps above this one add
what of theirs is still to come by `register_pending`, as files are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from accounts.rights import require_over_user
from accounts.scoping import pseudonym
from api.actors import Actor
from api.postgres import ask
from api.records import Wire, record_types

MOST_DEVICES = 20
MOST_PENDING = 50


class Pending(NamedTuple):
    """Something declared whose bytes haven't come: which record, of what kind and size, since when."""

    type: str
    id: uuid.UUID
    kind: str
    size: int
    declared_at: dt.datetime


PendingOf = Callable[[uuid.UUID, int], Sequence[Pending]]
_pending: dict[str, PendingOf] = {}


def register_pending(name: str, find: PendingOf) -> None:
    """Add what finds a user's newest pending things of a type, so many at most; called from an app's `ready()`."""
    _pending[name] = find


class Device(NamedTuple):
    """A phone that the person signed in on: when it was last seen, and what it last sent that was taken."""

    session_id: uuid.UUID
    device_id: uuid.UUID
    device_name: str
    platform: str
    app_version: str
    active: bool
    last_used_at: dt.datetime
    last_sent_at: dt.datetime | None
    last_sent_type: str | None


class Refused(NamedTuple):
    """A mutation that was refused or met another's edit; `waits`: a conflict about which nobody has chosen yet."""

    mutation_id: uuid.UUID
    type: str
    record_id: uuid.UUID
    status: str
    received_at: dt.datetime
    problem: Wire | None
    waits: bool


@dataclass(frozen=True)
class Deliveries:
    """All three, the newest first, and where the next page of what was refused begins."""

    devices: Sequence[Device]
    refused: Sequence[Refused]
    pending: Sequence[Pending]
    next: tuple[dt.datetime, uuid.UUID] | None


# What a session wrote last is looked for from its end: a token is good for a quarter of an hour after it was refreshed.
_DEVICES = """
SELECT s.id, s.device_id, s.device_name, s.platform, s.app_version, s.ended_at IS NULL AND s.expires_at > now(),
  s.refreshed_at, e.at, e.subject_type
FROM (SELECT * FROM session WHERE user_id = %s ORDER BY refreshed_at DESC LIMIT %s) s
  LEFT JOIN LATERAL (
    SELECT a.at, a.subject_type FROM audit_event a
    WHERE a.user_id = s.user_id AND a.session_id = s.id AND a.subject_type = ANY(%s)
      AND a.at >= s.created_at AND a.at <= s.refreshed_at + interval '16 minutes'
    ORDER BY a.at DESC LIMIT 1) e ON true
ORDER BY s.refreshed_at DESC
"""
_REFUSED = """
SELECT m.id, m.type, m.record_id, m.status, m.received_at, m.outcome,
  EXISTS (SELECT 1 FROM revision r WHERE r.record_id = m.record_id AND r.mutation_id = m.id AND r.status = 'conflict')
FROM (
  SELECT * FROM mutation WHERE user_id = %s AND status IN ('rejected', 'conflict')
    AND (received_at, id) < (%s, %s) ORDER BY received_at DESC, id DESC LIMIT %s) m
ORDER BY m.received_at DESC, m.id DESC
"""
_END = (dt.datetime(9999, 1, 1, tzinfo=dt.UTC), uuid.UUID(int=0))


def deliveries(
    *, actor: Actor, user_id: uuid.UUID, after: tuple[dt.datetime, uuid.UUID] | None = None, limit: int = 50
) -> Deliveries:
    """What support needs to know of somebody's phones, for an admin who may act on the account. Three queries.

    What a phone was told to send again later (`deferred`) isn't kept: it is still in its queue. Raises Problem
    `not_found` and `forbidden`.
    """
    require_over_user(actor, user_id)
    rows = ask(_REFUSED, [user_id, *(after or _END), limit + 1])
    found = [Refused._make([*row[:5], orjson.loads(row[5]) if row[5] else None, row[6]]) for row in rows]
    rows = ask(_DEVICES, [user_id, MOST_DEVICES, sorted(record_types())])
    devices = [Device(session, pseudonym(device), *rest) for session, device, *rest in rows]
    pending = [each for find in _pending.values() for each in find(user_id, MOST_PENDING)]
    last = found[limit - 1] if len(found) > limit else None
    return Deliveries(
        devices=devices,
        refused=found[:limit],
        pending=sorted(pending, key=lambda each: each.declared_at, reverse=True),
        next=(last.received_at, last.mutation_id) if last else None,
    )
