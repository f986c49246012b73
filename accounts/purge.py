"""What is kept for a time only, and how long. Run by the owner's process; what it did stands in the audit trail."""

import datetime as dt
from collections.abc import Mapping

from django.db import connections, transaction

from accounts.events import record
from accounts.sessions import LIFETIME
from api.actors import Event
from api.idempotency import KEPT_FOR
from api.localtime import now

BATCH = 10_000
_A_MONTH = dt.timedelta(days=30)
_A_YEAR = dt.timedelta(days=365)

# Table → which rows go. A refresh token stays as long as its reuse could still be told; codes that enrolled a phone
# stay.
_RULES: Mapping[str, tuple[str, dt.timedelta]] = {
    "idempotency_key": ("created_at < %(before)s", KEPT_FOR),
    "refresh_token": ("used_at < %(before)s", LIFETIME + _A_MONTH),
    "activation_code": ("expires_at < %(before)s AND device_id IS NULL", _A_MONTH),
    "sheet_print": ("created_at < %(before)s", dt.timedelta(days=1)),
    "import_row": (
        "import_id IN (SELECT id FROM import WHERE created_at < %(before)s)",
        _A_YEAR,
    ),
    "import_file": ("created_at < %(before)s", _A_YEAR),
    "login_failure": ("updated_at + level * interval '1 second' < %(before)s", dt.timedelta(hours=1)),
}
# The last token of a session that is over was never used, and is found by its session.
_ENDED = """
DELETE FROM refresh_token t USING session s
WHERE s.id = t.session_id AND coalesce(s.ended_at, s.expires_at) < %(before)s
"""


def purge(*, alias: str = "owner") -> dict[str, int]:
    """Delete what has outlived its time, a batch a transaction; how many rows of which table."""
    gone = {}
    for table, (condition, kept_for) in _RULES.items():
        chosen = f"SELECT ctid FROM {table} WHERE {condition} LIMIT {BATCH}"
        gone[table] = _in_batches(
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY({chosen}))",
            before=now() - kept_for,
            alias=alias,
        )
    with connections[alias].cursor() as cursor:
        cursor.execute(_ENDED, {"before": now() - _A_MONTH})
        gone["refresh_token"] += cursor.rowcount
    if any(gone.values()):
        record(Event("purge.finished", details={"rows": gone}), alias=alias)
    return gone


def _in_batches(sql: str, *, before: dt.datetime, alias: str) -> int:
    total = 0
    while True:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(sql, {"before": before})
            total += cursor.rowcount
            if cursor.rowcount < BATCH:
                return total
