"""The check of a file: every row against what there is, and what all of them together would do. Nothing is written."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from accounts.imports.accounts import Accounts
from accounts.imports.columns import ImportKind
from accounts.imports.grants import match_grants
from accounts.imports.hamlets import match_hamlets
from accounts.imports.load import Load
from accounts.imports.people import People
from accounts.imports.places import Places, Scope
from accounts.imports.reading import Sheet
from accounts.imports.teams import match_teams
from accounts.imports.values import BadValue, read_code, read_phone


def match(
    sheets: Sequence[Sheet],
    *,
    area_id: uuid.UUID | None,
    me: uuid.UUID | None = None,
    progress: Callable[[int], None] | None = None,
) -> Load:
    """Judge all rows; a dozen queries, whatever their number. `me`: whoever imports, who gives nothing to themself."""
    load = Load(progress)
    by_kind = {sheet.kind: sheet for sheet in sheets if sheet.kind}
    lines = [line for sheet in by_kind.values() for line in sheet.lines]
    places = Places.of(Scope.of(area_id), {read_code(line.cells.get("commune_code")) for line in lines} - {""})
    accounts = Accounts.of(places.scope, set(_phones(sheets)))
    people = People(load, places, accounts, me)
    steps: dict[ImportKind, Callable[[Sheet], None]] = {
        ImportKind.HAMLETS: lambda sheet: match_hamlets(load, sheet, places),
        ImportKind.TEAMS: lambda sheet: match_teams(load, sheet, places),
        ImportKind.PEOPLE: people.match,
        ImportKind.GRANTS: lambda sheet: match_grants(load, sheet, places, accounts, me),
    }
    for kind, step in steps.items():
        if sheet := by_kind.get(kind):
            for fault in sheet.faults:
                if not fault.line or fault.column or fault.code != "row_cells":
                    load.begin(kind, sheet.name, fault.line).fails(fault)
            step(sheet)
            _add_line_faults(load, sheet)
    return load


def _phones(sheets: Sequence[Sheet]) -> list[str]:
    found = []
    for sheet in sheets:
        for line in sheet.lines:
            try:
                found.append(read_phone(line.cells.get("phone")))
            except BadValue:
                continue
    return found


def _add_line_faults(load: Load, sheet: Sheet) -> None:
    """What was found wrong with lines while they were read goes to their rows."""
    of_lines = {fault.line: fault for fault in sheet.faults if fault.code == "row_cells"}
    if not of_lines:
        return
    for row in load.rows:
        if row.sheet == sheet.name and row.kind == sheet.kind and (fault := of_lines.pop(row.line, None)):
            row.fails(fault)
