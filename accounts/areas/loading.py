"""Loading the gazetteer: what is missing is made, what stands is never overwritten.

Areas that are there may have been renamed, moved or merged by people since; where the gazetteer says otherwise, that is
told and left alone, unless the caller asks to correct it. A second load finds nothing to do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.areas.gazetteer import Gazetteer
from accounts.areas.plan import Plan
from accounts.areas.rows import AreaRow, Progress, insert, lock_trees, patch_areas, put_areas
from accounts.models import Area
from api.actors import Actor

COMPARED = ("kind", "code", "name")


@dataclass(frozen=True)
class Difference:
    """An area that stands otherwise than in the gazetteer. `fields` are the gazetteer's values."""

    area: Area
    row: AreaRow
    fields: dict[str, Any]


@dataclass(frozen=True)
class Load:
    """What a load would do."""

    plan: Plan
    missing: tuple[AreaRow, ...]
    differing: tuple[Difference, ...]
    standing: int

    def counts(self) -> Counter[tuple[str, str, bool]]:
        """Areas to be made by level, kind and whether they have ended."""
        return Counter((row.level.value, row.name.kind.value, row.valid_to is not None) for row in self.missing)


def prepare_load(gazetteer: Gazetteer) -> Load:
    """Compare the gazetteer with what there is; one query."""
    plan = Plan(gazetteer)
    planned = {row.id: row for row in plan.areas()}
    standing = Area.objects.in_bulk(list(planned))
    differing = []
    for area in standing.values():
        row = planned[area.id]
        wanted, found = row.wire(), {name: getattr(area, name) for name in COMPARED}
        if fields := {name: wanted[name] for name in COMPARED if wanted[name] != found[name]}:
            differing.append(Difference(area, row, fields))
    missing = tuple(row for row in planned.values() if row.id not in standing)
    return Load(plan, missing, tuple(differing), len(standing))


def carry_out(load: Load, *, actor: Actor, correct: bool = False, progress: Progress | None = None) -> None:
    """Make what is missing, with places, pasts and successions, all or nothing; `correct` takes over differences."""
    fresh = {row.id for row in load.missing}
    with transaction.atomic():
        lock_trees()
        put_areas(actor, load.missing, progress)
        insert([row for row in load.plan.placements() if row.area_id in fresh])
        insert([row for row in load.plan.past() if row.area_id in fresh])
        insert([row for row in load.plan.successions() if row.from_area_id in fresh])
        if correct:
            patch_areas(actor, [(difference.area, difference.fields) for difference in load.differing])
