"""The engine's SQL: what it reads and writes, in sets. Rows go to the database as one JSON document a statement."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from api.actors import Actor, Statement
from api.localtime import wire as wire_moment
from api.postgres import ask
from api.records import RecordType, Wire
from api.sync.changes import Clock


def run(statements: Sequence[Statement]) -> None:
    """Send several statements in one round trip."""
    if not statements:
        return
    sql = [text for text, _ in statements]
    with connection.cursor() as cursor:
        cursor.execute(";\n".join(sql), [value for _, values in statements for value in values])


def query(sql: str, params: Sequence[Any], *, as_actor: Actor | None = None) -> list[tuple[Any, ...]]:
    """The rows of one query.

    `as_actor`, where guarded tables are met: what tells the database who acts goes before it in the same round trip,
    and so in the same transaction, open or not.
    """
    if as_actor is not None:
        guard, guard_params = as_actor.row_security()
        sql, params = f"{guard}; {sql}", [*guard_params, *params]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def id_array(ids: Iterable[object]) -> str:
    """Ids as one array literal: adapted one by one, five hundred of them would cost more than the query."""
    return "{" + as_json(list(ids))[1:-1] + "}"


def as_json(rows: object) -> str:
    """Rows as the JSON text of a statement's parameter."""
    return orjson.dumps(rows).decode()


def as_text(sql: str) -> str:
    """An SQL term: the rows of a query as one JSON text, null if there are none."""
    return f"(SELECT json_agg(q)::text FROM ({sql}) q)"


def query_all(*statements: Statement, before: Sequence[Statement] = ()) -> list[list[Wire]]:
    """The rows of several queries, by column and as JSON has them, in one round trip and on one snapshot.

    What goes `before` is done first: a snapshot taken after a lock was had sees what its last holder committed.
    """
    asked = ", ".join(as_text(sql) for sql, _ in statements)
    [row] = ask(f"SELECT {asked}", [value for _, values in statements for value in values], before=before)
    return [orjson.loads(text) if text else [] for text in row]


def lock_streams(areas: Sequence[uuid.UUID], *, create: bool = False) -> list[Statement]:
    """Lock the streams of these areas in id order.

    Only a writer that makes areas may `create` missing streams; nobody else can make one by naming an id.
    """
    ids = [id_array(areas)]
    lock = "SELECT 1 FROM stream WHERE area_id = ANY(%s::uuid[]) ORDER BY area_id FOR NO KEY UPDATE"
    make = "INSERT INTO stream (area_id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING"
    return [(make, ids), (lock, ids)] if create else [(lock, ids)]


def heads(areas: Sequence[uuid.UUID]) -> Statement:
    """The query for the heads of these streams: area_id, head."""
    return "SELECT area_id, head FROM stream WHERE area_id = ANY(%s::uuid[])", [id_array(areas)]


Entries = dict[tuple[str, uuid.UUID, uuid.UUID], "Entry"]
"""Entries by type, record and area."""


@dataclass(frozen=True)
class Entry:
    """Where a record stands in an area's stream."""

    version: int
    deleted: bool
    planted: bool

    @staticmethod
    def read(rows: Iterable[Wire]) -> Entries:
        """What the query `entries` gave."""
        return {
            (row["type"], uuid.UUID(row["record_id"]), uuid.UUID(row["area_id"])): Entry(
                row["version"], row["deleted"], row["planted"]
            )
            for row in rows
        }


def entries(ids: Iterable[uuid.UUID]) -> Statement:
    """The query for all entries of these records, in any area; `Entry.read` reads its rows."""
    sql = (
        "SELECT type, record_id, area_id, version, deleted, planted_by IS NOT NULL AS planted FROM stream_entry "
        "WHERE record_id = ANY(%s::uuid[])"
    )
    return sql, [id_array(ids)]


def rows_of(kind: RecordType, ids: Sequence[uuid.UUID]) -> list[Wire]:
    """Live records of a type in wire form."""
    sql = f"SELECT {kind.shape.select} FROM {kind.table} t WHERE t.id = ANY(%s::uuid[]) AND t.deleted_at IS NULL"
    return [orjson.loads(row[0]) for row in ask(sql, [id_array(ids)])]


def stamps(clock: Clock, actor: Actor, flags: list[str]) -> Wire:
    """What the server writes on a new record."""
    return {
        "version": 1,
        "occurred_at": wire_moment(clock.occurred_at),
        "received_at": wire_moment(clock.received_at),
        "clock_skew_s": clock.skew_s,
        "author_id": actor.user_id and str(actor.user_id),
        "device_id": actor.device_id and str(actor.device_id),
        "flags": flags,
    }


def row(kind: RecordType, record: Wire, deleted_at: str | None) -> Wire:
    """A record as the columns of its table."""
    columns = kind.shape.flatten(record)
    columns.update(kind.columns(record), deleted_at=deleted_at)
    return columns


def insert_rows(kind: RecordType, rows: Sequence[Wire]) -> Statement:
    """Add new records."""
    names = ", ".join(f'"{name}"' for name in rows[0])
    sql = (
        f"INSERT INTO {kind.table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{kind.table}, %s::json)"
    )
    return sql, [as_json(rows)]


def update_rows(kind: RecordType, rows: Sequence[Wire]) -> Statement:
    """Bring records to their new state."""
    assign = ", ".join(f'"{name}" = r."{name}"' for name in rows[0] if name not in ("id", "area_id"))
    sql = (
        f"UPDATE {kind.table} t SET {assign} "
        f"FROM json_populate_recordset(NULL::{kind.table}, %s::json) r WHERE t.id = r.id"
    )
    return sql, [as_json(rows)]


def upsert_entries(entries: Sequence[Wire]) -> Statement:
    """Move records to their new places in the streams."""
    sql = (
        "INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, planted_by, changed_at) "
        "SELECT record_id, type, area_id, seq, version, deleted, planted_by, now() "
        "FROM json_to_recordset(%s::json) AS e(record_id uuid, type text, area_id uuid, seq bigint, version integer, "
        "deleted boolean, planted_by uuid) "
        "ON CONFLICT (record_id, type, area_id) DO UPDATE SET seq = excluded.seq, version = excluded.version, "
        "deleted = excluded.deleted, changed_at = excluded.changed_at"
    )
    return sql, [as_json(entries)]


def move_heads(heads: Mapping[uuid.UUID, int]) -> Statement:
    """Set the heads of locked streams."""
    sql = (
        "UPDATE stream s SET head = h.head "
        "FROM unnest(%s::uuid[], %s::bigint[]) h(area_id, head) WHERE s.area_id = h.area_id"
    )
    return sql, [list(heads), list(heads.values())]
