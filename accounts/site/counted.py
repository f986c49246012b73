"""Figures that are counted anew from time to time, and stand as they were while counting them would take too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from api.problems.database import sqlstate

WITHIN_MS = 3_000
"""Longer nobody waits for them: just after a large import the database doesn't know its tables yet."""
AGAIN_S = 30
_CANCELLED = "57014"

T = TypeVar("T")


def counted(key: str, count: Callable[[], T], *, every_s: int) -> tuple[T | None, bool]:
    """What `count()` gave at most `every_s` seconds ago, and whether that is so.

    If it takes too long, the last that is known, or None, and it is tried again half a minute later.
    """
    found: tuple[T | None, bool] | None = cache.get(key)
    if found is None:
        try:
            found = _within_limits(count), True
        except OperationalError as error:
            if sqlstate(error) != _CANCELLED:
                raise
            found = cache.get(f"{key}:last"), False
        else:
            cache.set(f"{key}:last", found[0], None)
        cache.set(key, found, every_s if found[1] else AGAIN_S)
    return found


def _within_limits(count: Callable[[], T]) -> T:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [WITHIN_MS])
        found = count()
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return found
