"""Creating, moving and renaming areas: each change holds from a day on, and what was before stays told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from accounts.areas.attributes import change_attributes
from accounts.areas.checks import (
    NewArea,
    code_faults,
    day_faults,
    level_faults,
    name_faults,
    new_area_faults,
    refuse,
    require_write,
    standing_areas,
    today,
)
from accounts.areas.names import AreaKind, AreaLevel, Name, read_name
from accounts.areas.placing import Branch, homes, move_branches, paths_now, place_below
from accounts.areas.rows import AreaRow, PlacementRow, insert, lock_trees, patch_areas, put_areas
from accounts.areas.serializers import kind_faults
from accounts.areas.tree import label
from accounts.models import Area
from api.actors import Actor
from api.ids import uuid7


def create_area(*, actor: Actor, area: NewArea, on: date | None = None) -> uuid.UUID:
    """Make an area below its parent, from a day on (None: as long as the parent is there), and return its id.

    Raises Problem `invalid` for a level or kind that doesn't fit, a name or code that is taken, a parent that isn't
    there, or a day to come; `not_found` or `forbidden` where the actor may not.
    """
    with transaction.atomic():
        lock_trees()
        require_write(actor, [area.parent_id])
        parents = standing_areas([area.parent_id], None, "/parent_id") if area.parent_id else {}
        parent = parents[area.parent_id] if area.parent_id else None
        refuse([*day_faults(on), *new_area_faults(area, parent)])
        row = as_row(area, on)
        put_areas(actor, [row])
        insert(places_of(row))
    return row.id


def as_row(area: NewArea, on: date | None) -> AreaRow:
    """A new area as it will be recorded."""
    return AreaRow(
        id=uuid7(),
        level=area.level,
        name=area.named,
        code=area.code,
        parent_id=area.parent_id,
        valid_from=on,
        lon=area.lon,
        lat=area.lat,
        household_count=area.household_count,
    )


def places_of(row: AreaRow) -> list[PlacementRow]:
    """Where a new area hangs: below every place of its parent since it began."""
    if row.parent_id is None:
        return [PlacementRow(row.id, None, label(row.id), row.valid_from, None)]
    return place_below(row.id, homes([row.parent_id])[row.parent_id], row.valid_from)


def move_area(*, actor: Actor, area_id: uuid.UUID, parent_id: uuid.UUID, on: date) -> None:
    """Hang an area, with all below it, under another parent from a day on. Moving it to where it hangs changes nothing.

    Raises Problem `invalid` for a parent of the wrong level or that isn't there, a name that the parent has already, a
    day to come, or one before the branch last changed; `not_found` or `forbidden` where the actor may not.
    """
    with transaction.atomic():
        lock_trees()
        require_write(actor, [area_id, parent_id])
        area = standing_areas([area_id], on, "/area_id")[area_id]
        parent = standing_areas([parent_id], on, "/parent_id")[parent_id]
        if area.parent_id == parent_id:
            return
        paths = paths_now([area_id, parent_id])
        refuse(
            [
                *day_faults(on, [paths[area_id]]),
                *level_faults(AreaLevel(area.level), parent),
                *name_faults(name_of(area), parent_id, besides=[area_id]),
            ]
        )
        move_branches([Branch(paths[area_id], paths[parent_id] + label(area_id), parent_id)], on)
        patch_areas(actor, [(area, {"parent_id": str(parent_id)})], event="area.moved")


def name_of(area: Area) -> Name:
    """An area's kind and name."""
    return Name(AreaKind(area.kind), area.name)


def rename_area(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    on: date,
    name: str | None = None,
    kind: AreaKind | None = None,
    code: str | None = None,
) -> None:
    """Give the same area another name, kind (a regrade) or code from a day on; what it had is kept with its dates.

    Raises Problem `invalid` for a kind of another level, a name or code that is taken, a day to come, or one before the
    last such change; `not_found` or `forbidden` where the actor may not.
    """
    with transaction.atomic():
        lock_trees()
        require_write(actor, [area_id])
        area = standing_areas([area_id], None, "/area_id")[area_id]
        named = read_name(area.name if name is None else name, kind or AreaKind(area.kind))
        level = AreaLevel(area.level)
        refuse(
            [
                *name_faults(named, area.parent_id, besides=[area_id]),
                *code_faults(level, code or "", besides=[area_id]),
                *kind_faults(level, named.kind),
            ]
        )
        values = {"name": named.name, "kind": named.kind.value, "code": area.code if code is None else code}
        change_attributes(actor, [(area, values)], on, event="area.renamed")


def edit_area(*, actor: Actor, area_id: uuid.UUID, values: Mapping[str, object], on: date | None = None) -> None:
    """Set `household_count` (from a day on, today unless told; earlier numbers are kept) and `centre`, as far as given.

    Raises Problem `invalid` for a day to come, or one before the number last changed; `not_found` or `forbidden`.
    """
    with transaction.atomic():
        lock_trees()
        require_write(actor, [area_id])
        area = standing_areas([area_id], None, "/area_id")[area_id]
        event = "area.counted" if "household_count" in values else "area.updated"
        change_attributes(actor, [(area, dict(values))], on or today(), event=event)


def count_households(*, actor: Actor, area_id: uuid.UUID, households: int, on: date) -> None:
    """Set an area's number of households from a day on; earlier numbers are kept with their dates."""
    with transaction.atomic():
        lock_trees()
        require_write(actor, [area_id])
        area = standing_areas([area_id], None, "/area_id")[area_id]
        change_attributes(actor, [(area, {"household_count": households})], on, event="area.counted")
