"""Merging and splitting: areas end, others begin, and what ended hangs below what took its place.

The children of an ended area go on under one of its successors. Its own records stay in it; a right over any successor
reaches them, and with them those of its own predecessors, however long the chain.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.areas.checks import NewArea, day_faults, new_area_faults, refuse, require_write, standing_areas
from accounts.areas.placing import Branch, move_branches, paths_now
from accounts.areas.rows import AreaRow, SuccessionRow, insert, lock_trees, patch_areas, put_areas
from accounts.areas.services import as_row, places_of
from accounts.areas.tree import AreaTree, SuccessionKind, label
from accounts.models import Area
from api.actors import Actor
from api.problems import FieldError


@dataclass(frozen=True)
class Heir:
    """What of an ended area goes to the new one at this place in `begins`; `share` (0 to 1) is None if unknown."""

    place: int
    share: Decimal | None = None
    is_default: bool = True


@dataclass(frozen=True)
class Part:
    """A new area that a split makes, the children that go with it, its share, and whether it inherits the rest."""

    area: NewArea
    children: Collection[uuid.UUID] = ()
    share: Decimal | None = None
    is_default: bool = False


def merge_areas(
    *, actor: Actor, area_ids: Sequence[uuid.UUID], into: NewArea, on: date, decree: str = "", pointer: str = ""
) -> uuid.UUID:
    """End several areas and begin one in their place, below which all their children hang from then on; returns its id.

    Raises as `reorganise_areas` does.
    """
    heirs = {area_id: [Heir(0)] for area_id in area_ids}
    [made] = reorganise_areas(actor=actor, begins=[into], heirs=heirs, on=on, decree=decree, pointers=[pointer])
    return made


def split_area(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    parts: Sequence[Part],
    on: date,
    decree: str = "",
    pointers: Sequence[str] = (),
) -> list[uuid.UUID]:
    """End an area and begin several in its place; returns their ids in order.

    Each child goes with the part that names it, else with the default one, of which there must be exactly one. Raises
    as `reorganise_areas` does.
    """
    heirs = {area_id: [Heir(place, part.share, part.is_default) for place, part in enumerate(parts)]}
    children = {child: place for place, part in enumerate(parts) for child in part.children}
    begins = [part.area for part in parts]
    return reorganise_areas(
        actor=actor, begins=begins, heirs=heirs, children=children, on=on, decree=decree, pointers=pointers
    )


def reorganise_areas(
    *,
    actor: Actor,
    begins: Sequence[NewArea],
    heirs: Mapping[uuid.UUID, Sequence[Heir]],
    on: date,
    children: Mapping[uuid.UUID, int] | None = None,
    decree: str = "",
    pointers: Sequence[str] = (),
) -> list[uuid.UUID]:
    """End the areas of `heirs`, begin others, say what became of what: merges and splits at once, as decrees do.

    Raises Problem `invalid` for areas that aren't there, levels, kinds, names or codes that don't fit, shares that
    don't add up, no single default successor, children that aren't below what ends, a day to come or before the last
    change; `not_found` or `forbidden` where the actor may not. `pointers` say where each new area stands in a body.
    """
    with transaction.atomic():
        lock_trees()
        require_write(actor, [*heirs, *(area.parent_id for area in begins)])
        # The day before: what ends on a day must have begun before it.
        ending = standing_areas(list(heirs), on - timedelta(days=1), "/area_ids")
        plan = _Plan(ending, heirs, children or {}, paths_now(ending), [as_row(area, on) for area in begins])
        refuse([*day_faults(on, plan.paths.values()), *plan.faults(begins, pointers)])
        put_areas(actor, plan.begun)
        insert([place for row in plan.begun for place in places_of(row)])
        plan.find_homes()
        move_branches(plan.children_branches(), on)
        move_branches(plan.ended_branches(), on)
        insert(plan.successions(on, decree))
        patch_areas(actor, [(area, {"valid_to": on.isoformat()}) for area in ending.values()], event="area.ended")
        moved = [(child, {"parent_id": str(plan.begun[place].id)}) for child, place in plan.moving.items()]
        patch_areas(actor, moved, event="area.moved")
    return [row.id for row in plan.begun]


@dataclass
class _Plan:
    """A reorganisation while it is checked and carried out."""

    ending: Mapping[uuid.UUID, Area]
    heirs: Mapping[uuid.UUID, Sequence[Heir]]
    named: Mapping[uuid.UUID, int]
    paths: Mapping[uuid.UUID, str]
    begun: Sequence[AreaRow]
    moving: dict[Area, int] = field(default_factory=dict)
    homes: Mapping[uuid.UUID, str] = field(default_factory=dict)

    def faults(self, begins: Sequence[NewArea], pointers: Sequence[str]) -> Iterator[FieldError]:
        """Whatever doesn't fit; finds the children that move on the way."""
        parents = standing_areas({area.parent_id for area in begins if area.parent_id}, None, "/parent_id")
        names = Counter((area.parent_id, area.named.key) for area in begins)
        for place, area in enumerate(begins):
            pointer = pointers[place] if pointers else ""
            parent = parents.get(area.parent_id) if area.parent_id else None
            for fault in new_area_faults(area, parent, ending=self.ending):
                yield fault._replace(pointer=f"{pointer}{fault.pointer}")
            if names[area.parent_id, area.named.key] > 1:
                yield FieldError(f"{pointer}/name", "area_twice", {"name": area.named.full})
        levels = {area.level for area in self.ending.values()} | {area.level.value for area in begins}
        if len(levels) > 1:
            yield FieldError("/level", "area_level")
        for heirs in self.heirs.values():
            yield from _share_faults(heirs)
        yield from self._find_children()

    def _find_children(self) -> Iterator[FieldError]:
        children = Area.objects.filter(parent_id__in=list(self.ending), valid_to=None)
        for child in children:
            heirs = self.heirs[child.parent_id]  # type: ignore[index]  # the filter leaves no null
            default = next((heir.place for heir in heirs if heir.is_default), 0)
            self.moving[child] = self.named.get(child.id, default)
            if self.moving[child] not in {heir.place for heir in heirs}:
                yield FieldError("/children", "area_not_below")
        if self.named.keys() - {child.id for child in self.moving}:
            yield FieldError("/children", "area_not_below")

    def find_homes(self) -> None:
        """Where the new areas and the children that move hang now."""
        self.homes = paths_now([*(row.id for row in self.begun), *(child.id for child in self.moving)])

    def children_branches(self) -> list[Branch]:
        """Each child with all below it, from the ended area to a new one."""
        return [
            Branch(self.homes[child.id], self.homes[into.id] + label(child.id), into.id)
            for child, into in ((child, self.begun[place]) for child, place in self.moving.items())
        ]

    def ended_branches(self) -> list[Branch]:
        """Each ended area with its own predecessors, below each of its successors."""
        return [
            Branch(self.paths[area_id], self.homes[into.id] + label(area_id), into.id, AreaTree.SUCCESSION)
            for area_id, heirs in self.heirs.items()
            for into in (self.begun[heir.place] for heir in heirs)
        ]

    def successions(self, on: date, decree: str) -> list[SuccessionRow]:
        """What became of what."""
        return [
            SuccessionRow(
                from_area_id=area_id,
                to_area_id=self.begun[heir.place].id,
                kind=SuccessionKind.SPLIT if len(heirs) > 1 else SuccessionKind.MERGE,
                is_default=heir.is_default,
                happened_on=on,
                share=heir.share,
                decree=decree,
            )
            for area_id, heirs in self.heirs.items()
            for heir in heirs
        ]


def _share_faults(heirs: Sequence[Heir]) -> Iterator[FieldError]:
    """Exactly one default; shares for all, adding up to one, or for none."""
    if sum(heir.is_default for heir in heirs) != 1:
        yield FieldError("/parts", "default_successor")
    shares = [heir.share for heir in heirs if heir.share is not None]
    if shares and (len(shares) < len(heirs) or sum(shares) != 1 or min(shares) < 0):
        yield FieldError("/parts", "shares_sum")
