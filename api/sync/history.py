"""The versions of records: what others made of one since an edit was begun, and keeping what is made now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

import orjson

from api.actors import Actor, Statement
from api.ids import uuid7s
from api.records import Wire
from api.sync.changes import Change
from api.sync.merge import Past
from api.sync.store import as_json, query

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


def since(
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


def insert(rows: Sequence[Wire]) -> Statement:
    """Keep versions, each under an id of its own."""
    for row, made in zip(rows, uuid7s(len(rows)), strict=True):
        row["id"] = made
    return "INSERT INTO revision SELECT * FROM json_populate_recordset(NULL::revision, %s::json)", [as_json(rows)]
