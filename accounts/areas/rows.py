"""The rows that make up areas and how they are written: areas by the engine, the trees beside them, all in sets."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from django.db import connection

from accounts.areas.names import AreaLevel, Name
from accounts.models import Area
from accounts.scoping import SystemActor
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now, wire
from api.sync.changes import Change
from api.sync.engine import write

AT_ONCE = 2_000


@dataclass(frozen=True)
class AreaRow:
    """An area as it will be recorded."""

    id: uuid.UUID
    level: AreaLevel
    name: Name
    code: str = ""
    parent_id: uuid.UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    lon: float | None = None
    lat: float | None = None
    household_count: int | None = None

    def wire(self) -> dict[str, Any]:
        """The record's wire form, bar what the engine adds."""
        return {
            "level": self.level.value,
            "kind": self.name.kind.value,
            "code": self.code,
            "name": self.name.name,
            "parent_id": self.parent_id and str(self.parent_id),
            "valid_from": self.valid_from and self.valid_from.isoformat(),
            "valid_to": self.valid_to and self.valid_to.isoformat(),
            "centre": None if self.lon is None else {"lon": self.lon, "lat": self.lat},
            "household_count": self.household_count,
        }


@dataclass(frozen=True)
class PlacementRow:
    """A row of `area_placement`."""

    area_id: uuid.UUID
    parent_id: uuid.UUID | None
    path: str
    valid_from: date | None
    valid_to: date | None
    tree: str = "administrative"
    id: uuid.UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class PastRow:
    """A row of `area_past`."""

    area_id: uuid.UUID
    attribute: str
    value: str | int | None
    valid_from: date | None
    valid_to: date
    id: uuid.UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class SuccessionRow:
    """A row of `area_succession`."""

    from_area_id: uuid.UUID
    to_area_id: uuid.UUID
    kind: str
    is_default: bool
    happened_on: date | None
    share: Decimal | None = None
    decree: str = ""
    id: uuid.UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class Loader(SystemActor):
    """The server loading areas by the thousand: the trail gets one event a batch, not one an area."""

    def audit(self, events: Sequence[Event]) -> tuple[str, Sequence[object]]:
        """How many areas were made and changed."""
        return super().audit([Event("area.loaded", details=dict(Counter(event.name for event in events)))])


TABLES = {PlacementRow: "area_placement", PastRow: "area_past", SuccessionRow: "area_succession"}
Progress = Callable[[int, int], None]


def lock_trees() -> None:
    """One change of the trees at a time, until the transaction ends: they are rare and rewrite whole branches."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('area_placement'))")


def insert(rows: Sequence[PlacementRow] | Sequence[PastRow] | Sequence[SuccessionRow]) -> None:
    """Add rows of one table, some thousands a statement."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            table = TABLES[type(some[0])]
            document = orjson.dumps([vars(row) for row in some], default=str).decode()
            cursor.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",
                [document],
            )


def put_areas(actor: Actor, areas: Sequence[AreaRow], progress: Progress | None = None) -> None:
    """Record new areas."""
    _write(actor, area_puts(areas), progress)


def area_puts(areas: Iterable[AreaRow]) -> list[Change]:
    """The changes that record new areas."""
    moment = wire(now())
    return [
        Change(type="area", id=row.id, op="put", area_id=row.id, data=row.wire() | {"recorded_at": moment}, system=True)
        for row in areas
    ]


def patch_areas(actor: Actor, patches: Iterable[tuple[Area, dict[str, Any]]], *, event: str | None = None) -> None:
    """Change fields of areas as they were read; `event` is what the audit trail calls it."""
    _write(actor, area_patches(patches, event=event))


def area_patches(patches: Iterable[tuple[Area, dict[str, Any]]], *, event: str | None = None) -> list[Change]:
    """The changes that do so."""
    return [
        Change(
            type="area",
            id=area.id,
            op="patch",
            area_id=area.id,
            data=data,
            base_version=area.version,
            system=True,
            event=event,
        )
        for area, data in patches
    ]


def _write(actor: Actor, changes: Sequence[Change], progress: Progress | None = None) -> None:
    """Write in batches; whatever isn't taken is raised and undoes all of it."""
    for start in range(0, len(changes), AT_ONCE):
        for outcome in write(actor, changes[start : start + AT_ONCE]):
            outcome.or_raise()
        if progress:
            progress(min(start + AT_ONCE, len(changes)), len(changes))
