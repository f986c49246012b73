"""`manage.py migrate`: Django's, made safe beside a server that serves: it waits for no lock for long, and tries again.

A statement that waits for a table's lock makes every request behind it wait too; so it gives up after three seconds,
lets them through, and comes back. Only one migrates at a time. A statement that works long under a lock is ended after
half a minute, unless `--long` says that it may.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from api.problems.database import sqlstate

_ONE_MIGRATES = 0x616E_6D67  # an advisory lock of the session
_LOCK_MS, _STATEMENT_MS = 3_000, 30_000
_LONGEST_PAUSE_S = 30.0
_LOCKED = frozenset({"55P03", "40P01"})  # lock not available, deadlock
_CANCELLED = "57014"


class Command(Migrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--long", action="store_true", help="let statements take longer than 30 s")
        parser.add_argument("--tries", type=int, default=12, help="for a lock (default: 12, 4 minutes)")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with _alone(connection, options["tries"], self.stderr.write):
            _limit(connection, 0 if options["long"] else _STATEMENT_MS)
            for attempt in range(1, options["tries"] + 1):
                try:
                    super().handle(*args, **options)
                    return
                except OperationalError as error:
                    if sqlstate(error) == _CANCELLED:
                        raise CommandError(
                            "a statement took longer than 30 s and was undone; if it may, run migrate --long"
                        ) from error
                    if sqlstate(error) not in _LOCKED:
                        raise
                    if attempt == options["tries"]:
                        raise CommandError(
                            "others hold the lock that the migration needs; nothing of it was done, what was done "
                            "before stays. See who in pg_stat_activity (oldest xact_start), and run migrate again"
                        ) from error
                    pause = min(_LONGEST_PAUSE_S, 0.5 * 2**attempt)
                    self.stderr.write(f"a lock is held by others; trying again in {pause:.0f} s")
                    time.sleep(pause)


@contextmanager
def _alone(connection: BaseDatabaseWrapper, tries: int, say: Any) -> Iterator[None]:
    """One migrates at a time; the others wait, and then find it done."""
    with connection.cursor() as cursor:
        for attempt in range(tries * 10):
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_MIGRATES])
            if cursor.fetchone()[0]:
                break
            if attempt == 0:
                say("another process migrates; waiting for it")
            time.sleep(2)
        else:
            raise CommandError("another process has been migrating all the while")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "RESET lock_timeout; RESET statement_timeout; SELECT pg_advisory_unlock(%s)", [_ONE_MIGRATES]
            )


def _limit(connection: BaseDatabaseWrapper, statement_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {_LOCK_MS}; SET statement_timeout = {statement_ms}")
