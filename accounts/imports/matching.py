"""The check of a file: every row against what there is, and what all of them together would do. Nothing is written."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from accounts.imports.accounts import Accounts
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.columns import SheetKind
from accounts.imports.grants import match_grants
from accounts.imports.hamlets import match_hamlets
from accounts.imports.people import People
from accounts.imports.places import Places, Scope
from accounts.imports.reading import Sheet
from accounts.imports.sheets import GRANTS, HAMLETS, PEOPLE, TEAMS
from accounts.imports.teams import match_teams
from accounts.imports.values import BadValue, read_code, read_phone
from api.actors import Actor


def match(
    sheets: Sequence[Sheet],
    *,
    area_id: uuid.UUID | None,
    actor: Actor | None = None,
    progress: Callable[[int], None] | None = None,
) -> AccountsLoad:
    """Judge all rows; a dozen queries, whatever their number. Whoever imports gives nothing to themself."""
    load, me = AccountsLoad(progress), actor.user_id if actor else None
    by_kind = {sheet.kind: sheet for sheet in sheets if sheet.kind}
    lines = [line for sheet in by_kind.values() for line in sheet.lines]
    places = Places.of(Scope.of(area_id), {read_code(line.cells.get("commune_code")) for line in lines} - {""})
    accounts = Accounts.of(places.scope, set(_phones(sheets)))
    people = People(load, places, accounts, me)
    steps: dict[SheetKind, Callable[[Sheet], None]] = {
        HAMLETS: lambda sheet: match_hamlets(load, sheet, places),
        TEAMS: lambda sheet: match_teams(load, sheet, places),
        PEOPLE: people.match,
        GRANTS: lambda sheet: match_grants(load, sheet, places, accounts, me),
    }
    for kind, step in steps.items():
        if sheet := by_kind.get(kind):
            with load.judging(sheet, kind):
                step(sheet)
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
