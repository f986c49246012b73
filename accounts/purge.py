"""Deletes what has outlived its time, as the tables' register says (api.retention); what it did stands in the trail."""

import datetime as dt

from django.db import connections, transaction

from accounts.erasing import AT_ONCE, erase, scrub_versions
from accounts.events import record
from accounts.models import User
from accounts.scoping import SystemActor
from api.actors import Event
from api.localtime import now
from api.retention import kept_tables

BATCH = 10_000
_A_MONTH = dt.timedelta(days=30)
# The last token of a session that is over was never used, and is found by its session.
_ENDED = """
DELETE FROM refresh_token t USING session s
WHERE s.id = t.session_id AND coalesce(s.ended_at, s.expires_at) < %(before)s
"""


def purge(*, alias: str = "owner") -> dict[str, int]:
    """Delete what has outlived its time, a batch a transaction; how many rows of which table."""
    gone = {}
    for each in kept_tables():
        if each.condition is None or each.after is None or each.emptied:
            continue
        chosen = f"SELECT ctid FROM {each.table} WHERE {each.condition} LIMIT {BATCH}"
        gone[each.table] = _in_batches(
            f"DELETE FROM {each.table} WHERE ctid = ANY(ARRAY({chosen}))",
            before=now() - each.after,
            alias=alias,
        )
    with connections[alias].cursor() as cursor:
        cursor.execute(_ENDED, {"before": now() - _A_MONTH})
        gone["refresh_token"] += cursor.rowcount
    gone["user_account"] = _erase_old_accounts()
    if any(gone.values()):
        record(Event("purge.finished", details={"rows": gone}), alias=alias)
    return gone


def due(*, alias: str = "owner") -> dict[str, int]:
    """How many rows of which table a purge would delete, or empty, now; nothing is changed."""
    counted = {}
    with connections[alias].cursor() as cursor:
        for each in kept_tables():
            if each.condition is not None and each.after is not None:
                sql = f"SELECT count(*) FROM {each.table} WHERE {each.condition}"
                cursor.execute(sql, {"before": now() - each.after})
                [(counted[each.table],)] = cursor.fetchall()
    return counted


def _erase_old_accounts() -> int:
    """Accounts that were switched off so long ago are emptied, some hundred a transaction."""
    [rule] = (each for each in kept_tables() if each.emptied)
    assert rule.after is not None
    actor, total = SystemActor(reason="retention"), 0
    while True:
        due = User.objects.filter(is_active=False, erased_at=None, deactivated_at__lt=now() - rule.after)
        ids = list(due.order_by("deactivated_at", "id").values_list("id", flat=True)[:AT_ONCE])
        if not ids:
            scrub_versions()
            return total
        erase(actor=actor, user_ids=ids)
        total += len(ids)


def _in_batches(sql: str, *, before: dt.datetime, alias: str) -> int:
    total = 0
    while True:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(sql, {"before": before})
            total += cursor.rowcount
            if cursor.rowcount < BATCH:
                return total
