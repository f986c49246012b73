"""The one way in which records change: lock streams, read, merge, number, store – in sets, whatever the number of
changes.

Round trips depend on the types touched: one to lock and to read streams, entries and places, one a type for rows, one
for the versions that stale edits name (both only if there are any), what a type consults, one for all that is written.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from api.actors import Actor, Statement
from api.records import Known, Wire, record_type
from api.sync import answered, history, store
from api.sync.batch import Batch, State, record_type_of
from api.sync.changes import Change, Outcome
from api.sync.operations import in_turn, unite
from api.sync.storing import store_all
from api.sync.unions import UnionRows


def write(actor: Actor, changes: Sequence[Change], *, alongside: Sequence[Statement] = ()) -> list[Outcome]:
    """Make these changes in one transaction (the caller's, if one is open) and say what became of each, in order.

    `alongside` are statements that must hold together with them. Rejections are outcomes; nothing is raised for them.
    """
    if transaction.get_connection().in_atomic_block:
        return _write(actor, changes, alongside)
    with transaction.atomic():
        return _write(actor, changes, alongside)


def write_one(actor: Actor, change: Change) -> Outcome:
    """One change; anything but success is raised as its Problem (see `Outcome.or_raise`)."""
    return write(actor, [change])[0].or_raise()


def _write(actor: Actor, changes: Sequence[Change], alongside: Sequence[Statement]) -> list[Outcome]:
    areas = sorted({change.area_id for change in changes})
    locks = store.lock_streams(areas, create=any(change.system for change in changes))
    batch = load(actor, changes, before=[actor.row_security(), *locks])
    outcomes, made = work_in(batch, changes)
    for name, records in store_all(batch, made, alongside).items():
        if follow := record_type(name).afterwards:
            follow(actor, records)
    return outcomes


def work_in(batch: Batch, changes: Sequence[Change]) -> tuple[list[Outcome], list[tuple[Change, Outcome]]]:
    """Work the changes into what was loaded: what became of each, in order, and those that were no repeats."""
    outcomes: list[Outcome] = []
    known: dict[uuid.UUID, answered.Known] = {}
    made: list[tuple[Change, Outcome]] = []
    for change in changes:
        # The same mutation may stand twice in one push: the second is a repeat of the first.
        before = known.get(change.mutation_id) if change.mutation_id else None
        if before:
            outcomes.append(before.answer(change.body_hash))
            continue
        outcome = in_turn(batch, change)
        outcomes.append(outcome)
        made.append((change, outcome))
        if change.mutation_id and outcome.status != "deferred":
            known[change.mutation_id] = answered.Known.of(change.body_hash, outcome)
    unite(batch)
    return outcomes, made


def load(actor: Actor, changes: Sequence[Change], *, before: Sequence[Statement]) -> Batch:
    """Read all that the changes touch: entries, rows, and the versions that stale edits name.

    `before` goes first: it tells the database who acts, and locks the streams.
    """
    heads, found, places = store.query_all(
        store.heads(sorted({change.area_id for change in changes})),
        store.entries({change.id for change in changes}),
        actor.places({change.area_id for change in changes if not change.system}),
        before=before,
    )
    entries = store.Entry.read(found)
    wanted = {(record_type_of(change.type).name, change.id): change.area_id for change in changes}
    states: dict[tuple[str, uuid.UUID], State] = {}
    taken: dict[tuple[str, uuid.UUID], uuid.UUID] = {}
    for key, area_id in wanted.items():
        here = entries.get((*key, area_id))
        state = states[key] = State(kind=record_type(key[0]), id=key[1], area_id=area_id)
        if here is not None:
            state.loaded_version, state.deleted = here.version, here.deleted
    for name, record_id, area_id in entries:
        if wanted.get((name, record_id)) != area_id and not entries[name, record_id, area_id].planted:
            taken[name, record_id] = area_id
    alive: dict[str, list[uuid.UUID]] = defaultdict(list)
    for state in states.values():
        if state.loaded_version and not state.deleted:
            state.hidden = True
            alive[state.kind.name].append(state.id)
    for name, ids in alive.items():
        for record in store.rows_of(record_type(name), ids):
            state = states[name, uuid.UUID(record["id"])]
            state.loaded = state.record = record
            state.hidden = False
    return Batch(
        actor=actor,
        standings=actor.standing_at((uuid.UUID(place["area_id"]), place["path"]) for place in places),
        heads={uuid.UUID(row["area_id"]): row["head"] for row in heads},
        states=states,
        taken=taken,
        history=history.since(actor.device_id, _stale(changes, states)),
        pieces=UnionRows.load(
            actor, changes, {s.id: (s.kind.name, s.area_id) for s in states.values() if s.loaded is None}
        ),
        known=_consulted(actor, changes, states),
    )


def _consulted(
    actor: Actor, changes: Iterable[Change], states: Mapping[tuple[str, uuid.UUID], State]
) -> dict[str, Known]:
    """What each type looks up elsewhere, given all its records as they stand and as they were sent."""
    touched: dict[str, list[Wire]] = defaultdict(list)
    for state in states.values():
        if state.kind.consult and state.loaded:
            touched[state.kind.name].append(state.loaded)
    for change in changes:
        found = states.get((change.type, change.id))
        if found and found.kind.consult and change.op != "delete":
            identity = {"id": str(change.id), "area_id": str(change.area_id)}
            touched[change.type].append({**(found.loaded or found.kind.shape.blank()), **change.data, **identity})
    return {name: kind.consult(actor, sent) for name, sent in touched.items() if (kind := record_type(name)).consult}


def _stale(
    changes: Iterable[Change], states: Mapping[tuple[str, uuid.UUID], State]
) -> dict[tuple[str, uuid.UUID], tuple[set[int], int]]:
    """The records whose edits name older versions: those versions, and the one that it stands at."""
    found: dict[tuple[str, uuid.UUID], tuple[set[int], int]] = {}
    for change in changes:
        state = states.get((change.type, change.id))
        if state and state.record and change.expected_version is None:
            base = change.base_version or 0
            if base < state.loaded_version:
                found.setdefault((change.type, change.id), (set(), state.loaded_version))[0].add(base)
    return found
