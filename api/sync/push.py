"""Push: a phone's mutations, each answered for itself; one bad one never stops another.

A push commits area by area. Its queries depend on the areas and types that it touches, never on the number of
mutations.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
import orjson
from django.db import DataError, IntegrityError, OperationalError, transaction

from api.actors import Actor
from api.keyed import keyed_hash
from api.localtime import now
from api.problems import FieldError, Problem
from api.problems import body as problem_body
from api.problems.database import rolled_back, sqlstate
from api.records import RecordType, record_type, record_types, union_types
from api.shapes import Shape, shape_of
from api.sync import store
from api.sync.changes import Change, Outcome, rejected
from api.sync.clocks import clock
from api.sync.engine import write

MOST_MUTATIONS = 200
MOST_VERSIONS = 2**31 - 1
LOCK_NOT_AVAILABLE = "55P03"
MAX_TRIES = 4
_YEAR_MS = 366 * 86_400_000


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """A mutation's envelope."""

    mutation_id: uuid.UUID
    type: str
    id: uuid.UUID
    op: Literal["put", "patch", "delete"]
    base_version: Annotated[int, msgspec.Meta(ge=0, le=MOST_VERSIONS)] | None = None
    elapsed_ms: int | None = None
    data: dict[str, Any] | None = None


@dataclass
class Item:
    """One mutation on its way: as sent, as understood, and its result once there is one."""

    raw: Any
    sent: Sent | None = None
    area_id: uuid.UUID | None = None
    change: Change | None = None
    outcome: Outcome | None = None
    body_hash: bytes = b""
    extra: Mapping[str, Any] = field(default_factory=dict)


def push(actor: Actor, mutations: Sequence[Any], flawed: Mapping[int, Problem], sent_at: dt.datetime) -> list[Item]:
    """Take the mutations and say what became of each, in order.

    `flawed` are mutations whose JSON can't be stored, by index. Raises only for what befalls the whole push: a
    database that is gone, a push that is too long.
    """
    if len(mutations) > MOST_MUTATIONS:
        raise Problem("too_many_mutations", params={"max": MOST_MUTATIONS})
    items = [_open(raw, flawed.get(index)) for index, raw in enumerate(mutations)]
    _answer_known(actor, items)
    _place(actor, items)
    received_at = now()
    for item in _waiting(items):
        item.outcome = _understand(item, sent_at, received_at)
    _defer_followers(items)
    by_area: dict[uuid.UUID, list[Item]] = defaultdict(list)
    for item in _waiting(items):
        assert item.area_id is not None
        by_area[item.area_id].append(item)
    for area_id in sorted(by_area):
        _commit(actor, by_area[area_id])
    _keep_refusals(actor, items, received_at)
    _acknowledge(actor, items)
    return items


def _waiting(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.outcome is None]


def _open(raw: Any, flaw: Problem | None) -> Item:
    """Read a mutation's envelope."""
    item = Item(raw)
    if flaw is not None:
        item.outcome = rejected(flaw)
        return item
    try:
        item.sent = msgspec.convert(raw, Sent)
    except msgspec.ValidationError:
        item.outcome = rejected(Problem("invalid", errors=list(_envelope_faults(raw))))
        return item
    body = {name: value for name, value in raw.items() if name != "elapsed_ms"}
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    item.body_hash = keyed_hash("mutation", text)
    return item


def _envelope_faults(raw: Any) -> Iterable[FieldError]:
    """What is wrong with a mutation outside its data."""
    from api.sync.serializers import MutationInput

    yield from shape_of(MutationInput).faults(raw)


def _answer_known(actor: Actor, items: Sequence[Item]) -> None:
    """Answer what was taken before, so that a repeated push locks nothing."""
    probes = [_probe(item) for item in items if item.sent]
    known = store.known_mutations(actor, probes)
    for item in _waiting(items):
        assert item.sent is not None
        before = known.get(item.sent.mutation_id)
        if before and before.body_hash == item.body_hash:
            item.outcome = Outcome(
                "unchanged", was=before.status, version=before.version, stored_problem=before.problem
            )
        elif before:
            item.outcome = Outcome("rejected", problem=Problem("mutation_id_reused"), was="")


def _probe(item: Item) -> Change:
    """A change that only names its mutation and record, to look them up by."""
    assert item.sent is not None
    return Change(item.sent.type, item.sent.id, item.sent.op, uuid.UUID(int=0), mutation_id=item.sent.mutation_id)


def _place(actor: Actor, items: Sequence[Item]) -> None:
    """Find the area of each mutation: the one it names, that of an earlier put of this push, or where the record
    stands.

    A record that the actor can't see is as one that isn't there.
    """
    waiting = _waiting(items)
    named: dict[uuid.UUID, uuid.UUID] = {}
    for item in waiting:
        assert item.sent is not None
        item.area_id = _area_in(item.sent.data)
        if item.area_id:
            named.setdefault(item.sent.id, item.area_id)
    # A patch or delete goes to its record, whatever area it names: there it is told that records don't move.
    lost = [item for item in waiting if item.area_id is None or (item.sent and item.sent.op != "put")]
    if not lost:
        return
    entries = store.entries_of([_probe(item) for item in lost])
    homes = actor.home_areas() if any(item.sent and item.sent.op == "delete" for item in lost) else ()
    standings = actor.standing({area_id for _, _, area_id in entries})
    for item in lost:
        assert item.sent is not None
        kind = _target(item.sent.type)
        places = [
            (entry.planted, area_id)
            for (name, record_id, area_id), entry in entries.items()
            if record_id == item.sent.id and kind and name == kind.name and area_id in standings
        ]
        planted, place = min(places, default=(True, None))
        item.area_id = (None if planted else place) or named.get(item.sent.id) or place
        if item.area_id is None and item.sent.op == "delete":
            # Deleting the unknown: its tombstone is planted at home.
            item.area_id = next(iter(homes), None)


def _area_in(data: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(data["area_id"]) if data and "area_id" in data else None
    except (ValueError, TypeError, AttributeError):
        return None


def _target(name: str) -> RecordType | None:
    """The record type that a mutation is about, if this server knows it."""
    union = union_types().get(name)
    return record_types().get(union.target if union else name)


def _understand(item: Item, sent_at: dt.datetime, received_at: dt.datetime) -> Outcome | None:
    """Decode a mutation into a change; an outcome if it ends here."""
    sent = item.sent
    assert sent is not None
    kind = _target(sent.type)
    if kind is None:
        return Outcome("deferred", problem=Problem("type_unknown"))
    if not kind.writable:
        return rejected(Problem("not_writable"))
    try:
        data = _decode(sent, kind)
    except Problem as refused:
        return rejected(refused)
    if item.area_id is None:
        return (
            Outcome("deferred", problem=Problem("not_there_yet"))
            if sent.op != "delete"
            else rejected(Problem("forbidden"))
        )
    item.change = Change(
        type=sent.type,
        id=sent.id,
        op=sent.op,
        area_id=item.area_id,
        data=data,
        base_version=sent.base_version,
        clock=clock(
            sent_at=sent_at,
            recorded_at=_recorded_at(sent, kind, data),
            elapsed_ms=sent.elapsed_ms and min(max(sent.elapsed_ms, 0), 100 * _YEAR_MS),
            received_at=received_at,
        ),
        mutation_id=sent.mutation_id,
        body_hash=item.body_hash,
    )
    return None


def _recorded_at(sent: Sent, kind: RecordType, data: dict[str, Any]) -> dt.datetime | None:
    """When the phone wrote it, by its own clock; a piece of a track says when it begins."""
    told = data.get("t0") if sent.type in union_types() else kind.recorded_at(data)
    return msgspec.convert(told, dt.datetime) if told else None


def _decode(sent: Sent, kind: RecordType) -> dict[str, Any]:
    """The data of a mutation in canonical form; raises Problem `invalid` with every fault."""
    data = dict(sent.data or {})
    union = union_types().get(sent.type)
    if union:
        if sent.op != "put":
            raise Problem("invalid", errors=[FieldError("/op", "invalid_choice", {"choices": "put"})])
        if faults := union.validate({name: value for name, value in data.items() if name != "area_id"}):
            raise Problem("invalid", errors=faults)
        return data
    if sent.op == "delete":
        return {}
    shape: Shape = kind.shape
    if sent.op == "put":
        data.setdefault("id", str(sent.id))
    decoded = shape.decode(data, partial=sent.op == "patch")
    if decoded.get("id", str(sent.id)) != str(sent.id):
        raise Problem("invalid", errors=[FieldError("/id", "invalid")])
    return decoded


def _defer_followers(items: Sequence[Item]) -> None:
    """Mutations of one record apply in the order sent: what follows a deferred one waits with it."""
    deferred: set[tuple[str, uuid.UUID]] = set()
    for item in items:
        if item.sent is None:
            continue
        key = item.sent.type, item.sent.id
        if item.outcome is None and key in deferred:
            item.outcome = Outcome("deferred", problem=Problem("not_there_yet"))
        elif item.outcome is not None and item.outcome.status == "deferred":
            deferred.add(key)


def _commit(actor: Actor, items: Sequence[Item]) -> None:
    """One area's changes in one transaction, tried again after a deadlock; `deferred` if its stream stays locked."""
    changes = [item.change for item in items if item.change]
    for attempt in range(1, MAX_TRIES + 1):
        try:
            outcomes = write(actor, changes)
            break
        except OperationalError as error:
            if rolled_back(error) and attempt < MAX_TRIES:
                time.sleep(0.01 * attempt)
            elif sqlstate(error) == LOCK_NOT_AVAILABLE or rolled_back(error):
                outcomes = [Outcome("deferred", problem=Problem("lock_timeout")) for _ in changes]
                break
            else:
                raise
        except (DataError, IntegrityError):
            _commit_apart(actor, items)
            return
    for item, outcome in zip(items, outcomes, strict=True):
        item.outcome = outcome


def _commit_apart(actor: Actor, items: Sequence[Item]) -> None:
    """The database won't hold one of these though its shape allows it: it is found by halves, the others go through."""
    if len(items) == 1:
        items[0].outcome = rejected(Problem("invalid"))
        return
    middle = len(items) // 2
    _commit(actor, items[:middle])
    _commit(actor, items[middle:])


def _keep_refusals(actor: Actor, items: Sequence[Item], received_at: dt.datetime) -> None:
    """Remember what was refused before it reached an area, so that a repeat is answered alike."""
    moment = clock(sent_at=received_at, recorded_at=None, elapsed_ms=None, received_at=received_at)
    rows: dict[uuid.UUID, dict[str, Any]] = {}
    for item in items:
        outcome = item.outcome
        if item.sent and item.change is None and outcome and outcome.status == "rejected" and outcome.was is None:
            change = Change(
                type=item.sent.type,
                id=item.sent.id,
                op=item.sent.op,
                area_id=uuid.UUID(int=0),
                clock=moment,
                mutation_id=item.sent.mutation_id,
                body_hash=item.body_hash,
            )
            rows.setdefault(item.sent.mutation_id, store.mutation(actor, change, outcome))
    if rows:
        with transaction.atomic():
            store.run([store.insert_mutations(list(rows.values()), again=True)])


def _acknowledge(actor: Actor, items: Sequence[Item]) -> None:
    """Let each type add to the results of what it took, now or before (an upload's address, say)."""
    taken: dict[str, dict[uuid.UUID, Item]] = defaultdict(dict)
    for item in items:
        kind = item.sent and record_types().get(item.sent.type)
        status = item.outcome and (item.outcome.was or item.outcome.status)
        if item.sent and kind and kind.acknowledge and status in ("applied", "unchanged", "merged"):
            taken[kind.name][item.sent.id] = item
    for name, by_id in taken.items():
        kind = record_type(name)
        with transaction.atomic():
            store.run([actor.row_security()])
            records = store.rows_of(kind, list(by_id))
        assert kind.acknowledge is not None
        for record_id, extra in kind.acknowledge(actor, records).items():
            by_id[record_id].extra = extra


def result(item: Item, language: str, request_id: str) -> dict[str, Any]:
    """A mutation's result as it is written."""
    outcome = item.outcome
    assert outcome is not None
    raw = item.raw if isinstance(item.raw, Mapping) else {}
    written: dict[str, Any] = {
        **{name: _text(raw.get(name)) for name in ("mutation_id", "type", "id")},
        "status": outcome.status,
        "version": outcome.version,
    }
    if outcome.was:
        written["was"] = outcome.was
    problem = outcome.problem or problem_from(outcome.stored_problem)
    if problem:
        written["problem"] = problem_body(problem, language, request_id)
    if outcome.conflicts:
        written["conflicts"] = outcome.conflicts
    shown = outcome.status in ("conflict", "merged") or (problem and problem.code == "already_exists")
    if outcome.record is not None and shown and not outcome.late:
        written["current"] = outcome.record
    return written | dict(item.extra)


def _text(value: object) -> str | None:
    """What was sent under a name that should hold text: whatever else came isn't echoed."""
    return value if isinstance(value, str) else None


def problem_from(stored: Mapping[str, Any] | None) -> Problem | None:
    """A problem as it was kept with a mutation, to be told again in the reader's language."""
    if not stored:
        return None
    faults = [FieldError(pointer, code, params) for pointer, code, params in stored["errors"]]
    return Problem(stored["code"], errors=faults)


def written_by(items: Iterable[Item]) -> dict[tuple[str, uuid.UUID], int]:
    """The versions that this push made out of what the phone holds alone: its own pull needn't send them back."""
    made: dict[tuple[str, uuid.UUID], int] = {}
    mixed: set[tuple[str, uuid.UUID]] = set()
    for item in items:
        if item.change and item.outcome:
            key = item.change.type, item.change.id
            if item.outcome.status == "applied" and item.outcome.version:
                made[key] = item.outcome.version
            else:
                mixed.add(key)
    return {key: version for key, version in made.items() if key not in mixed}
