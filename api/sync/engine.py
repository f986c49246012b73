"""The one way in which records change: lock streams, read, merge, number, store – in sets, whatever the number of
changes.

Queries depend on the areas and types touched: one to lock, one for known mutations, one for entries, one a type for
rows, one for the versions that stale edits name (only if there are any), one for all that is written.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from django.db import transaction

from api.actors import NOBODY, Actor, Event, Standing
from api.fields import ListOf
from api.localtime import now
from api.localtime import wire as wire_moment
from api.problems import FieldError, Problem
from api.records import RecordType, Wire, record_type, target_of
from api.shapes import Shape
from api.sync import store
from api.sync.changes import Change, Outcome, rejected
from api.sync.merge import Past, Replay, Seen, merge
from api.sync.unions import UnionRows


@dataclass
class State:
    """A record while its changes are worked in: as loaded, then as it will be stored."""

    kind: RecordType
    id: uuid.UUID
    area_id: uuid.UUID
    loaded: Wire | None = None
    loaded_version: int = 0
    record: Wire | None = None
    deleted: bool = False
    planted: bool = False
    late: bool = False
    hidden: bool = False
    made: list[Past] = field(default_factory=list)
    replays: dict[int, Replay] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The version that it stands at now."""
        return self.made[-1].version if self.made else self.loaded_version


@dataclass
class Batch:
    """Everything that one transaction works on."""

    actor: Actor
    standings: Mapping[uuid.UUID, Standing]
    heads: dict[uuid.UUID, int]
    states: dict[tuple[str, uuid.UUID], State]
    taken: Mapping[tuple[str, uuid.UUID], uuid.UUID]
    history: Mapping[tuple[str, uuid.UUID], list[Past]]
    pieces: UnionRows
    revisions: list[Wire] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waiting: set[tuple[str, uuid.UUID]] = field(default_factory=set)


def write(actor: Actor, changes: Sequence[Change], *, alongside: Sequence[store.Statement] = ()) -> list[Outcome]:
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


def _write(actor: Actor, changes: Sequence[Change], alongside: Sequence[store.Statement]) -> list[Outcome]:
    areas = sorted({change.area_id for change in changes})
    heads = store.lock_streams(actor, areas, create=any(change.system for change in changes))
    known = store.known_mutations(actor, [change.mutation_id for change in changes if change.mutation_id])
    fresh = [change for change in changes if change.mutation_id not in known]
    outcomes: list[Outcome] = []
    batch = _load(actor, fresh, heads) if fresh or alongside else None
    made: list[tuple[Change, Outcome]] = []
    for change in changes:
        # The same mutation may stand twice in one push: the second is a repeat of the first.
        before = known.get(change.mutation_id) if change.mutation_id else None
        if before:
            outcomes.append(before.answer(change.body_hash))
            continue
        assert batch is not None
        outcome = _in_turn(batch, change)
        outcomes.append(outcome)
        made.append((change, outcome))
        if change.mutation_id and outcome.status != "deferred":
            known[change.mutation_id] = store.Known.of(change.body_hash, outcome)
    if batch is not None:
        _store(batch, made, alongside)
    return outcomes


def _load(actor: Actor, changes: Sequence[Change], heads: dict[uuid.UUID, int]) -> Batch:
    """Read all that the changes touch: entries, rows, and the versions that stale edits name."""
    entries = store.entries_of([change.id for change in changes])
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
        standings=actor.standing({change.area_id for change in changes if not change.system}),
        heads=heads,
        states=states,
        taken=taken,
        history=store.history(_stale(changes, states)),
        pieces=UnionRows.load(
            actor, changes, {s.id: (s.kind.name, s.area_id) for s in states.values() if s.loaded is None}
        ),
    )


def record_type_of(name: str) -> RecordType:
    """The record type that a change is about: a track's is its patrol's."""
    found = target_of(name)
    assert found is not None
    return found


def _stale(
    changes: Iterable[Change], states: Mapping[tuple[str, uuid.UUID], State]
) -> dict[tuple[str, uuid.UUID], int]:
    """The records whose edits name an older version, with the oldest one named."""
    oldest: dict[tuple[str, uuid.UUID], int] = {}
    for change in changes:
        state = states.get((change.type, change.id))
        if state and state.record and change.expected_version is None:
            base = change.base_version or 0
            if base < state.loaded_version:
                oldest[change.type, change.id] = min(base, oldest.get((change.type, change.id), base))
    return oldest


def _in_turn(batch: Batch, change: Change) -> Outcome:
    """Work one change in, unless an earlier one of its record waits: a later edit must not overtake it."""
    key = change.type, change.id
    if key in batch.waiting and change.op == "patch":
        return Outcome(status="deferred", problem=Problem("not_there_yet"))
    outcome = _apply(batch, change)
    if outcome.status == "deferred":
        batch.waiting.add(key)
    return outcome


def _apply(batch: Batch, change: Change) -> Outcome:
    """Work one change in; every reason to turn it away comes before anything is altered."""
    state = batch.states[record_type_of(change.type).name, change.id]
    standing = batch.standings.get(change.area_id, NOBODY)
    if not change.system and standing == NOBODY:
        return rejected(Problem("not_found"))
    if not change.system:
        try:
            state.late = _permit(change, state, standing, batch.actor) is Permit.LATE
        except Problem as refused:
            return rejected(refused)
    if state.hidden:
        return rejected(Problem("already_exists" if change.op == "put" else "forbidden"))
    piece = change.type != state.kind.name
    if (state.kind.name, change.id) in batch.taken and not state.version and not piece:
        return _elsewhere(batch, change, state)
    seen = standing.may_read(state.kind) or change.system
    if state.deleted:
        return Outcome(status="gone", version=state.version, problem=None)
    if change.expected_version is not None and (state.record is None or state.version != change.expected_version):
        return Outcome(status="stale", version=state.version, record=state.record if seen else None)
    outcome = _OPERATIONS[change.op](batch, change, state)
    outcome.late = state.late
    outcome.record = dict(state.record) if (seen or state.late) and state.record is not None else None
    return outcome


def _elsewhere(batch: Batch, change: Change, state: State) -> Outcome:
    """The id stands in another area. To who can't see it there, a patch or delete is as for an id that nobody has."""
    if change.op == "put":
        return rejected(Problem("already_exists"))
    if change.op == "delete":
        return _plant(batch, change, state)
    return Outcome(status="deferred", problem=Problem("not_there_yet"))


class Permit(Enum):
    """What a change is taken as."""

    FULL = auto()
    LATE = auto()
    """Made while a membership lasted, delivered after it ended."""


def _permit(change: Change, state: State, standing: Standing, actor: Actor) -> Permit:
    """The right by which the actor makes this change; raises `forbidden` or `membership_ended` if there is none."""
    teams = {record["team_id"] for record in (state.record, change.data) if record and "team_id" in record}
    if not teams and (state.record is None or "team_id" in state.record):
        # The record names no team, or isn't there yet (a delete, a track that comes first): any own team will do.
        teams = {str(team) for team in standing.teams}
    if all(standing.may_write(state.kind, team) for team in teams or {None}):
        return Permit.FULL
    made = change.clock.occurred_at
    for window in standing.late:
        own_record = state.record is None or state.record["author_id"] == str(actor.user_id)
        if own_record and teams <= {str(window.team_id)} and window.start <= made <= window.end:
            return Permit.LATE
    raise Problem("membership_ended" if standing.late else "forbidden")


def _put(batch: Batch, change: Change, state: State) -> Outcome:
    """Create, or lay a whole record on the one that is there."""
    if change.type != state.kind.name:
        return _add_piece(batch, change, state)
    if state.record is None:
        return _create(batch, change, state)
    if not change.base_version:
        past = _past(batch, state)
        first = next((p for p in past if p.version == 1), None)
        if first and all(first.data.get(name) == value for name, value in change.data.items()):
            return Outcome(status="unchanged", version=state.version)
        # A phone that lost an answer sends its later edits as creates too; a single request means what it says.
        queued = change.mutation_id is not None and batch.actor.device_id is not None
        own = queued and first is not None and first.device_id == batch.actor.device_id
        if change.base_version is None and not own:
            return rejected(Problem("already_exists"))
    return _edit(batch, change, state)


def _create(batch: Batch, change: Change, state: State) -> Outcome:
    """The first version of a record."""
    shape, clock = state.kind.shape, change.clock
    record: Wire = {name: shape.default(name) for name in shape.input} | change.data
    flags = [flag for flag, on in (("estimated", clock.estimated), ("late", state.late)) if on]
    record |= store.stamps(clock, batch.actor, flags) | {"id": str(change.id), "area_id": str(change.area_id)}
    record = {name: record.get(name) for name in shape.fields}
    record["recorded_at"] = state.kind.recorded_at(record) or record["occurred_at"]
    if "team_id" in record and record["team_id"] is None:
        record["team_id"] = _team_of_author(batch, change)
    record |= batch.pieces.derived(state.kind, state.id)
    record |= state.kind.derive(record)
    if faults := state.kind.rules(record):
        return rejected(Problem("invalid", errors=faults))
    _commit(batch, change, state, record, set(shape.input))
    return Outcome(status="applied", version=1)


def _team_of_author(batch: Batch, change: Change) -> str | None:
    """The team that a record without one is given: its author's own in that area, the older one of two."""
    standing = batch.standings.get(change.area_id, NOBODY)
    teams = standing.teams or {window.team_id for window in standing.late}
    return str(min(teams)) if teams else None


def _edit(batch: Batch, change: Change, state: State) -> Outcome:
    """Merge an edit into the record as it stands."""
    assert state.record is not None
    if str(state.record["area_id"]) != str(change.data.get("area_id", state.record["area_id"])):
        return rejected(Problem("area_fixed"))
    kinds = state.kind.shape.merge_kinds
    merged = merge(
        kinds=kinds,
        current=state.record,
        sent=change.data,
        whole=change.op == "put",
        seen=_seen(batch, change, state),
        derived=change.system,
    )
    if faults := _unfit(state.kind.shape, change, state.record, merged.record, merged.changed):
        return rejected(Problem("invalid", errors=faults))
    if merged.changed:
        record = merged.record | state.kind.derive(merged.record)
        if state.late and "late" not in record["flags"]:
            record["flags"] = sorted([*record["flags"], "late"])
        if faults := state.kind.rules(record):
            return rejected(Problem("invalid", errors=faults))
        _commit(batch, change, state, record, merged.changed)
    if merged.conflicts:
        _keep_conflict(batch, change, state, merged.conflicts)
        conflicts = [
            {"field": name, "sent": value, "stored": merged.record.get(name)}
            for name, value in merged.conflicts.items()
        ]
        return Outcome(status="conflict", version=state.version, conflicts=conflicts)
    status = "unchanged" if not merged.changed else "merged" if merged.others else "applied"
    return Outcome(status=status, version=state.version)  # type: ignore[arg-type]


def _unfit(shape: Shape, change: Change, stood: Wire, merged: Wire, changed: set[str]) -> list[FieldError]:
    """What no edit may do: change a fixed field, or make a list longer than its shape allows by adding to others'."""
    fixed = [] if change.system else [name for name, kind in shape.merge_kinds.items() if kind == "fixed"]
    faults = [FieldError(f"/{name}", "fixed") for name in fixed if change.data.get(name, stood[name]) != stood[name]]
    for name in changed:
        field = shape.fields[name]
        if isinstance(field, ListOf) and len(merged[name] or ()) > (field.max_length or 0):
            faults.append(FieldError(f"/{name}", "too_many_items", {"max": field.max_length}))
    return faults


def _patch(batch: Batch, change: Change, state: State) -> Outcome:
    """Change what was sent, leave the rest alone."""
    if state.record is None:
        return Outcome(status="deferred", problem=Problem("not_there_yet"))
    return _edit(batch, change, state)


def _delete(batch: Batch, change: Change, state: State) -> Outcome:
    """Delete, unless others changed what the phone hadn't seen; deleting the unknown plants its tombstone."""
    if state.record is None:
        return _plant(batch, change, state)
    seen = _seen(batch, change, state)
    if seen.others:
        _keep_conflict(batch, change, state, {})
        stored = [{"field": name, "sent": None, "stored": state.record.get(name)} for name in sorted(seen.others)]
        return Outcome(status="conflict", version=state.version, conflicts=stored)
    _commit(batch, change, state, None, set())
    return Outcome(status="applied", version=state.version)


def _plant(batch: Batch, change: Change, state: State) -> Outcome:
    """A tombstone for an id that this area never had: its create, if it still comes, is answered `gone`."""
    state.deleted = state.planted = True
    state.loaded_version = 1
    return Outcome(status="applied", version=1)


def _add_piece(batch: Batch, change: Change, state: State) -> Outcome:
    """Add a piece to what is kept beside a record. All pieces of a batch are united at its end (`_unite`)."""
    outcome = Outcome(status="applied", version=state.version)
    batch.pieces.add(change, outcome)
    return outcome


def _unite(batch: Batch) -> None:
    """Unite the pieces that came; a record that is there takes over what follows from the whole, in one version."""
    for change, outcomes in batch.pieces.unite():
        state = batch.states[record_type_of(change.type).name, change.id]
        if change.id in batch.pieces.grown_ids(change.type) and state.record is not None:
            summary = batch.pieces.summary(change.type, state.id)
            _commit(batch, change, state, state.record | summary, set(summary))
        for outcome in outcomes:
            outcome.version = state.version


_OPERATIONS: dict[str, Callable[[Batch, Change, State], Outcome]] = {
    "put": _put,
    "patch": _patch,
    "delete": _delete,
}


def _past(batch: Batch, state: State) -> list[Past]:
    """The versions that were read for this record, then those made in this very batch."""
    read = batch.history.get((state.kind.name, state.id))
    if not read and state.loaded:
        read = [Past(state.loaded_version, None, frozenset(), state.loaded)]
    return [*(read or ()), *state.made]


def _seen(batch: Batch, change: Change, state: State) -> Seen:
    """What the sender saw when it made this edit."""
    base = change.base_version or 0
    if change.expected_version is not None or base >= state.version:
        return Seen(state.record or {}, frozenset())
    kinds = state.kind.shape.merge_kinds
    replay = state.replays.setdefault(base, Replay(kinds, base, batch.actor.device_id))
    return replay.feed(_past(batch, state))


def _commit(batch: Batch, change: Change, state: State, record: Wire | None, changed: set[str]) -> None:
    """Make the next version of a record: its revision and its audit event go with it."""
    before, version = state.record, state.version + 1
    stood = dict(record or before or {}) | {"version": version}
    state.record, state.deleted = None if record is None else stood, record is None
    state.made.append(Past(version, batch.actor.device_id, frozenset(changed), stood))
    batch.revisions.append(store.revision(batch.actor, change, state.kind.name, stood, changed, "applied"))
    verb = change.event or f"{state.kind.name}.{state.kind.verb(before, record)}"
    batch.events.append(Event(verb, change.area_id, state.kind.name, state.id, {"version": version}))


def _keep_conflict(batch: Batch, change: Change, state: State, lost: Wire) -> None:
    """Keep what was sent and not taken, listed among the revisions until someone chooses."""
    kept = {"version": state.version} | lost
    batch.revisions.append(store.revision(batch.actor, change, state.kind.name, kept, set(lost), "conflict"))


def _store(batch: Batch, made: list[tuple[Change, Outcome]], alongside: Sequence[store.Statement]) -> None:
    """Number what changed and write everything in one round trip."""
    _unite(batch)
    statements = [*alongside, *batch.pieces.statements()]
    rows: dict[str, tuple[list[Wire], list[Wire]]] = defaultdict(lambda: ([], []))
    entries: list[Wire] = []
    heads = dict(batch.heads)
    for state in batch.states.values():
        if not state.made and not state.planted:
            continue
        heads[state.area_id] = heads[state.area_id] + 1
        entries.append(
            {
                "record_id": str(state.id),
                "type": state.kind.name,
                "area_id": str(state.area_id),
                "seq": heads[state.area_id],
                "version": state.version,
                "deleted": state.deleted,
                "planted_by": str(batch.actor.user_id) if state.planted else None,
            }
        )
        if state.made:
            gone_at = wire_moment(now()) if state.deleted else None
            rows[state.kind.name][state.loaded is not None].append(store.row(state.kind, state.made[-1].data, gone_at))
    for name, (new, old) in rows.items():
        statements += [store.insert_rows(record_type(name), new)] if new else []
        statements += [store.update_rows(record_type(name), old)] if old else []
    if entries:
        statements.append(store.upsert_entries(entries))
        statements.append(store.move_heads({area: head for area, head in heads.items() if head != batch.heads[area]}))
    if batch.revisions:
        statements.append(store.insert_revisions(batch.revisions))
    settled = [(change, outcome) for change, outcome in made if change.mutation_id and outcome.status != "deferred"]
    if settled:
        statements.append(store.insert_mutations([_kept(batch.actor, *pair) for pair in settled]))
    if batch.events:
        statements.append(batch.actor.audit(batch.events))
    store.run(statements)


def _kept(actor: Actor, change: Change, outcome: Outcome) -> Wire:
    """The row from which a repeat of this change will be answered."""
    assert change.mutation_id is not None
    return store.mutation(
        actor,
        outcome,
        mutation_id=change.mutation_id,
        body_hash=change.body_hash,
        type=change.type,
        record_id=change.id,
        received_at=change.clock.received_at,
    )
