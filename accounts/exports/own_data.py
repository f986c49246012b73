"""All that is kept about a person, for that person, as JSON (law 91/2025/QH15: the right of access)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.exports.tables import Sink
from accounts.models import ActivationCode, AuditEvent, Grant, Membership, Session, User
from accounts.scoping import SessionActor, pseudonym
from accounts.second_factor import is_enrolled
from accounts.security_events import security_events
from api.localtime import now
from api.records import record_types
from api.rendering import dumps

AT_ONCE = 2_000
Own = Callable[[uuid.UUID], Iterator[Mapping[str, Any]]]
"""What is kept of a user, item by item: nothing of other people in it."""

_lists: dict[str, Own] = {}
# By the index of who did it: tables of records have none of their authors.
_MADE = """
SELECT e.at, e.id, e.subject_type, e.subject_id, e.area_id, e.name FROM audit_event e
WHERE e.user_id = %(user)s AND e.subject_type = ANY(%(types)s)
  AND (%(at)s::timestamptz IS NULL OR (e.at <= %(at)s AND (e.at, e.id) < (%(at)s, %(id)s::uuid)))
ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s
"""


def register_own_data(name: str, own: Own) -> None:
    """Add a list to what people get about themselves; called from an app's `ready()`."""
    _lists[name] = own


def made_by(user_id: uuid.UUID, kind: str) -> QuerySet[Any]:
    """The ids of the records of a type that somebody did something to; most tables have no index by author."""
    return AuditEvent.objects.filter(user_id=user_id, subject_type=kind).values("subject_id")


def write_own_data(sink: Sink, actor: SessionActor, tell: Callable[[int, dt.datetime | None], None]) -> None:
    """One object; its long lists are written as they are read."""
    sink.write(b"{")
    for name, value in _facts(actor.user_id).items():
        sink.write(dumps(name) + b":" + dumps(value) + b",")
    count = 0
    lists = {name: own(actor.user_id) for name, own in sorted(_lists.items())}
    lists |= {"security_events": _events(actor), "records": _records(actor.user_id)}
    for place, (name, items) in enumerate(lists.items()):
        sink.write((b"," if place else b"") + dumps(name) + b":[")
        for number, item in enumerate(items):
            sink.write((b"," if number else b"") + dumps(item))
            count += 1
        sink.write(b"]")
    sink.write(b"}")
    tell(count, None)


def _facts(user_id: uuid.UUID) -> dict[str, Any]:
    user = User.objects.get(id=user_id)
    mine = {"user_id": user_id}
    return {
        "made_at": now(),
        "account": {
            "id": user.id,
            "phone": user.phone,
            "full_name": user.full_name,
            "locale": user.locale,
            "area_id": user.area_id,
            "is_active": user.is_active,
            "created_at": user.created_at,
            "has_password": bool(user.password),
            "has_one_time_codes": is_enrolled(user_id),
        },
        "memberships": list(
            Membership.objects.filter(**mine, deleted_at=None)
            .order_by("starts_at", "id")
            .values("id", "team_id", "area_id", "role", "badge_number", "starts_at", "ends_at")
        ),
        "grants": list(
            Grant.objects.filter(**mine)
            .order_by("starts_at", "id")
            .values("id", "role", "area_id", "starts_at", "ends_at")
        ),
        "sessions": list(
            Session.objects.filter(**mine)
            .order_by("created_at", "id")
            .values(
                *("id", "device_id", "device_name", "platform", "app_version"),
                *("created_at", "refreshed_at", "expires_at", "ended_at", "ended_because"),
            )
        ),
        "activation_codes": list(
            ActivationCode.objects.filter(**mine)
            .order_by("created_at", "id")
            .values("purpose", "created_at", "used_at")
        ),
        "pseudonyms_of_phones": sorted(
            {pseudonym(device) for device in Session.objects.filter(**mine).values_list("device_id", flat=True)},
            key=str,
        ),
    }


def _events(actor: SessionActor) -> Iterator[dict[str, Any]]:
    after = None
    while found := security_events(actor=actor, after=after, limit=AT_ONCE):
        for event in found:
            yield {"at": event.at, "name": event.name, "own": event.own, "because": event.because, "role": event.role}
        after = found[-1].at, found[-1].id


def _records(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """What the person did to records: which ones, when, where."""
    params: dict[str, Any] = {
        "user": user_id,
        "types": sorted(record_types()),
        "at": None,
        "id": None,
        "limit": AT_ONCE,
    }
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_MADE, params)
            rows = cursor.fetchall()
        for at, _, kind, record_id, area_id, name in rows:
            yield {"at": at, "type": kind, "id": record_id, "area_id": area_id, "name": name}
        if len(rows) < AT_ONCE:
            return
        params |= {"at": rows[-1][0], "id": rows[-1][1]}
