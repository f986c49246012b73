"""What one transaction works on: its records as loaded and as they will be stored, and how a version of one is made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.actors import Actor, Event, Standing
from api.records import Known, RecordType, Wire, target_of
from api.sync import history
from api.sync.changes import Change
from api.sync.merge import Past, Replay, Seen
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
    known: Mapping[str, Known]
    revisions: list[Wire] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waiting: set[tuple[str, uuid.UUID]] = field(default_factory=set)


def record_type_of(name: str) -> RecordType:
    """The record type that a change is about: a track's is its patrol's."""
    found = target_of(name)
    assert found is not None
    return found


def past(batch: Batch, state: State) -> list[Past]:
    """The versions that were read for this record, then those made in this very batch."""
    read = batch.history.get((state.kind.name, state.id))
    if not read and state.loaded:
        read = [Past(state.loaded_version, None, frozenset(), state.loaded)]
    return [*(read or ()), *state.made]


def seen_by(batch: Batch, change: Change, state: State) -> Seen:
    """What the sender saw when it made this edit."""
    base = change.base_version or 0
    if change.expected_version is not None or base >= state.version:
        return Seen(state.record or {}, frozenset())
    kinds = state.kind.shape.merge_kinds
    replay = state.replays.setdefault(base, Replay(kinds, base, batch.actor.device_id))
    return replay.feed(past(batch, state))


def make_version(batch: Batch, change: Change, state: State, record: Wire | None, changed: set[str]) -> None:
    """Make the next version of a record: its revision and its audit event go with it."""
    before, version = state.record, state.version + 1
    stood = {**(record or before or {}), "version": version}
    state.record, state.deleted = None if record is None else stood, record is None
    state.made.append(Past(version, batch.actor.device_id, frozenset(changed), stood))
    batch.revisions.append(history.revision(batch.actor, change, state.kind.name, stood, changed, "applied"))
    verb = change.event or f"{state.kind.name}.{state.kind.verb(before, record)}"
    batch.events.append(Event(verb, change.area_id, state.kind.name, state.id, {"version": version}))


def keep_conflict(batch: Batch, change: Change, state: State, lost: Wire) -> None:
    """Keep what was sent and not taken, listed among the revisions until someone chooses."""
    kept = {"version": state.version} | lost
    batch.revisions.append(history.revision(batch.actor, change, state.kind.name, kept, set(lost), "conflict"))
