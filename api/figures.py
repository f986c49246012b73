"""What the database knows of what waits: jobs, seals, uploads, partitions, replicas, sessions; each a cheap query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from prometheus_client.core import GaugeMetricFamily, Metric

from api.jobs import traceless_topics
from api.metrics import register_source

Gauges = Sequence[tuple[str, str]]

_JOBS = """
SELECT topic, count(*) FILTER (WHERE due_at <= now()), count(*) FILTER (WHERE attempts > 3),
       coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now() AND taken_until IS NULL)), 0)
FROM outbox WHERE done_at IS NULL AND topic <> ALL(%s) GROUP BY topic
"""
_PARTITIONS = """
SELECT parent.relname, count(*) FILTER (WHERE child.relname > parent.relname || to_char(now(), '"_"YYYY_MM'))
FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
WHERE child.relname ~ '_[0-9]{4}_[0-9]{2}$' GROUP BY 1
"""
# Slots are readable by everyone, unlike who is connected by them.
_SLOTS = """
SELECT slot_name, active::int, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
FROM pg_replication_slots WHERE slot_type = 'physical' AND restart_lsn IS NOT NULL
"""
_CONNECTIONS = """
SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user GROUP BY 1
"""
_DATABASE = "SELECT pg_database_size(current_database())"


def gauges(sql: str, label: str, figures: Gauges, params: Sequence[Any] = ()) -> Iterator[Metric]:
    """One gauge a column after the first, which is the label's value; without a label, each column is a gauge."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 2000")
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    for place, (name, text) in enumerate(figures, start=1 if label else 0):
        metric = GaugeMetricFamily(name, text, labels=[label] if label else [])
        for row in rows:
            metric.add_metric([row[0]] if label else [], float(row[place] or 0))
        yield metric


def _all() -> Iterator[Metric]:
    jobs = [
        ("anthon_jobs_due", "Jobs whose time has come"),
        ("anthon_jobs_failing", "Jobs tried more than three times"),
        ("anthon_jobs_oldest_seconds", "How long the oldest due job has waited"),
    ]
    yield from gauges(_JOBS, "topic", jobs, [traceless_topics()])
    yield from gauges(_PARTITIONS, "table", [("anthon_partitions_ahead", "Months that have a partition already")])
    slots = [
        ("anthon_replication_slot_active", "Whether a replica or archiver takes the log"),
        ("anthon_replication_slot_bytes", "Log that is kept for it"),
    ]
    yield from gauges(_SLOTS, "slot", slots)
    yield from gauges(_CONNECTIONS, "state", [("anthon_database_connections", "Connections of the serving role")])
    yield from gauges(_DATABASE, "", [("anthon_database_bytes", "Size of the database")])


register_source(_all)
