"""The epoch: it rises when numbers that were given out may have been lost, so that phones look again.

A restore raises it by hand; a failover shows in Postgres' own timeline and system identifier, which are compared at each reading.
"""

from __future__ import annotations

import time

from django.db import connection

_READ = """
SELECT e.epoch, e.system_identifier = s.system_identifier::text AND e.timeline_id = c.timeline_id
FROM server_epoch e, pg_control_system() s, pg_control_checkpoint() c
"""
_RAISE = """
UPDATE server_epoch e SET epoch = GREATEST(e.epoch + 1, %s), system_identifier = s.system_identifier::text, timeline_id = c.timeline_id
FROM pg_control_system() s, pg_control_checkpoint() c {only} RETURNING e.epoch
"""
_ONLY_IF_CHANGED = "WHERE e.system_identifier <> s.system_identifier::text OR e.timeline_id <> c.timeline_id"


def current_epoch() -> int:
    """The epoch; one query, and one more in the moment after a failover."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        epoch, same_history = cursor.fetchone()
    return int(epoch) if same_history else _raise(_ONLY_IF_CHANGED) or current_epoch()


def raise_epoch() -> int:
    """Raise the epoch, as after a restore; gives the new one."""
    return _raise("") or 0


def _raise(only: str) -> int | None:
    """The new epoch is at least the time in milliseconds, so that two restores of one backup differ."""
    with connection.cursor() as cursor:
        cursor.execute(_RAISE.format(only=only), [time.time_ns() // 1_000_000])
        row = cursor.fetchone()
    return int(row[0]) if row else None
