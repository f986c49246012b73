"""What happened to one's own account: sign-ins, refusals, changes of password, phone, roles. From the audit trail."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from accounts.audit import Place
from accounts.events import PERSON, event_names
from accounts.scoping import SessionActor

_SUBJECTS = ("session.", "user.", "activation_code.", "second_factor.", "recovery_code", "grant.", "export.")
_ABOUT_ME = f"""
SELECT * FROM audit_event e
WHERE {PERSON.format("e")} = %(user)s AND e.name = ANY(%(names)s)
  AND (%(at)s::timestamptz IS NULL OR (e.at <= %(at)s AND (e.at, e.id) < (%(at)s, %(id)s::uuid)))
ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s
"""
_TOLD = f"""
SELECT e.id, e.at, e.name, e.user_id = %(user)s, CASE WHEN e.user_id <> %(user)s THEN u.full_name END,
  s.device_name, s.platform, e.details ->> 'because', e.details ->> 'role'
FROM ({_ABOUT_ME}) e LEFT JOIN user_account u ON u.id = e.user_id
  LEFT JOIN session s ON s.user_id = %(user)s
    AND s.id = CASE WHEN e.subject_type = 'session' THEN e.subject_id ELSE e.session_id END
ORDER BY e.at DESC, e.id DESC
"""


@dataclass(frozen=True)
class SecurityEvent:
    """One of them. `own`: done by oneself; False by another, None by nobody who was signed in."""

    id: uuid.UUID
    at: dt.datetime
    name: str
    own: bool | None
    by_name: str | None
    device_name: str | None
    platform: str | None
    because: str | None
    role: str | None


def security_events(*, actor: SessionActor, after: Place | None = None, limit: int = 50) -> list[SecurityEvent]:
    """The newest first, from one index; one query."""
    at, last = after or (None, None)
    params: dict[str, Any] = {"user": actor.user_id, "names": _names(), "at": at, "id": last, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, params)
        return [SecurityEvent(*row) for row in cursor.fetchall()]


@cache
def _names() -> list[str]:
    return sorted(name for name in event_names() if name.startswith(_SUBJECTS))
