"""The sheet of hamlets: a hamlet is known by its commune and full name; empty cells leave what is known.

A former commune may be named: then the hamlet also hung there until that commune ended.
"""

from __future__ import annotations

from typing import Any

from accounts.areas.names import KINDS, AreaKind, AreaLevel, Name, parse_name, read_name
from accounts.areas.rows import AreaRow
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.load import Cells
from accounts.imports.places import Hamlet, Places
from accounts.imports.reading import Sheet
from accounts.imports.sheets import HAMLETS
from accounts.imports.values import BadValue, read_choice, read_code, read_number, read_text, read_whole
from accounts.models import Area
from api.ids import uuid7

MOST_HOUSEHOLDS = 100_000


def match_hamlets(load: AccountsLoad, sheet: Sheet, places: Places) -> None:
    """Judge each row, and add the hamlets to what other sheets may name."""
    seen: dict[tuple[Any, str], int] = {}
    for line in sheet.lines:
        row = load.begin(HAMLETS, sheet.name, line.line)
        cells = Cells(row, line, HAMLETS)
        name = _name(cells)
        commune = read_commune(cells, places)
        values = _values(cells)
        if commune is not None and commune.id not in places.ours:
            cells.wrong("commune_code", "commune_unknown", {"code": commune.code})
        if name is None or commune is None:
            continue
        row.label = f"{name.full} · {commune.name}"
        former = _former(cells, places, commune)
        first = seen.setdefault((commune.id, name.key), line.line)
        if first != line.line:
            cells.wrong("", "row_twice", {"line": first})
        standing = places.hamlets.get((commune.id, name.key))
        area = AreaRow(id=uuid7(), level=AreaLevel.HAMLET, name=name, parent_id=commune.id, **values)
        if standing is None:
            # Other sheets may name it though its row is faulty: one mistake is told once.
            places.add_hamlet(Hamlet(area.id, commune, name, area.code))
        if cells.bad:
            continue
        if standing is None:
            above = [*(places.homes.get(former, ()) if former else ()), *places.homes[commune.id]]
            load.hamlets.append((area, above))
            load.made("area", area.id, row)
        elif standing.area is not None:
            _compare(load, cells, standing.area, area)


def read_commune(cells: Cells, places: Places) -> Area | None:
    """The commune that a row names, or the import's own."""
    try:
        return places.commune(read_code(cells.raw("commune_code")))
    except BadValue as bad:
        cells.wrong("commune_code", bad.code, bad.params)
        return None


def _name(cells: Cells) -> Name | None:
    """The name and kind; without a kind of its own the name must begin with one: `Thôn 3`."""
    faults = len(cells.row.faults)
    column = cells.columns["name"]
    full = cells.read("name", lambda cell: read_text(cell, column))
    kind = cells.read("kind", lambda cell: read_choice(cell, KINDS[AreaLevel.HAMLET]))
    if full is None or len(cells.row.faults) > faults:
        return None
    named = read_name(full, AreaKind(kind)) if kind else parse_name(full, AreaLevel.HAMLET)
    if named is None:
        cells.wrong("name", "hamlet_kind", {"choices": ", ".join(kind.label_vi for kind in KINDS[AreaLevel.HAMLET])})
    return named


def _values(cells: Cells) -> dict[str, Any]:
    code = cells.columns["code"]
    lon = cells.read("lon", lambda cell: read_number(cell, -180, 180))
    lat = cells.read("lat", lambda cell: read_number(cell, -90, 90))
    if (cells.raw("lon") in (None, "")) != (cells.raw("lat") in (None, "")):
        cells.wrong("lat" if cells.raw("lon") not in (None, "") else "lon", "required")
    return {
        "code": cells.read("code", lambda cell: read_text(cell, code)) or "",
        "household_count": cells.read("households", lambda cell: read_whole(cell, 0, MOST_HOUSEHOLDS)),
        "lon": lon,
        "lat": lat,
    }


def _former(cells: Cells, places: Places, commune: Area) -> Any:
    """The former commune that a row names; it must have become part of this one."""
    code = cells.read("former_commune_code", read_code)
    if not code:
        return None
    former = places.former.get((code, commune.id))
    if former is None and not (commune.valid_from is None and code == commune.code):
        cells.wrong("former_commune_code", "former_commune", {"code": code, "commune": commune.name})
    return former


def _compare(load: AccountsLoad, cells: Cells, standing: Area, sent: AreaRow) -> None:
    """What a row says otherwise than it stands."""
    changed: dict[str, Any] = {}
    for column, name, value in (
        ("code", "code", sent.code or None),
        ("households", "household_count", sent.household_count),
    ):
        if value not in (None, getattr(standing, name)):
            changed[name] = value
            cells.row.alters(column, getattr(standing, name), value)
    if sent.lon is not None and (sent.lon, sent.lat) != (standing.centre_lon, standing.centre_lat):
        changed["centre"] = {"lon": sent.lon, "lat": sent.lat}
        before = "" if standing.centre_lon is None else f"{standing.centre_lon} {standing.centre_lat}"
        cells.row.alters("lon", before, f"{sent.lon} {sent.lat}")
    if changed:
        load.attributes.append((standing, changed))
