"""The set checker: holds what phones were told against every table that must agree with it, and with one another.

An element is one mutation. Acknowledged, it must be there once and whole: the mutation's row, its revision, the
record's version, its place in the stream, its audit event. Never acknowledged, all of that or nothing. The database is
read as its owner, past row-level security, while nobody writes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass

import psycopg2
from psycopg2.extensions import cursor as Cursor

from api.records import record_types, union_types
from prove.hands import Sent

SHOWN = 20
"""Findings of one kind that are named; the rest is counted."""

_SENT = """
CREATE TEMP TABLE sent (phone text, user_id uuid, mutation_id uuid, type text, record_id uuid, op text, status text,
                        version integer)
"""
_PREPARE = """
CREATE INDEX ON sent (mutation_id); ANALYZE sent;
CREATE TEMP TABLE effect AS
  SELECT mutation_id, author_id AS user_id, count(*) FILTER (WHERE status = 'applied') AS applied,
         count(*) FILTER (WHERE status <> 'applied') AS kept
  FROM revision WHERE mutation_id IS NOT NULL GROUP BY 1, 2;
CREATE INDEX ON effect (mutation_id); ANALYZE effect;
CREATE TEMP TABLE made AS
  SELECT type, record_id, area_id, count(*) AS versions, count(DISTINCT version) AS apart, max(version) AS latest,
         min(version) AS first
  FROM revision WHERE status = 'applied' GROUP BY 1, 2, 3;
CREATE INDEX ON made (record_id); ANALYZE made;
CREATE TEMP TABLE told AS
  SELECT subject_type AS type, subject_id AS record_id, (details->>'version')::integer AS version, count(*) AS events
  FROM audit_event WHERE details ? 'version' GROUP BY 1, 2, 3;
CREATE INDEX ON told (record_id, version); ANALYZE told;
"""

_ELEMENTS = {
    "lost": """
SELECT format('%s %s %s of phone %s (mutation %s) was acknowledged as %s and is nowhere',
              s.op, s.type, s.record_id, s.phone, s.mutation_id, s.status)
FROM sent s LEFT JOIN mutation m ON m.id = s.mutation_id AND m.user_id = s.user_id
WHERE s.status IS NOT NULL AND m.id IS NULL
""",
    "answered otherwise": """
SELECT format('%s %s %s (mutation %s) was acknowledged as %s, version %s, and is kept as %s, version %s',
              s.op, s.type, s.record_id, s.mutation_id, s.status, s.version, m.status, m.version)
FROM sent s JOIN mutation m ON m.id = s.mutation_id AND m.user_id = s.user_id
WHERE s.status IS NOT NULL AND (s.status, s.version) IS DISTINCT FROM (m.status, m.version)
""",
    "from nobody": """
SELECT format('mutation %s of user %s (%s %s) is there and no phone sent it', m.id, m.user_id, m.type, m.record_id)
FROM mutation m LEFT JOIN sent s ON m.id = s.mutation_id AND m.user_id = s.user_id
WHERE s.mutation_id IS NULL AND m.user_id IN (SELECT user_id FROM sent)
""",
    "doubled": """
SELECT format('mutation %s of user %s (%s %s) made %s versions', m.id, m.user_id, m.type, m.record_id, e.applied)
FROM mutation m JOIN effect e ON e.mutation_id = m.id AND e.user_id = m.user_id WHERE e.applied > 1
UNION ALL
SELECT format('mutation %s of user %s (%s %s) is kept as %s and changed the record all the same',
              m.id, m.user_id, m.type, m.record_id, m.status)
FROM mutation m JOIN effect e ON e.mutation_id = m.id AND e.user_id = m.user_id
WHERE m.status IN ('unchanged', 'gone', 'rejected') AND e.applied > 0
""",
    # A track's pieces in one push make one version together, and a tombstone planted for an unknown id makes none.
    "partial": """
SELECT format('mutation %s of user %s (%s %s) is kept as %s without its effect',
              m.id, m.user_id, m.type, m.record_id, m.status)
FROM mutation m LEFT JOIN effect e ON e.mutation_id = m.id AND e.user_id = m.user_id
WHERE (m.status = 'conflict' AND coalesce(e.kept, 0) = 0)
   OR (m.status IN ('applied', 'merged') AND coalesce(e.applied, 0) = 0 AND m.type <> ALL({unions})
       AND NOT EXISTS (SELECT 1 FROM stream_entry p
                       WHERE p.record_id = m.record_id AND p.type = m.type AND p.planted_by = m.user_id))
UNION ALL
SELECT format('mutation %s of user %s had an effect and isn''t kept itself', e.mutation_id, e.user_id)
FROM effect e LEFT JOIN mutation m ON e.mutation_id = m.id AND e.user_id = m.user_id WHERE m.id IS NULL
""",
}
_RECORDS = {
    "versions": """
SELECT format('%s %s has versions %s to %s in %s revisions', type, record_id, first, latest, versions)
FROM made WHERE first <> 1 OR latest <> versions OR apart <> versions
UNION ALL
SELECT format('%s %s stands at version %s in its stream, its revisions at %s',
              coalesce(m.type, e.type), coalesce(m.record_id, e.record_id), e.version, m.latest)
FROM made m FULL JOIN (SELECT * FROM stream_entry WHERE planted_by IS NULL) e
  ON m.record_id = e.record_id AND m.type = e.type AND m.area_id = e.area_id
WHERE m.latest IS DISTINCT FROM e.version
""",
    # The numbers that were given out: one a record and transaction (revisions of one transaction share xmin), and one
    # for each tombstone that was planted.
    "streams": """
SELECT format('stream %s: head %s, but its last entry is %s', s.area_id, s.head, coalesce(e.last, 0))
FROM stream s LEFT JOIN (SELECT area_id, max(seq) AS last FROM stream_entry GROUP BY 1) e USING (area_id)
WHERE s.head <> coalesce(e.last, 0)
UNION ALL
SELECT format('stream %s: number %s stands %s times', area_id, seq, count(*))
FROM stream_entry GROUP BY area_id, seq HAVING count(*) > 1
UNION ALL
SELECT format('stream %s: head %s, but %s numbers were given out', s.area_id, s.head, coalesce(g.given, 0))
FROM stream s LEFT JOIN (
  SELECT area_id, count(*) AS given FROM (
    SELECT DISTINCT area_id, type, record_id, xmin::text FROM revision WHERE status = 'applied'
    UNION ALL SELECT area_id, type, record_id, 'planted' FROM stream_entry WHERE planted_by IS NOT NULL) n
  GROUP BY 1) g USING (area_id)
WHERE s.head <> coalesce(g.given, 0)
""",
    "audit": """
SELECT format('version %s of %s %s has %s audit events', r.version, r.type, r.record_id, coalesce(t.events, 0))
FROM revision r LEFT JOIN told t ON t.record_id = r.record_id AND t.version = r.version AND t.type = r.type
WHERE r.status = 'applied' AND coalesce(t.events, 0) <> 1 AND r.type IN (SELECT type FROM sent)
UNION ALL
SELECT format('version %s of %s %s has an audit event and no revision', t.version, t.type, t.record_id)
FROM told t LEFT JOIN revision r
  ON t.record_id = r.record_id AND t.version = r.version AND t.type = r.type AND r.status = 'applied'
WHERE r.record_id IS NULL AND t.type IN (SELECT type FROM sent)
""",
}
_ROWS = """
SELECT format('{name} %s: row of version %s%s, stream entry of version %s%s%s', coalesce(t.id, e.record_id), t.version,
              CASE WHEN t.deleted_at IS NULL THEN '' ELSE ' (deleted)' END, e.version,
              CASE WHEN e.deleted THEN ' (deleted)' ELSE '' END,
              CASE WHEN r.version IS NULL THEN ', no revision' WHEN NOT e.deleted AND r.data <> {select}::jsonb
                   THEN ', and its last revision says otherwise' ELSE '' END)
FROM {table} t
FULL JOIN (SELECT * FROM stream_entry WHERE type = '{name}' AND planted_by IS NULL) e
  ON e.record_id = t.id AND e.area_id = t.area_id
LEFT JOIN revision r ON r.record_id = t.id AND r.type = '{name}' AND r.version = t.version AND r.status = 'applied'
WHERE t.id IS NULL OR e.record_id IS NULL OR r.version IS NULL OR t.version <> e.version
   OR (t.deleted_at IS NOT NULL) <> e.deleted OR (NOT e.deleted AND r.data <> {select}::jsonb)
"""
_PIECES = """
SELECT format('{name} %s: mutation %s of user %s is kept as applied, and there is none', m.record_id, m.id, m.user_id)
FROM mutation m LEFT JOIN {table} t ON t.id = m.record_id
WHERE m.type = '{name}' AND m.status = 'applied' AND t.id IS NULL
"""
_COUNTS = """
SELECT (SELECT count(*) FROM sent WHERE status IS NOT NULL), (SELECT count(*) FROM sent WHERE status IS NULL),
       (SELECT count(*) FROM sent s JOIN mutation m ON m.id = s.mutation_id AND m.user_id = s.user_id
        WHERE s.status IS NULL),
       (SELECT count(*) FROM mutation), (SELECT count(*) FROM revision WHERE status = 'applied'),
       (SELECT count(*) FROM revision WHERE status <> 'applied'), (SELECT count(*) FROM stream_entry),
       (SELECT sum(events) FROM told)
"""


@dataclass(frozen=True)
class Counts:
    """How much was held against one another."""

    acknowledged: int
    unacknowledged: int
    applied_unacknowledged: int
    mutations: int
    revisions: int
    conflicts: int
    stream_entries: int
    audit_events: int


@dataclass(frozen=True)
class Verdict:
    """What the database says; `findings` by kind, each naming ids, and how many of a kind there are in all."""

    counts: Counts
    findings: dict[str, list[str]]
    totals: dict[str, int]

    def lines(self) -> Iterator[str]:
        """The findings to read."""
        for kind, found in self.findings.items():
            yield from (f"{kind}: {text}" for text in found)
            if self.totals[kind] > len(found):
                yield f"{kind}: … and {self.totals[kind] - len(found)} more"


def check(owner_url: str, sent: Iterable[Sent]) -> Verdict:
    """Hold everything that phones sent against the database."""
    connection = psycopg2.connect(owner_url)
    try:
        connection.set_session(isolation_level="REPEATABLE READ")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'")
            cursor.execute(_SENT)
            _copy(cursor, sent)
            cursor.execute(_PREPARE)
            found = {kind: _found(cursor, sql) for kind, sql in _questions()}
            cursor.execute(_COUNTS)
            counts = Counts(*(int(value or 0) for value in cursor.fetchone() or ()))
    finally:
        connection.close()
    wrong = {kind: texts for kind, texts in found.items() if texts}
    return Verdict(
        counts, {kind: texts[:SHOWN] for kind, texts in wrong.items()}, {k: len(texts) for k, texts in wrong.items()}
    )


def _questions() -> Iterator[tuple[str, str]]:
    unions = "ARRAY[" + ", ".join(f"'{name}'" for name in union_types()) + "]::text[]"
    yield from ((kind, sql.replace("{unions}", unions)) for kind, sql in (_ELEMENTS | _RECORDS).items())
    for union in union_types().values():
        yield f"{union.name} rows", _PIECES.format(name=union.name, table=union.table)
    for kind in record_types().values():
        yield f"{kind.name} rows", _ROWS.format(name=kind.name, table=kind.table, select=kind.shape.select)


def _found(cursor: Cursor, sql: str) -> list[str]:
    cursor.execute(sql)
    return [row[0] for row in cursor.fetchall()]


def _copy(cursor: Cursor, sent: Iterable[Sent]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(astuple(one) for one in sent)
    text.seek(0)
    cursor.copy_expert("COPY sent FROM STDIN WITH (FORMAT csv)", text)
