"""Erasing what an account says of a person, on a lawful request or five years after it was switched off.

Law 91/2025/QH15. What stays is a husk: ids, roles and dates, so that records, their counts and the audit chain, which
know people by ids alone, stay true and verifiable. Name, number, badge, password, phones, codes and their past versions
are gone; rosters on phones get the change by their next pull. A file that somebody imported can't be altered without
becoming another file: it goes by itself, a year after it came.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction

from accounts.events import record
from accounts.memberships import patch_all
from accounts.models import (
    ActivationCode,
    Export,
    ExportPart,
    Grant,
    Membership,
    PushToken,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    Session,
    User,
)
from accounts.names import name_columns
from api.actors import Actor, Event
from api.localtime import now, wire
from api.problems import Problem

NAMELESS = "Đã xóa dữ liệu"
AT_ONCE = 500
_TWO_DAYS = "interval '2 days'"

# Versions that rosters had. The serving role may not touch them, so the owner does, and again if it was interrupted.
_SCRUB_VERSIONS = f"""
UPDATE revision r SET data = r.data || jsonb_build_object('full_name', %(name)s::text, 'badge_number', NULL)
FROM membership m JOIN user_account u ON u.id = m.user_id
WHERE u.erased_at IS NOT NULL AND (u.id = ANY(%(ids)s::uuid[]) OR u.erased_at > statement_timestamp() - {_TWO_DAYS})
  AND r.type = 'membership' AND r.record_id = m.id
  AND (r.data ->> 'full_name' <> %(name)s OR r.data ->> 'badge_number' IS NOT NULL)
"""
_SCRUB_DELETED = """
UPDATE membership SET full_name = %(name)s, badge_number = NULL
WHERE user_id = ANY(%(ids)s::uuid[]) AND deleted_at IS NOT NULL
"""
_SCRUB_ROWS = """
UPDATE import_row i SET label = '', faults = '[]', warnings = '[]', changes = '[]'
WHERE i.label <> '' AND (right(i.label, %(longest)s) LIKE ANY(%(endings)s::text[]) OR EXISTS (
  SELECT FROM import_thing t WHERE t.import_id = i.import_id AND t.no = i.no AND t.subject_id = ANY(%(ids)s::uuid[])))
"""
_SCRUB_ANSWERS = """
DELETE FROM idempotency_key k USING unnest(%(ids)s::uuid[]) u(id)
WHERE k.user_id = u.id OR position(convert_to(u.id::text, 'UTF8') IN k.body) > 0
"""


def erase(*, actor: Actor, user_ids: Sequence[uuid.UUID], dry_run: bool = False) -> dict[str, int]:
    """Empty these accounts, which must be switched off; how many rows of which table. The same again finds nothing.

    Works as the owner of the tables too, so it is for the keeper and the machine's operator. Raises Problem
    `not_found`, and `conflict` for an account that is in use.
    """
    done: dict[str, int] = {}
    phones: list[str] = []
    with transaction.atomic():
        users = list(User.objects.select_for_update(no_key=True).filter(id__in=user_ids).order_by("id"))
        if len(users) != len(set(user_ids)):
            raise Problem("not_found")
        if any(user.is_active for user in users):
            raise Problem("conflict")
        ids = [user.id for user in users if user.erased_at is None]
        phones = [user.phone for user in users if user.erased_at is None]
        if ids:
            done = _empty(actor, ids)
            record(*(Event("user.erased", subject_type="user", subject_id=each) for each in ids), by=actor)
        transaction.set_rollback(dry_run)
    with transaction.atomic(using="owner"):
        done |= _scrub(ids, phones)
        transaction.set_rollback(dry_run, using="owner")
    return {table: count for table, count in done.items() if count}


def scrub_versions() -> int:
    """Past versions of who was erased lately, in case that was interrupted; how many there were left."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_SCRUB_VERSIONS, {"ids": [], "name": NAMELESS})
        return int(cursor.rowcount)


def _empty(actor: Actor, ids: list[uuid.UUID]) -> dict[str, int]:
    """The account itself and what hangs on it, in one transaction with its event."""
    moment, theirs = now(), {"user_id__in": ids}
    open_roles = list(Grant.objects.unended().filter(**theirs))
    Grant.objects.filter(id__in=[grant.id for grant in open_roles]).update(ends_at=moment)
    ended = [{"user_id": grant.user_id, "role": grant.role} for grant in open_roles]
    record(
        *(Event("grant.ended", g.area_id, "grant", g.id, told) for g, told in zip(open_roles, ended, strict=True)),
        by=actor,
    )
    memberships = list(Membership.objects.filter(**theirs, deleted_at=None).order_by("id"))
    nameless = {"full_name": NAMELESS, "badge_number": None}
    patch_all(actor, memberships, lambda m: nameless if m.ends_at else nameless | {"ends_at": wire(moment)})
    sessions = Session.objects.filter(**theirs).values("id")
    exports = Export.objects.filter(**theirs).values("id")
    done = {"membership": len(memberships), "role_grant": len(open_roles)}
    for name, rows in {
        "refresh_token": RefreshToken.objects.filter(session_id__in=sessions),
        "push_token": PushToken.objects.filter(**theirs),
        "session": Session.objects.filter(**theirs),
        "activation_code": ActivationCode.objects.filter(**theirs),
        "second_factor": SecondFactor.objects.filter(**theirs),
        "recovery_code": RecoveryCode.objects.filter(**theirs),
        "export_part": ExportPart.objects.filter(export_id__in=exports),
        "export": Export.objects.filter(**theirs),
    }.items():
        done[name] = rows.delete()[0]
    for user_id in ids:
        User.objects.filter(id=user_id).update(
            **name_columns(NAMELESS),
            phone=f"erased:{user_id.hex[-12:]}",
            password="",
            password_needs_device=False,
            last_login=None,
            made_of=None,
            erased_at=moment,
        )
    return done | {"user_account": len(ids)}


def _scrub(ids: list[uuid.UUID], phones: list[str]) -> dict[str, int]:
    """What only the owner may alter, or what only a search of the whole table finds."""
    params: dict[str, Any] = {
        "ids": ids,
        "name": NAMELESS,
        "endings": [f"%{phone}" for phone in phones],
        "longest": max(map(len, phones), default=0),
    }
    statements = {"revision": _SCRUB_VERSIONS, "deleted_membership": _SCRUB_DELETED, "import_row": _SCRUB_ROWS}
    done = {}
    with connections["owner"].cursor() as cursor:
        for name, sql in (statements | {"idempotency_key": _SCRUB_ANSWERS}).items() if ids else ():
            cursor.execute(sql, params)
            done[name] = cursor.rowcount
    return done
