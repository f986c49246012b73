"""The epoch: it rises when numbers that were given out may have been lost, so that phones look again.

A restore raises it by hand; a failover shows in Postgres' own timeline and system identifier, which are compared at
each reading.
"""

from __future__ import annotations

import time
from contextlib import closing

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

READ_EPOCH = """
SELECT e.epoch, e.system_identifier = s.system_identifier::text AND e.timeline_id = c.timeline_id AS same_history
FROM server_epoch e, pg_control_system() s, pg_control_checkpoint() c
"""
_RAISE = """
UPDATE server_epoch e SET epoch = GREATEST(e.epoch + 1, %s),
  system_identifier = s.system_identifier::text, timeline_id = c.timeline_id
FROM pg_control_system() s, pg_control_checkpoint() c {only} RETURNING e.epoch
"""
_ONLY_IF_CHANGED = "WHERE e.system_identifier <> s.system_identifier::text OR e.timeline_id <> c.timeline_id"


def current_epoch() -> int:
    """The epoch; one query, and on a connection of its own one or two more in the moment after a failover."""
    epoch = _read(connection)
    return _after_failover() if epoch is None else epoch


def epoch_of(epoch: int, same_history: bool) -> int:
    """The epoch from the columns of the row that `READ_EPOCH` gave, asked together with other queries."""
    return epoch if same_history else _after_failover()


def _after_failover() -> int:
    # A pull reads in a snapshot that can't write, and that wouldn't see what another process raised meanwhile.
    with closing(connection.copy()) as apart:
        return _raise(apart, _ONLY_IF_CHANGED) or _read(apart) or current_epoch()


def raise_epoch() -> int:
    """Raise the epoch, as after a restore; gives the new one."""
    return _raise(connection, "") or 0


def _read(database: BaseDatabaseWrapper) -> int | None:
    """The epoch as it stands; None if Postgres' history is another than the one it was made in."""
    with database.cursor() as cursor:
        cursor.execute(READ_EPOCH)
        epoch, same_history = cursor.fetchone()
    return int(epoch) if same_history else None


def _raise(database: BaseDatabaseWrapper, only: str) -> int | None:
    """The new epoch is at least the time in milliseconds, so that two restores of one backup differ."""
    with database.cursor() as cursor:
        cursor.execute(_RAISE.format(only=only), [time.time_ns() // 1_000_000])
        row = cursor.fetchone()
    return int(row[0]) if row else None
