"""Changes by the thousand: worked out before anything is locked, so that the transaction only numbers and copies.

The engine holds its streams while it works; with 20,000 changes that would be half a minute. Here the same work (rules,
versions, revisions, events) is done on what was read without a lock; under the locks it is then checked that none of
the records changed meanwhile, and all is written by COPY. Only services may use it: nobody's rights are looked at.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import JSONField

from api.actors import Actor, Event, Statement
from api.ids import uuid7s
from api.localtime import now
from api.localtime import wire as wire_moment
from api.postgres.copying import Copy, copy_rows, joined
from api.records import RecordType, Wire, record_type
from api.sync import store
from api.sync.batch import Batch, State
from api.sync.changes import Change
from api.sync.engine import load, work_in

_AT_ONCE = 1_000


class Overtaken(Exception):
    """Records changed since they were read: nothing may be written by what was worked out from them."""

    def __init__(self, ids: Sequence[uuid.UUID]) -> None:
        super().__init__(f"{len(ids)} records changed meanwhile")
        self.ids = list(ids)


@dataclass(frozen=True)
class _Place:
    """A record that was worked out: from which version (0: a new one) to which."""

    id: uuid.UUID
    kind: str
    area_id: uuid.UUID
    read_at: int
    version: int
    deleted: bool
    line: tuple[str, str] = ("", "")
    """Of a new record: its row in the streams as COPY takes it, up to its number there, and on to the moment."""


@dataclass
class Prepared:
    """What is to be written, bar the numbers in the streams, which are known under their locks alone."""

    actor: Actor
    places: list[_Place] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    inserts: list[Statement] = field(default_factory=list)
    """New rows of tables that the database guards row by row, which COPY doesn't fill."""
    updates: list[Statement] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """What the trail has to say of it: for the caller to write, together with its own."""


def prepare(actor: Actor, changes: Sequence[Change], *, progress: Callable[[int], None] | None = None) -> Prepared:
    """Work the changes in, some at a time, without a lock. Whatever isn't taken is raised as its problem.

    All changes of one record must lie within one batch, so callers give them one after the other; `progress` is told
    how many are done.
    """
    prepared = Prepared(actor)
    for start in range(0, len(changes), _AT_ONCE):
        some = changes[start : start + _AT_ONCE]
        with transaction.atomic():  # in which the database knows who acts; nothing is locked
            batch = load(actor, some, before=[actor.row_security()])
        outcomes, _ = work_in(batch, some)
        for outcome in outcomes:
            outcome.or_raise()
        _add(prepared, batch)
        if progress:
            progress(start + len(some))
    prepared.copies = joined(prepared.copies)
    return prepared


def _add(prepared: Prepared, batch: Batch) -> None:
    """The rows, versions and events of one batch."""
    made = [state for state in batch.states.values() if state.made]
    prepared.places += [_place(state) for state in made]
    rows: dict[tuple[str, bool], list[Wire]] = {}
    for state in made:
        gone_at = wire_moment(now()) if state.deleted else None
        row = store.row(state.kind, state.made[-1].data, gone_at)
        rows.setdefault((state.kind.name, state.loaded is None), []).append(row)
    for (name, new), some in rows.items():
        kind = record_type(name)
        if new and kind.row_security:
            prepared.inserts.append(store.insert_rows(kind, some))
        elif new:
            prepared.copies.append(copy_rows(kind.table, some, _json_columns(kind)))
        else:
            prepared.updates.append(store.update_rows(kind, some))
    for revision, made_id in zip(batch.revisions, uuid7s(len(batch.revisions)), strict=True):
        revision["id"] = made_id
    prepared.copies.append(copy_rows("revision", batch.revisions, {"data"}))
    prepared.events += batch.events


def _place(state: State) -> _Place:
    line = ("", "")
    if not state.loaded_version:
        deleted = "t" if state.deleted else "f"
        line = (f"{state.id}\t{state.kind.name}\t{state.area_id}\t", f"\t{state.version}\t{deleted}\t")
    return _Place(state.id, state.kind.name, state.area_id, state.loaded_version, state.version, state.deleted, line)


def _json_columns(kind: RecordType) -> set[str]:
    return {str(column.column) for column in kind.model._meta.concrete_fields if isinstance(column, JSONField)}


def carry_out(prepared: Prepared) -> None:
    """Lock the streams, number what was prepared, and write it, in the caller's transaction. Raises `Overtaken`."""
    if not prepared.places:
        return
    areas = sorted({place.area_id for place in prepared.places})
    standing = {place.id: place for place in prepared.places if place.read_at}
    heads, found = store.query_all(
        store.heads(areas),
        store.entries(standing),
        before=[prepared.actor.row_security(), *store.lock_streams(areas, create=True)],
    )
    entries = store.Entry.read(found)
    overtaken = [
        place.id
        for place in standing.values()
        if (entry := entries.get((place.kind, place.id, place.area_id))) is None or entry.version != place.read_at
    ]
    if overtaken:
        raise Overtaken(overtaken)
    moved = {uuid.UUID(row["area_id"]): int(row["head"]) for row in heads}
    new, old = _numbered(prepared.places, moved)
    store.run(prepared.updates)  # first: what ends makes room for what begins
    store.run(prepared.inserts)
    for copy in prepared.copies:
        copy.run()
    new.run()
    upserts = [store.upsert_entries(old[at : at + _AT_ONCE]) for at in range(0, len(old), _AT_ONCE)]
    store.run([*upserts, store.move_heads(moved)])


_ENTRY = ("record_id", "type", "area_id", "seq", "version", "deleted", "changed_at")


def _numbered(places: Sequence[_Place], heads: dict[uuid.UUID, int]) -> tuple[Copy, list[Wire]]:
    """Each record's next place in its stream, of new and of old ones; `heads` are moved on."""
    lines: list[str] = []
    end = f"{now().isoformat()}\n"
    old: list[Wire] = []
    for place in places:
        heads[place.area_id] = seq = heads[place.area_id] + 1
        if place.read_at:
            old.append(
                {
                    "record_id": place.id,
                    "type": place.kind,
                    "area_id": place.area_id,
                    "seq": seq,
                    "version": place.version,
                    "deleted": place.deleted,
                    "planted_by": None,
                }
            )
        else:
            lines += (place.line[0], str(seq), place.line[1], end)
    return Copy("stream_entry", _ENTRY, "".join(lines).encode()), old
