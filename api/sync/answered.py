"""What each mutation was answered, so that a repeat at any later time gets the same."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.actors import Actor, Statement
from api.problems import Problem
from api.records import Wire
from api.sync.changes import Change, Outcome
from api.sync.store import as_json, id_array

if TYPE_CHECKING:
    from api.sync.envelope import Sent


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


def known(user: str, ids: Iterable[uuid.UUID]) -> Statement:
    """The query for those mutations of a user (an SQL term) that were taken before; `Known.read` reads its rows.

    Each is looked up in the one partition that can hold it: planned for all ids at once, it costs several times more.
    """
    sql = (
        "SELECT m.* FROM unnest(%s::uuid[]) u(id) CROSS JOIN LATERAL ("
        "SELECT id, encode(body_hash, 'hex') AS body_hash, status, version, outcome "
        f"FROM mutation m WHERE m.id = u.id AND m.user_id = {user} LIMIT 1) m"
    )
    return sql, [id_array(ids)]


def stored_problem(outcome: Outcome) -> Wire | None:
    """The problem of an outcome as it is kept: code and faults, told anew in the reader's language at each repeat."""
    if outcome.problem is None:
        return outcome.stored_problem
    faults = [[fault.pointer, fault.code, dict(fault.params)] for fault in outcome.problem.errors]
    return {"code": outcome.problem.code, "errors": faults}


def row(actor: Actor, outcome: Outcome, taken: Change | Sent, received_at: dt.datetime) -> Wire:
    """The row from which a repeat will be answered."""
    return {
        "id": taken.mutation_id,
        "user_id": actor.user_id,
        "body_hash": "\\x" + taken.body_hash.hex(),
        "type": taken.type,
        "record_id": taken.id,
        "status": outcome.status,
        "version": outcome.version,
        "outcome": stored_problem(outcome),
        "received_at": received_at,
    }


def insert(rows: Sequence[Wire], *, again: bool = False) -> Statement:
    """Remember what was answered. `again`: it may be remembered already, where nothing hangs on who was first."""
    sql = (
        "INSERT INTO mutation (id, user_id, body_hash, type, record_id, status, version, outcome, received_at) "
        "SELECT id, user_id, body_hash, type, record_id, status, version, outcome, received_at "
        "FROM json_populate_recordset(NULL::mutation, %s::json)"
    ) + (" ON CONFLICT DO NOTHING" if again else "")
    return sql, [as_json(rows)]
