"""Lists from a read replica that nobody can tell from the primary: it has replayed all that the request may have seen.

The primary is asked how far its log is on disk, which is further than any commit that anyone could see by then (where
commits don't wait for the disk, how far it is at all). The replica answers once it has replayed that; if it hasn't in a
moment, or is away, the primary answers. So nothing is stored, and what a user wrote or heard of is in the list.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from django.db import Error, connection, connections

from api import metrics, postgres
from api.actors import Actor

logger = logging.getLogger("anthon.replica")

REPLICA = "replica"
_PAUSES_S = (0.001, 0.002, 0.004, 0.008, 0.016, 0.019)
_AWAY_S, _BEHIND_S = 5.0, 1.0

# Until when this process doesn't try it, or doesn't wait for it; every thread may set these, and the last one wins.
_away_until = _behind_until = 0.0

_REACHED = """
SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
       ELSE pg_current_wal_flush_lsn() END::text
"""

Rows = list[tuple[Any, ...]]


def ask(sql: str, params: Sequence[Any], *, as_actor: Actor | None = None) -> Rows:
    """As `api.postgres.ask`, from the replica where there is one and it may answer."""
    if REPLICA not in connections.settings or connection.in_atomic_block or time.monotonic() < _away_until:
        return postgres.ask(sql, params, as_actor=as_actor)
    [[reached]] = postgres.ask(_REACHED, [])
    rows = _from_replica(sql, params, as_actor, reached)
    return postgres.ask(sql, params, as_actor=as_actor) if rows is None else rows


def _from_replica(sql: str, params: Sequence[Any], as_actor: Actor | None, reached: str) -> Rows | None:
    """None if it is away, or doesn't get there in time."""
    global _away_until  # noqa: PLW0603
    replica = connections[REPLICA]
    try:
        if not _caught_up(replica, reached):
            metrics.listed("primary_replica_behind")
            return None
        # Row-level security reads its settings from the transaction, on the replica too.
        rows: Rows = replica.ask(sql, params, as_actor.row_security() if as_actor else ("", ()))  # type: ignore[attr-defined]
    except Error as error:
        logger.warning("replica_away (%s)", type(error).__name__)
        _away_until = time.monotonic() + _AWAY_S
        replica.close()
        metrics.listed("primary_replica_away")
        return None
    metrics.listed("replica")
    return rows


def _caught_up(replica: Any, reached: str) -> bool:
    """Whether it has replayed as much, after at most 50 ms; while it is known to be behind, nobody waits for it."""
    global _behind_until  # noqa: PLW0603
    pauses = () if time.monotonic() < _behind_until else _PAUSES_S
    for pause in (0.0, *pauses):
        time.sleep(pause)
        if replica.ask("SELECT coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false)", [reached]) == [(True,)]:
            return True
    _behind_until = time.monotonic() + _BEHIND_S
    return False
