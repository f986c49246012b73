"""Transactions around whole requests, and what to do when the database undoes one or goes away."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from django.db import Error, connection, transaction
from psycopg2.extensions import ISOLATION_LEVEL_DEFAULT, ISOLATION_LEVEL_REPEATABLE_READ

from api import metrics
from api.problems.database import connection_lost, raced, rolled_back

Mode = Literal["none", "look", "write", "read", "snapshot"]
"""`write`; `read`, which can't write; `snapshot`, read on one snapshot; `none`, where handlers open their own; `look`,
where they only read and each statement stands for itself."""

T = TypeVar("T")

_ATTEMPTS = 4
_BEGIN = {
    ISOLATION_LEVEL_DEFAULT: "BEGIN READ ONLY",
    ISOLATION_LEVEL_REPEATABLE_READ: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


def run_in(mode: Mode, work: Callable[[], T]) -> T:
    """`work()` inside one transaction, which commits if it returns and is undone if it raises.

    A `look` has no transaction around it, and can be run again all the same.

    A deadlock, a serialization failure or a race for one id runs it again, up to three times. So does, once, a
    connection that turns out to be dead before the commit was asked for: that spares every request the question
    whether its connection lives.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        committing = False
        try:
            with _begin(mode):
                answer = work()
                committing = True
            return answer
        except Error as error:
            again = rolled_back(error) or raced(error)
            again = again or (attempt == 1 and not committing and connection_lost(error))
            if connection_lost(error) and not connection.in_atomic_block:
                connection.close()
            if not again or attempt == _ATTEMPTS or mode == "none" or connection.in_atomic_block:
                raise
            metrics.retried(_cause(error))
            time.sleep(0.01 * (attempt - 1) ** 2)
    raise AssertionError("the last attempt returns or raises")


def _cause(error: Error) -> str:
    return "rolled_back" if rolled_back(error) else "raced" if raced(error) else "connection_lost"


def _begin(mode: Mode) -> contextlib.AbstractContextManager[None]:
    match mode:
        case "none" | "look":
            return contextlib.nullcontext()
        case "write":
            return transaction.atomic(durable=True)
        case "read":
            return read_only(ISOLATION_LEVEL_DEFAULT)
        case "snapshot":
            return read_only(ISOLATION_LEVEL_REPEATABLE_READ)


@contextlib.contextmanager
def read_only(isolation_level: int | None) -> Iterator[None]:
    """A transaction that can't write; see `api.postgres` for how it begins."""
    nested = connection.in_atomic_block  # a test's own transaction: it stands
    with transaction.atomic(durable=True):
        if not nested:
            connection.begin = _BEGIN[isolation_level]  # type: ignore[attr-defined]
        yield
