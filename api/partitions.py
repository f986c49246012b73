"""Tables that are partitioned by month: the months ahead are made by the owner's process, never by the serving role."""

import datetime as dt

from django.db import connections

MONTHLY = {"revision": "received_at", "audit_event": "at"}
MONTHS_AHEAD = 3


def month_partition(table: str, month: dt.date) -> str:
    """SQL that makes the partition of a UTC month if it isn't there yet.

    The serving role reaches it through its parent alone, so that what the parent forbids isn't allowed by the back
    door.
    """
    first = month.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return (
        f"CREATE TABLE IF NOT EXISTS {table}_{first:%Y_%m} PARTITION OF {table} "
        f"FOR VALUES FROM ('{first} 00:00+00') TO ('{after} 00:00+00'); "
        f"REVOKE ALL ON {table}_{first:%Y_%m} FROM anthon_api;"
    )


def make_months(today: dt.date, alias: str = "owner") -> None:
    """Make the partitions of this month and the next ones for every monthly table. Idempotent; run as the owner."""
    month = today.replace(day=1)
    with connections[alias].cursor() as cursor:
        for _ in range(MONTHS_AHEAD + 1):
            for table in MONTHLY:
                cursor.execute(month_partition(table, month))
            month = (month + dt.timedelta(days=32)).replace(day=1)
