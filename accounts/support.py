"""What support needs to answer a call: how a person's phones are doing, without a look into what they sent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from api.postgres import ask

MOST = 20


@dataclass(frozen=True)
class Refused:
    """Something that a phone sent and the server didn't take as it was: of which type, when, and why."""

    type: str
    record_id: uuid.UUID
    status: str
    at: dt.datetime
    problem: dict[str, Any] | None


@dataclass(frozen=True)
class Pending:
    """Files that were announced and whose bytes haven't come: how many, how large in all, since when."""

    count: int
    bytes: int
    since: dt.datetime | None


_REFUSED = f"""
SELECT type, record_id, status, received_at, outcome::text FROM mutation
WHERE user_id = %s AND status IN ('rejected', 'conflict') ORDER BY received_at DESC LIMIT {MOST}
"""
_pending: list[Callable[[uuid.UUID], Pending]] = []


def register_pending(count: Callable[[uuid.UUID], Pending]) -> None:
    """Whoever keeps files says how many of a person's are still on the way; called from an app's `ready()`."""
    if count not in _pending:
        _pending.append(count)


def refused(user_id: uuid.UUID) -> list[Refused]:
    """The last that a person's phones sent and that was rejected, or lost against another change; newest first."""
    return [
        Refused(type, record_id, status, at, orjson.loads(outcome) if outcome else None)
        for type, record_id, status, at, outcome in ask(_REFUSED, [user_id])
    ]


def pending(user_id: uuid.UUID) -> Pending:
    """The files of a person that are still on their phone."""
    found = [count(user_id) for count in _pending]
    since = [each.since for each in found if each.since]
    return Pending(sum(each.count for each in found), sum(each.bytes for each in found), min(since, default=None))
