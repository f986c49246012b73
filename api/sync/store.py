"""The engine's SQL: what it reads and writes, in sets. Rows go to the database as one JSON document a statement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from api.actors import Actor, Statement
from api.ids import uuid7s
from api.localtime import wire as wire_moment
from api.postgres import ask
from api.problems import Problem
from api.records import RecordType, Wire
from api.sync.changes import Change, Clock, Outcome
from api.sync.merge import Past


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


def query_all(*statements: Statement, before: Sequence[Statement] = ()) -> list[list[Wire]]:
    """The rows of several queries, by column and as JSON has them, in one round trip and on one snapshot.

    What goes `before` is done first: a snapshot taken after a lock was had sees what its last holder committed.
    """
    asked = ", ".join(f"(SELECT json_agg(q)::text FROM ({sql}) q)" for sql, _ in statements)
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


@dataclass(frozen=True)
class Known:
    """A mutation that was taken before."""

    body_hash: bytes
    status: str
    version: int | None
    problem: Wire | None

    @classmethod
    def of(cls, body_hash: bytes, outcome: Outcome) -> Known:
        """What the next repeat is answered from."""
        return cls(body_hash, outcome.status, outcome.version, stored_problem(outcome))

    @staticmethod
    def read(rows: Iterable[Wire]) -> dict[uuid.UUID, Known]:
        """What the query `known` gave, by mutation."""
        return {
            uuid.UUID(row["id"]): Known(bytes.fromhex(row["body_hash"]), row["status"], row["version"], row["outcome"])
            for row in rows
        }

    def answer(self, body_hash: bytes) -> Outcome:
        """The answer to a repeat: the same for the same body, a refusal for another."""
        if self.body_hash != body_hash:
            return Outcome("rejected", problem=Problem("mutation_id_reused"), repeated=True)
        return Outcome("unchanged", was=self.status, version=self.version, stored_problem=self.problem, repeated=True)


def known(actor: Actor, ids: Iterable[uuid.UUID]) -> Statement:
    """The query for those of the actor's mutations that were taken before; `Known.read` reads its rows.

    Each is looked up in the one partition that can hold it: planned for all ids at once, it costs several times more.
    """
    sql = (
        "SELECT m.* FROM unnest(%s::uuid[]) u(id) CROSS JOIN LATERAL ("
        "SELECT id, encode(body_hash, 'hex') AS body_hash, status, version, outcome "
        "FROM mutation m WHERE m.id = u.id AND m.user_id = %s LIMIT 1) m"
    )
    return sql, [id_array(ids), actor.user_id]


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


MOST_VERSIONS = 1000
"""How many versions an edit may be behind; whoever saw less is taken to have missed a change of every field."""

_HISTORY = """
SELECT r.type, r.record_id, r.version, r.device_id, r.changed,
       CASE WHEN r.version = ANY(w.bases) OR r.device_id = %s OR lead(r.device_id) OVER record = %s
            THEN r.data::text END
FROM json_to_recordset(%s::json) AS w(type text, id uuid, bases integer[], since integer, until integer)
  JOIN revision r ON r.record_id = w.id AND r.type = w.type AND r.status = 'applied'
    AND (r.version = ANY(w.bases) OR (r.version >= w.since AND r.version <= w.until))
WINDOW record AS (PARTITION BY r.type, r.record_id ORDER BY r.version) ORDER BY r.version
"""


def history(
    device_id: uuid.UUID | None, stale: Mapping[tuple[str, uuid.UUID], tuple[set[int], int]]
) -> dict[tuple[str, uuid.UUID], list[Past]]:
    """The versions since those that edits name, in order, of each record; `stale` has the named ones and the newest.

    What others made is read without its content, which nobody asks for unless this device went on from there.
    """
    if not stale:
        return {}
    wanted = [
        {
            "type": kind,
            "id": record_id,
            "bases": sorted(max(base, 1) for base in bases),
            "since": max(min(bases), newest - MOST_VERSIONS),
            "until": newest,
        }
        for (kind, record_id), (bases, newest) in stale.items()
    ]
    found: dict[tuple[str, uuid.UUID], list[Past]] = {}
    for kind, record_id, version, made_on, changed, data in query(_HISTORY, [device_id, device_id, as_json(wanted)]):
        past = Past(version, made_on, frozenset(changed), orjson.loads(data) if data else {})
        found.setdefault((kind, record_id), []).append(past)
    return found


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


def revision(actor: Actor, change: Change, kind: str, data: Wire, changed: Iterable[str], status: str) -> Wire:
    """A row of `revision`, but for its id."""
    return {
        "received_at": change.clock.received_at,
        "type": kind,
        "record_id": change.id,
        "area_id": change.area_id,
        "version": data["version"],
        "base_version": change.base_version,
        "status": status,
        "op": change.op,
        "changed": sorted(changed),
        "data": data,
        "author_id": actor.user_id,
        "device_id": actor.device_id,
        "mutation_id": change.mutation_id,
    }


def insert_revisions(rows: Sequence[Wire]) -> Statement:
    """Keep versions, each under an id of its own."""
    for row, made in zip(rows, uuid7s(len(rows)), strict=True):
        row["id"] = made
    return "INSERT INTO revision SELECT * FROM json_populate_recordset(NULL::revision, %s::json)", [as_json(rows)]


def stored_problem(outcome: Outcome) -> Wire | None:
    """The problem of an outcome as it is kept: code and faults, told anew in the reader's language at each repeat."""
    if outcome.problem is None:
        return outcome.stored_problem
    faults = [[fault.pointer, fault.code, dict(fault.params)] for fault in outcome.problem.errors]
    return {"code": outcome.problem.code, "errors": faults}


def mutation(
    actor: Actor,
    outcome: Outcome,
    *,
    mutation_id: uuid.UUID,
    body_hash: bytes,
    type: str,
    record_id: uuid.UUID,
    received_at: dt.datetime,
) -> Wire:
    """A row of `mutation`."""
    return {
        "id": mutation_id,
        "user_id": actor.user_id,
        "body_hash": "\\x" + body_hash.hex(),
        "type": type,
        "record_id": record_id,
        "status": outcome.status,
        "version": outcome.version,
        "outcome": stored_problem(outcome),
        "received_at": received_at,
    }


def insert_mutations(rows: Sequence[Wire], *, again: bool = False) -> Statement:
    """Remember what was answered. `again`: it may be remembered already, where nothing hangs on who was first."""
    sql = (
        "INSERT INTO mutation (id, user_id, body_hash, type, record_id, status, version, outcome, received_at) "
        "SELECT id, user_id, body_hash, type, record_id, status, version, outcome, received_at "
        "FROM json_populate_recordset(NULL::mutation, %s::json)"
    ) + (" ON CONFLICT DO NOTHING" if again else "")
    return sql, [as_json(rows)]
