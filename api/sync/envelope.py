"""A mutation as a phone sent it, read, placed in its area and decoded into a change."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson

from api.actors import Actor
from api.ids import parsed
from api.keyed import keyed_hash
from api.problems import FieldError, Problem
from api.records import RecordType, target_of, union_types
from api.shapes import decode
from api.sync import store
from api.sync.changes import Change, Op, Outcome, rejected
from api.sync.clocks import clock
from api.sync.serializers import MutationInput


@dataclass(frozen=True)
class Sent:
    """A mutation's envelope."""

    mutation_id: uuid.UUID
    type: str
    id: uuid.UUID
    op: Op
    base_version: int | None
    elapsed_ms: int | None
    data: dict[str, Any] | None
    body_hash: bytes


@dataclass
class Item:
    """One mutation on its way: as sent, as understood, and its outcome once there is one."""

    raw: Any
    sent: Sent | None = None
    area_id: uuid.UUID | None = None
    change: Change | None = None
    outcome: Outcome | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def open_item(raw: Any, flaw: Problem | None) -> Item:
    """Read a mutation's envelope; `flaw` is what makes its JSON unfit, if anything does."""
    item = Item(raw)
    try:
        if flaw is not None:
            raise flaw
        read = decode(MutationInput, raw)
    except Problem as refused:
        item.outcome = rejected(refused)
        return item
    body = {name: value for name, value in raw.items() if name != "elapsed_ms"}
    read |= {name: uuid.UUID(read[name]) for name in ("mutation_id", "id")}
    item.sent = Sent(**read, body_hash=keyed_hash("mutation", orjson.dumps(body, option=orjson.OPT_SORT_KEYS)))
    return item


def waiting(items: Iterable[Item]) -> list[tuple[Item, Sent]]:
    """The items that have no outcome yet, with what was sent."""
    return [(item, item.sent) for item in items if item.outcome is None and item.sent is not None]


def place(actor: Actor, items: Sequence[Item]) -> None:
    """Find the area of each mutation: the one it names, that of an earlier put of this push, or where its record is.

    A record that the actor can't see is as one that isn't there.
    """
    named: dict[uuid.UUID, uuid.UUID] = {}
    for item, sent in waiting(items):
        item.area_id = _area_in(sent.data)
        if item.area_id:
            named.setdefault(sent.id, item.area_id)
    # A patch or delete goes to its record, whatever area it names: there it is told that records don't move.
    lost = [(item, sent) for item, sent in waiting(items) if item.area_id is None or sent.op != "put"]
    if not lost:
        return
    [found] = store.query_all(store.entries({sent.id for _, sent in lost}))
    entries = store.Entry.read(found)
    homes = actor.home_areas() if any(sent.op == "delete" for _, sent in lost) else ()
    standings = actor.standing({area_id for _, _, area_id in entries})
    for item, sent in lost:
        kind = target_of(sent.type)
        places = [
            (entry.planted, area_id)
            for (name, record_id, area_id), entry in entries.items()
            if record_id == sent.id and kind and name == kind.name and area_id in standings
        ]
        planted, home = min(places, default=(True, None))
        item.area_id = (None if planted else home) or named.get(sent.id) or home
        if item.area_id is None and sent.op == "delete":
            # Deleting the unknown: its tombstone is planted at home.
            item.area_id = next(iter(homes), None)


def _area_in(data: Any) -> uuid.UUID | None:
    try:
        return parsed(data["area_id"]) if data and "area_id" in data else None
    except (ValueError, TypeError, AttributeError):
        return None


def understand(item: Item, sent: Sent, sent_at: dt.datetime, received_at: dt.datetime) -> None:
    """Decode a mutation into its change; what can't become one gets its outcome here."""
    kind = target_of(sent.type)
    if kind is None:
        item.outcome = Outcome("deferred", problem=Problem("type_unknown"))
        return
    try:
        if not kind.writable:
            raise Problem("not_writable")
        data = _decode(sent, kind)
        if item.area_id is None and sent.op == "delete":
            raise Problem("forbidden")
    except Problem as refused:
        item.outcome = rejected(refused)
        return
    if item.area_id is None:
        item.outcome = Outcome("deferred", problem=Problem("not_there_yet"))
        return
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
            elapsed_ms=None if sent.elapsed_ms is None else max(sent.elapsed_ms, 0),
            received_at=received_at,
        ),
        mutation_id=sent.mutation_id,
        body_hash=sent.body_hash,
    )


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
    own_id = str(sent.id)
    if sent.op == "put":
        data.setdefault("id", own_id)
    decoded = kind.shape.decode(data, partial=sent.op == "patch")
    if decoded.get("id", own_id) != own_id:
        raise Problem("invalid", errors=[FieldError("/id", "invalid")])
    return decoded
