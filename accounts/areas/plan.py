"""What the gazetteer means for the tables: which areas there are, where they hung and what became of them.

One former unit that became one new one is still the same area, whatever it is called now; every other former unit ended
on the day of the reform, and every other new one began. Ended areas hang in the succession tree below what took their
place; a district, which nothing succeeded, below its province or what that became.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from accounts.areas.gazetteer import PROVINCES_DECREE, REFORM, Edge, Gazetteer, Unit, area_id
from accounts.areas.names import AreaLevel
from accounts.areas.rows import AreaRow, PastRow, PlacementRow, SuccessionRow
from accounts.areas.tree import AreaTree, SuccessionKind, label


@dataclass(frozen=True)
class Plan:
    """A gazetteer as rows. Ids depend on the gazetteer alone, so every load plans the same areas."""

    gazetteer: Gazetteer

    @cached_property
    def former_ids(self) -> Mapping[str, uuid.UUID]:
        """The area of each former unit."""
        return {unit.key: area_id(unit.level, unit.code, None) for unit in self.gazetteer.former.values()}

    @cached_property
    def current_ids(self) -> Mapping[str, uuid.UUID]:
        """The area of each new unit: that of the former one that it still is, or its own."""
        same = self.gazetteer.same
        return {
            unit.key: self.former_ids[same[unit.key]] if unit.key in same else area_id(unit.level, unit.code, REFORM)
            for unit in self.gazetteer.current.values()
        }

    @cached_property
    def _kept(self) -> Mapping[str, str]:
        """Former unit → the new one that is the same area."""
        return {former: current for current, former in self.gazetteer.same.items()}

    def areas(self) -> Iterator[AreaRow]:
        """Every area once, as it is now or was when it ended; those above first."""
        for unit in self.gazetteer.former.values():
            if unit.key not in self._kept:
                yield self._area(unit, self.former_ids, ends=True, began=False)
        for unit in self.gazetteer.current.values():
            yield self._area(unit, self.current_ids, ends=False, began=unit.key not in self.gazetteer.same)

    def _area(self, unit: Unit, ids: Mapping[str, uuid.UUID], *, ends: bool, began: bool) -> AreaRow:
        return AreaRow(
            id=ids[unit.key],
            level=unit.level,
            name=unit.name,
            code=unit.code,
            parent_id=ids[unit.parent] if unit.parent else None,
            valid_from=REFORM if began else None,
            valid_to=REFORM if ends else None,
            lon=unit.lon,
            lat=unit.lat,
        )

    def past(self) -> Iterator[PastRow]:
        """Names, kinds and codes that the same areas had before the reform."""
        for current, former in self.gazetteer.same.items():
            was, now = self.gazetteer.former[former], self.gazetteer.current[current]
            for attribute, before, after in (
                ("name", was.name.name, now.name.name),
                ("kind", was.name.kind.value, now.name.kind.value),
                ("code", was.code, now.code),
            ):
                if before != after:
                    yield PastRow(self.current_ids[current], attribute, before, None, REFORM)

    def placements(self) -> Iterator[PlacementRow]:
        """Where every area hung before the reform and hangs since, in both trees."""
        former, current = self.gazetteer.former, self.gazetteer.current
        for unit in former.values():
            path = self._path(former, self.former_ids, unit)
            kept = self._kept.get(unit.key)
            if kept is None or self._path(current, self.current_ids, current[kept]) != path:
                yield PlacementRow(self.former_ids[unit.key], self._parent(self.former_ids, unit), path, None, REFORM)
            if kept is None:
                yield from self._below_successors(unit)
        for unit in current.values():
            path = self._path(current, self.current_ids, unit)
            same = self.gazetteer.same.get(unit.key)
            unmoved = same is not None and self._path(former, self.former_ids, former[same]) == path
            parent = self._parent(self.current_ids, unit)
            yield PlacementRow(self.current_ids[unit.key], parent, path, None if unmoved else REFORM, None)

    def _below_successors(self, unit: Unit) -> Iterator[PlacementRow]:
        own = self.former_ids[unit.key]
        for parent, path in self._heirs(unit):
            yield PlacementRow(own, parent, path + label(own), REFORM, None, AreaTree.SUCCESSION)

    def _heirs(self, unit: Unit) -> Iterator[tuple[uuid.UUID, str]]:
        """The areas below which a former unit hangs since it ended, with their paths."""
        current = self.gazetteer.current
        edges = self.gazetteer.successors.get(unit.key, ())
        for edge in edges:
            yield self.current_ids[edge.current], self._path(current, self.current_ids, current[edge.current])
        if edges or unit.parent is None:
            return
        above, own = self.gazetteer.former[unit.parent], self.former_ids[unit.parent]
        if above.key in self._kept:
            yield own, self._path(current, self.current_ids, current[self._kept[above.key]])
        else:
            yield from ((own, path + label(own)) for _, path in self._heirs(above))

    def successions(self) -> Iterator[SuccessionRow]:
        """What ended areas became."""
        for edge in self.gazetteer.edges:
            if edge.former not in self._kept:
                yield self._succession(edge)

    def _succession(self, edge: Edge) -> SuccessionRow:
        split = len(self.gazetteer.successors[edge.former]) > 1
        province = self.gazetteer.former[edge.former].level == AreaLevel.PROVINCE
        return SuccessionRow(
            from_area_id=self.former_ids[edge.former],
            to_area_id=self.current_ids[edge.current],
            kind=SuccessionKind.SPLIT if split else SuccessionKind.MERGE,
            is_default=edge.default,
            happened_on=REFORM,
            decree=PROVINCES_DECREE if province else "",
        )

    @staticmethod
    def _parent(ids: Mapping[str, uuid.UUID], unit: Unit) -> uuid.UUID | None:
        return ids[unit.parent] if unit.parent else None

    @classmethod
    def _path(cls, units: Mapping[str, Unit], ids: Mapping[str, uuid.UUID], unit: Unit) -> str:
        above = cls._path(units, ids, units[unit.parent]) if unit.parent else ""
        return above + label(ids[unit.key])
