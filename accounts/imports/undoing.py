"""What deactivating an import would do: what still stands as the import made it ends, all else is left as it is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.events import record
from accounts.models import ImportThing
from api.actors import Actor
from api.sync import bulk


@dataclass
class Undo:
    """What would be deactivated, by type, and how many things of each type are left as they are."""

    ids: dict[str, list[uuid.UUID]]
    kept: dict[str, int]
    records: bulk.Prepared | None = None

    def counts(self) -> dict[str, dict[str, int]]:
        """Type → how many are deactivated, how many are kept."""
        return {kind: {"deactivate": len(ids), "keep": self.kept[kind]} for kind, ids in self.ids.items()}


def made_by(import_id: uuid.UUID, types: Mapping[str, object]) -> dict[str, set[uuid.UUID]]:
    """What an import made, by type. One query."""
    things: dict[str, set[uuid.UUID]] = {kind: set() for kind in types}
    for kind, id_ in ImportThing.objects.filter(import_id=import_id).values_list("type", "subject_id"):
        things[kind].add(id_)
    return things


def undo(plan: Undo, actor: Actor) -> None:
    """End the records, in the caller's transaction. Raises `bulk.Overtaken`."""
    assert plan.records is not None
    bulk.carry_out(plan.records)
    if plan.records.events:
        record(*plan.records.events, by=actor)
