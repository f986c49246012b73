"""Loading hamlets from a spreadsheet: checked as a whole first, repeatable, and never half done.

A hamlet is known by its commune and its full name, so the same list again changes nothing, and a list with new figures
updates them. A former commune may be named: then the hamlet also hung there until that commune ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.areas.attributes import change_attributes
from accounts.areas.checks import today
from accounts.areas.names import AreaLevel
from accounts.areas.placing import homes, place_below
from accounts.areas.rows import AreaRow, Progress, insert, lock_trees, put_areas
from accounts.areas.sheets import Fault, Sheet, SheetRow
from accounts.models import Area, AreaPlacement, AreaSuccession
from api.actors import Actor
from api.ids import uuid7


@dataclass
class HamletLoad:
    """What a load of hamlets would do. `new` comes with the places below which each hung or hangs."""

    new: list[tuple[AreaRow, Sequence[AreaPlacement]]] = field(default_factory=list)
    changed: list[tuple[Area, dict[str, Any]]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


def prepare_hamlets(sheet: Sheet) -> HamletLoad:
    """Match a spreadsheet with what there is; five queries, whatever its length."""
    load = HamletLoad(faults=list(sheet.faults))
    known = _Known.of(sheet.rows)
    seen: dict[tuple[uuid.UUID, str], int] = {}
    for row in sheet.rows:
        commune = known.communes.get(row.commune_code)
        if commune is None:
            load.faults.append(Fault(row.line, "commune_code", "commune_unknown", {"code": row.commune_code}))
            continue
        key = (commune.id, row.name.key)
        if key in seen:
            load.faults.append(Fault(row.line, "", "row_twice", {"line": seen[key]}))
            continue
        seen[key] = row.line
        former = known.former.get((row.former_commune_code, commune.id))
        same = commune.valid_from is None and row.former_commune_code == commune.code
        if row.former_commune_code and former is None and not same:
            params = {"code": row.former_commune_code, "commune": commune.name}
            load.faults.append(Fault(row.line, "former_commune_code", "former_commune", params))
            continue
        _match(load, row, commune, former, known)
    load.faults.sort(key=lambda fault: (fault.line, fault.column))
    return load


def carry_out_hamlets(load: HamletLoad, *, actor: Actor, progress: Progress | None = None) -> None:
    """Make the new hamlets and update the changed ones, all or nothing."""
    with transaction.atomic():
        lock_trees()
        put_areas(actor, [row for row, _ in load.new], progress)
        insert([place for row, parents in load.new for place in place_below(row.id, parents, None)])
        change_attributes(actor, load.changed, today(), event="area.counted")


@dataclass(frozen=True)
class _Known:
    """What there is of that which a spreadsheet names."""

    communes: Mapping[str, Area]
    former: Mapping[tuple[str, uuid.UUID], uuid.UUID]
    places: Mapping[uuid.UUID, Sequence[AreaPlacement]]
    hamlets: Mapping[tuple[uuid.UUID | None, str], Area]

    @classmethod
    def of(cls, rows: Iterable[SheetRow]) -> _Known:
        """Communes by today's code, former ones by code and successor, their places, and the hamlets there."""
        wanted = {row.commune_code for row in rows}
        there = Area.objects.filter(level=AreaLevel.COMMUNE, valid_to=None, deleted_at=None)
        communes = {area.code: area for area in there.filter(code__in=wanted)}
        ids = [area.id for area in communes.values()]
        edges = AreaSuccession.objects.filter(to_area_id__in=ids).values_list("from_area_id", "to_area_id")
        codes = dict(
            Area.objects.filter(id__in=[edge[0] for edge in edges], level=AreaLevel.COMMUNE).values_list("id", "code")
        )
        former = {(codes[old], new): old for old, new in edges if old in codes}
        hamlets = Area.objects.filter(level=AreaLevel.HAMLET, parent_id__in=ids, valid_to=None, deleted_at=None)
        return cls(
            communes=communes,
            former=former,
            places=homes([*ids, *codes]),
            hamlets={(area.parent_id, area.name_fold): area for area in hamlets},
        )


def _match(load: HamletLoad, row: SheetRow, commune: Area, former: uuid.UUID | None, known: _Known) -> None:
    """A line is a new hamlet, or one that is there, maybe with other figures; empty cells leave what is known."""
    area = AreaRow(
        id=uuid7(),
        level=AreaLevel.HAMLET,
        name=row.name,
        code=row.code,
        parent_id=commune.id,
        lon=row.lon,
        lat=row.lat,
        household_count=row.households,
    )
    standing = known.hamlets.get((commune.id, row.name.key))
    if standing is None:
        parents = [*(known.places.get(former, ()) if former else ()), *known.places[commune.id]]
        load.new.append((area, parents))
        return
    filled = {"code": row.code or None, "household_count": row.households}
    changed: dict[str, Any] = {
        name: value for name, value in filled.items() if value not in (None, getattr(standing, name))
    }
    if row.lon is not None and (row.lon, row.lat) != (standing.centre_lon, standing.centre_lat):
        changed["centre"] = {"lon": row.lon, "lat": row.lat}
    if changed:
        load.changed.append((standing, changed))
    else:
        load.unchanged += 1
