"""Working one change into its record: put, patch and delete, each decided before anything is altered."""

from __future__ import annotations

from collections.abc import Callable

from api.actors import NOBODY
from api.fields import ListOf
from api.problems import FieldError, Problem
from api.records import Wire
from api.shapes import Shape
from api.sync import store
from api.sync.batch import Batch, State, keep_conflict, make_version, past, record_type_of, seen_by
from api.sync.changes import Change, Outcome, rejected
from api.sync.merge import merge
from api.sync.permission import Permit, permit


def in_turn(batch: Batch, change: Change) -> Outcome:
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
            state.late = permit(change, state, standing, batch.actor) is Permit.LATE
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
    outcome.record = state.record if seen else _delivered(batch, change, state, outcome) if state.late else None
    return outcome


def _delivered(batch: Batch, change: Change, state: State, outcome: Outcome) -> Wire | None:
    """What who only delivers late is shown of a record: what they made of it, not what others did since."""
    if change.op != "put" or outcome.status not in ("applied", "unchanged"):
        return None
    return next((version.data for version in past(batch, state) if version.version == 1), None)


def _elsewhere(batch: Batch, change: Change, state: State) -> Outcome:
    """The id stands in another area. To who can't see it there, a patch or delete is as for an id that nobody has."""
    if change.op == "put":
        return rejected(Problem("already_exists"))
    if change.op == "delete":
        return _plant(batch, change, state)
    return Outcome(status="deferred", problem=Problem("not_there_yet"))


def _put(batch: Batch, change: Change, state: State) -> Outcome:
    """Create, or lay a whole record on the one that is there."""
    if change.type != state.kind.name:
        return _add_piece(batch, change, state)
    if state.record is None:
        return _create(batch, change, state)
    if not change.base_version:
        first = next((p for p in past(batch, state) if p.version == 1), None)
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
    flags = [flag for flag, on in (("estimated", clock.estimated), ("late", state.late)) if on]
    record = shape.blank()
    record.update(change.data)
    record.update(store.stamps(clock, batch.actor, flags))
    record |= {"id": str(change.id), "area_id": str(change.area_id)}
    record["recorded_at"] = state.kind.recorded_at(record) or record["occurred_at"]
    if "team_id" in record and record["team_id"] is None:
        record["team_id"] = _team_of_author(batch, change)
    record |= batch.pieces.derived(state.kind, state.id)
    known = batch.known.get(state.kind.name, {})
    record |= state.kind.derive(record, known)
    if not _allowed(batch, change, state, record):
        return rejected(Problem("forbidden"))
    if faults := state.kind.rules(record, known):
        return rejected(Problem("invalid", errors=faults))
    make_version(batch, change, state, record, set(shape.input))
    return Outcome(status="applied", version=1)


def _team_of_author(batch: Batch, change: Change) -> str | None:
    """The team that a record without one is given: its author's own in that area, the older one of two."""
    standing = batch.standings.get(change.area_id, NOBODY)
    teams = standing.teams or {window.team_id for window in standing.late}
    return str(min(teams)) if teams else None


def _allowed(batch: Batch, change: Change, state: State, after: Wire | None) -> bool:
    """Whether the type leaves this change to the actor; what a service decided itself isn't asked."""
    return change.system or state.kind.allows(batch.actor, state.record, after)


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
        seen=seen_by(batch, change, state),
        derived=change.system,
    )
    edits = merged.changed or merged.conflicts
    if edits and not _allowed(batch, change, state, merged.record | merged.conflicts):
        return rejected(Problem("forbidden"))
    if faults := _unfit(state.kind.shape, change, state.record, merged.record, merged.changed):
        return rejected(Problem("invalid", errors=faults))
    if merged.changed:
        known = batch.known.get(state.kind.name, {})
        record = merged.record | state.kind.derive(merged.record, known)
        if state.late and "late" not in record["flags"]:
            record["flags"] = sorted([*record["flags"], "late"])
        if faults := state.kind.rules(record, known):
            return rejected(Problem("invalid", errors=faults))
        make_version(batch, change, state, record, merged.changed)
    if merged.conflicts:
        keep_conflict(batch, change, state, merged.conflicts)
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
    if not _allowed(batch, change, state, None):
        return rejected(Problem("forbidden"))
    if state.kind.lasts and not change.system:
        code, lasting = state.kind.lasts
        if lasting(state.record):
            return rejected(Problem(code))
    seen = seen_by(batch, change, state)
    if seen.others:
        keep_conflict(batch, change, state, {})
        stored = [{"field": name, "sent": None, "stored": state.record.get(name)} for name in sorted(seen.others)]
        return Outcome(status="conflict", version=state.version, conflicts=stored)
    make_version(batch, change, state, None, set())
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


def unite(batch: Batch) -> None:
    """Unite the pieces that came; a record that is there takes over what follows from the whole, in one version."""
    for change, outcomes in batch.pieces.unite():
        state = batch.states[record_type_of(change.type).name, change.id]
        if change.id in batch.pieces.grown_ids(change.type) and state.record is not None:
            summary = batch.pieces.summary(change.type, state.id)
            make_version(batch, change, state, state.record | summary, set(summary))
        for outcome in outcomes:
            outcome.version = state.version


_OPERATIONS: dict[str, Callable[[Batch, Change, State], Outcome]] = {
    "put": _put,
    "patch": _patch,
    "delete": _delete,
}
