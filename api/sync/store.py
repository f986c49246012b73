"""The engine's SQL: what it reads and writes, in sets. Rows go to the database as one JSON document a statement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from api.actors import Actor
from api.ids import uuid7
from api.localtime import wire as wire_moment
from api.problems import Problem
from api.records import RecordType, Wire
from api.sync.changes import Change, Clock, Outcome
from api.sync.merge import Past

Statement = tuple[str, Sequence[Any]]


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
    return "{" + ",".join(map(str, ids)) + "}"


def as_json(rows: object) -> str:
    """Rows as the JSON text of a statement's parameter."""
    return orjson.dumps(rows).decode()


def lock_streams(actor: Actor, areas: Sequence[uuid.UUID], *, create: bool = False) -> dict[uuid.UUID, int]:
    """Lock the streams of these areas in id order and give their heads; also tells the database who acts.

    Only a writer that makes areas may `create` missing streams; nobody else can make one by naming an id.
    """
    sql = "SELECT area_id, head FROM stream WHERE area_id = ANY(%s::uuid[]) ORDER BY area_id FOR NO KEY UPDATE"
    params = [list(areas)]
    if create:
        sql = f"INSERT INTO stream (area_id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING; {sql}"
        params = [*params, list(areas)]
    return dict(query(sql, params, as_actor=actor))


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

    def answer(self, body_hash: bytes) -> Outcome:
        """The answer to a repeat: the same for the same body, a refusal for another."""
        if self.body_hash != body_hash:
            return Outcome("rejected", problem=Problem("mutation_id_reused"), repeated=True)
        return Outcome("unchanged", was=self.status, version=self.version, stored_problem=self.problem, repeated=True)


def known_mutations(actor: Actor, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """Those of the actor's mutations that were taken before, by id."""
    if not ids:
        return {}
    rows = query(
        "SELECT id, body_hash, status, version, outcome FROM mutation WHERE id = ANY(%s::uuid[]) AND user_id = %s",
        [list(ids), actor.user_id],
    )
    return {row[0]: Known(bytes(row[1]), row[2], row[3], orjson.loads(row[4]) if row[4] else None) for row in rows}


@dataclass(frozen=True)
class Entry:
    """Where a record stands in an area's stream."""

    version: int
    deleted: bool
    planted: bool


def entries_of(ids: Iterable[uuid.UUID]) -> dict[tuple[str, uuid.UUID, uuid.UUID], Entry]:
    """All entries of these records, in any area, by (type, record, area)."""
    rows = query(
        "SELECT type, record_id, area_id, version, deleted, planted_by IS NOT NULL FROM stream_entry "
        "WHERE record_id = ANY(%s::uuid[])",
        [list(ids)],
    )
    return {(row[0], row[1], row[2]): Entry(*row[3:]) for row in rows}


def rows_of(kind: RecordType, ids: Sequence[uuid.UUID]) -> list[Wire]:
    """Live records of a type in wire form."""
    sql = f"SELECT {kind.shape.select} FROM {kind.table} t WHERE t.id = ANY(%s::uuid[]) AND t.deleted_at IS NULL"
    return [orjson.loads(row[0]) for row in query(sql, [list(ids)])]


def history(oldest: Mapping[tuple[str, uuid.UUID], int]) -> dict[tuple[str, uuid.UUID], list[Past]]:
    """The versions from the named one on, in order, of each record."""
    if not oldest:
        return {}
    wanted = [{"type": kind, "id": str(record_id), "base": base} for (kind, record_id), base in oldest.items()]
    rows = query(
        "SELECT r.type, r.record_id, r.version, r.device_id, r.changed, r.data::text "
        "FROM jsonb_to_recordset(%s::jsonb) AS w(type text, id uuid, base integer) "
        "JOIN revision r ON r.record_id = w.id AND r.type = w.type AND r.version >= w.base "
        "WHERE r.status = 'applied' ORDER BY r.version",
        [as_json(wanted)],
    )
    found: dict[tuple[str, uuid.UUID], list[Past]] = {}
    for kind, record_id, version, device_id, changed, data in rows:
        past = Past(version, device_id, frozenset(changed), orjson.loads(data))
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
    return kind.shape.flatten(record) | kind.columns(record) | {"deleted_at": deleted_at}


def insert_rows(kind: RecordType, rows: Sequence[Wire]) -> Statement:
    """Add new records."""
    names = ", ".join(f'"{name}"' for name in rows[0])
    sql = (
        f"INSERT INTO {kind.table} ({names}) "
        f"SELECT {names} FROM jsonb_populate_recordset(NULL::{kind.table}, %s::jsonb)"
    )
    return sql, [as_json(rows)]


def update_rows(kind: RecordType, rows: Sequence[Wire]) -> Statement:
    """Bring records to their new state."""
    assign = ", ".join(f'"{name}" = r."{name}"' for name in rows[0] if name not in ("id", "area_id"))
    sql = (
        f"UPDATE {kind.table} t SET {assign} "
        f"FROM jsonb_populate_recordset(NULL::{kind.table}, %s::jsonb) r WHERE t.id = r.id"
    )
    return sql, [as_json(rows)]


def upsert_entries(entries: Sequence[Wire]) -> Statement:
    """Move records to their new places in the streams."""
    sql = (
        "INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, planted_by, changed_at) "
        "SELECT record_id, type, area_id, seq, version, deleted, planted_by, now() "
        "FROM jsonb_to_recordset(%s::jsonb) AS e(record_id uuid, type text, area_id uuid, seq bigint, version integer, "
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
    """A row of `revision`."""
    return {
        "id": str(uuid7()),
        "received_at": wire_moment(change.clock.received_at),
        "type": kind,
        "record_id": str(change.id),
        "area_id": str(change.area_id),
        "version": data["version"],
        "base_version": change.base_version,
        "status": status,
        "op": change.op,
        "changed": sorted(changed),
        "data": data,
        "author_id": actor.user_id and str(actor.user_id),
        "device_id": actor.device_id and str(actor.device_id),
        "mutation_id": change.mutation_id and str(change.mutation_id),
    }


def insert_revisions(rows: Sequence[Wire]) -> Statement:
    """Keep versions."""
    return "INSERT INTO revision SELECT * FROM jsonb_populate_recordset(NULL::revision, %s::jsonb)", [as_json(rows)]


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
        "id": str(mutation_id),
        "user_id": str(actor.user_id),
        "body_hash": "\\x" + body_hash.hex(),
        "type": type,
        "record_id": str(record_id),
        "status": outcome.status,
        "version": outcome.version,
        "outcome": stored_problem(outcome),
        "received_at": wire_moment(received_at),
    }


def insert_mutations(rows: Sequence[Wire], *, again: bool = False) -> Statement:
    """Remember what was answered. `again`: it may be remembered already, where nothing hangs on who was first."""
    sql = (
        "INSERT INTO mutation (id, user_id, body_hash, type, record_id, status, version, outcome, received_at) "
        "SELECT id, user_id, body_hash, type, record_id, status, version, outcome, received_at "
        "FROM jsonb_populate_recordset(NULL::mutation, %s::jsonb)"
    ) + (" ON CONFLICT DO NOTHING" if again else "")
    return sql, [as_json(rows)]
