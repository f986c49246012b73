"""The country's provinces, former districts and communes, and what became of what on 1 July 2025.

Read from the data files of the package `vietnamadminunits` (MIT), which is never imported. They hold two snapshots,
before and after the day, and which former communes each new one was made of; no shares, and no dates or decrees of
earlier changes.
"""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from accounts.areas.names import AreaLevel, Name, parse_name

REFORM = date(2025, 7, 1)
# The National Assembly's resolution on the provinces; the communes' 34 resolutions aren't in the data.
PROVINCES_DECREE = "202/2025/QH15"
_NAMESPACE = uuid.UUID("8a4a6dfc-2f1e-5c0e-9a53-61d6a7d1c0b5")


@dataclass(frozen=True)
class Unit:
    """An area of one of the two snapshots. `key` names it within the snapshot; `parent` is the key of what holds it."""

    key: str
    parent: str | None
    level: AreaLevel
    code: str
    name: Name
    lon: float | None
    lat: float | None
    province: str


@dataclass(frozen=True)
class Edge:
    """A former unit that wholly or partly became a new one; `default`: this one inherits what can't be shared."""

    former: str
    current: str
    default: bool


@dataclass(frozen=True)
class Gazetteer:
    """Both snapshots by key, and the edges between them."""

    former: Mapping[str, Unit]
    current: Mapping[str, Unit]
    edges: tuple[Edge, ...]

    @cached_property
    def successors(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges of each former unit."""
        return _grouped(self.edges, "former")

    @cached_property
    def predecessors(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges of each new unit."""
        return _grouped(self.edges, "current")

    @cached_property
    def same(self) -> Mapping[str, str]:
        """New unit → the former one that it still is: one became one, of the same level, whatever it is called now."""
        return {
            edges[0].current: edges[0].former
            for edges in self.predecessors.values()
            if len(edges) == 1
            and len(self.successors[edges[0].former]) == 1
            and self.former[edges[0].former].level == self.current[edges[0].current].level
        }

    def only(self, province_code: str) -> Gazetteer:
        """One province of today (or the one that took in a former province with this code) and all that became it."""
        provinces = {
            u.province for u in self.current.values() if u.level == AreaLevel.PROVINCE and u.code == province_code
        }
        if not provinces:
            provinces = {
                self.current[edge.current].province
                for edge in self.edges
                if self.former[edge.former].level == AreaLevel.PROVINCE
                and self.former[edge.former].code == province_code
            }
        current = {key: unit for key, unit in self.current.items() if unit.province in provinces}
        edges = tuple(edge for edge in self.edges if edge.current in current)
        held = {self.former[edge.former].province for edge in edges}
        return Gazetteer({key: unit for key, unit in self.former.items() if unit.province in held}, current, edges)


def area_id(level: AreaLevel, code: str, begins: date | None) -> uuid.UUID:
    """The id of a loaded area, the same in every load: a code names an area only together with the day it began."""
    return uuid.uuid5(_NAMESPACE, f"VN/{level}/{code}/{begins or ''}")


def read_gazetteer() -> Gazetteer:
    """The gazetteer of the installed package; LookupError if it isn't installed."""
    package = importlib.util.find_spec("vietnamadminunits")
    if package is None or not package.submodule_search_locations:
        raise LookupError("the package vietnamadminunits is not installed")
    data = Path(package.submodule_search_locations[0]) / "data"
    with closing(sqlite3.connect(f"{(data / 'dataset.db').as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        former = {row["key"]: _unit(row) for select in _FORMER for row in database.execute(select)}
        current = {row["key"]: _unit(row) for select in _CURRENT for row in database.execute(select)}
    with (data / "converter_2025.json").open(encoding="utf-8") as file:
        return Gazetteer(former, current, tuple(_edges(json.load(file))))


_PROVINCES = """
SELECT DISTINCT 'province' AS level, provinceKey AS key, NULL AS parent, provinceCode AS code, province AS name,
       provinceLon AS lon, provinceLat AS lat, provinceKey AS province FROM {table}
"""
# Five island districts had no commune.
_FORMER = (
    _PROVINCES.format(table="admin_units_legacy"),
    """
    SELECT DISTINCT 'district' AS level, provinceKey || '_' || districtKey AS key, provinceKey AS parent,
           districtCode AS code, district AS name, districtLon AS lon, districtLat AS lat, provinceKey AS province
    FROM admin_units_legacy
    """,
    """
    SELECT 'commune' AS level, provinceKey || '_' || districtKey || '_' || wardKey AS key,
           provinceKey || '_' || districtKey AS parent, wardCode AS code, ward AS name, wardLon AS lon, wardLat AS lat,
           provinceKey AS province
    FROM admin_units_legacy WHERE ward IS NOT NULL
    """,
)
_CURRENT = (
    _PROVINCES.format(table="admin_units"),
    """
    SELECT 'commune' AS level, provinceKey || '_' || wardKey AS key, provinceKey AS parent, wardCode AS code,
           ward AS name, wardLon AS lon, wardLat AS lat, provinceKey AS province
    FROM admin_units
    """,
)


def _unit(row: sqlite3.Row) -> Unit:
    level = AreaLevel(row["level"])
    name = parse_name(row["name"], level)
    if name is None:
        raise ValueError(f"{row['name']!r} doesn't begin with a kind of {level}")
    return Unit(**{**dict(row), "level": level, "name": name})


def _edges(converter: Mapping[str, Any]) -> Iterable[Edge]:
    """The converter's three tables as edges; an island district stands there as a commune without a name."""
    for current, formers in converter["DICT_PROVINCE"].items():
        yield from (Edge(former, current, default=True) for former in formers)
    for province, communes in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, formers in communes.items():
            yield from (Edge(former.removesuffix("_"), f"{province}_{commune}", default=True) for former in formers)
    for province, divided in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for former, parts in divided.items():
            for part in parts:
                yield Edge(former, f"{province}_{part['newWardKey']}", default=part["isDefaultNewWard"])


def _grouped(edges: Iterable[Edge], side: str) -> Mapping[str, tuple[Edge, ...]]:
    groups: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        groups[getattr(edge, side)].append(edge)
    return {key: tuple(group) for key, group in groups.items()}
