"""The sheet of teams: a team is known by its hamlet and name; empty cells leave what is known."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.hamlets import read_commune
from accounts.imports.load import Cells
from accounts.imports.places import Hamlet, Places, TeamAt
from accounts.imports.reading import Sheet
from accounts.imports.sheets import TEAMS
from accounts.imports.values import BadValue, read_choice, read_day, read_text
from accounts.models import Area, Team
from accounts.roles import TeamType
from api.ids import uuid7
from api.localtime import now, wire
from api.sync.changes import Change
from api.text import fold


def match_teams(load: AccountsLoad, sheet: Sheet, places: Places) -> None:
    """Judge each row, and add the teams to what other sheets may name."""
    seen: dict[tuple[uuid.UUID, str], int] = {}
    for line in sheet.lines:
        row = load.begin(TEAMS, sheet.name, line.line)
        cells = Cells(row, line, TEAMS)
        name = cells.read("name", lambda cell: read_text(cell, cells.columns["name"]))  # noqa: B023 - read at once
        hamlet = read_hamlet(cells, places, read_commune(cells, places))
        if hamlet is None and not cells.raw("hamlet"):
            cells.wrong("hamlet", "required")
        values = _values(cells)
        if name is None or hamlet is None:
            continue
        row.label = f"{name} · {hamlet.name.full}"
        first = seen.setdefault((hamlet.id, fold(name)), line.line)
        if first != line.line:
            cells.wrong("", "row_twice", {"line": first})
            continue
        standing = places.teams.get((hamlet.id, fold(name)))
        if standing is not None and standing.team is not None and standing.team.status == "dissolved":
            cells.wrong("name", "team_dissolved")
        team_id = uuid7()
        if standing is None:
            places.add_team(TeamAt(team_id, hamlet, name))
        if cells.bad:
            continue
        if standing is None:
            load.changes.append(_put(team_id, hamlet, name, values))
            load.made("team", team_id, row)
        elif standing.team is not None:
            _compare(load, cells, standing.team, values)


def read_hamlet(cells: Cells, places: Places, commune: Area | None) -> Hamlet | None:
    """The hamlet that a row names; None if it names none, or one that isn't there."""
    text = cells.read("hamlet", lambda cell: read_text(cell, cells.columns["hamlet"])) if cells.raw("hamlet") else None
    if commune is None or not text:
        return None
    try:
        return places.hamlet(commune, text)
    except BadValue as bad:
        cells.wrong("hamlet", bad.code, bad.params)
        return None


def _values(cells: Cells) -> dict[str, Any]:
    """What a row says of a team, as the record has it; None for what it doesn't say."""
    founded = cells.read("founded_on", read_day)
    return {
        "team_type": cells.read("team_type", lambda cell: read_choice(cell, tuple(TeamType))),
        "founding_decision": cells.read(
            "founding_decision", lambda cell: read_text(cell, cells.columns["founding_decision"])
        ),
        "founded_on": founded and founded.isoformat(),
    }


def _put(team_id: uuid.UUID, hamlet: Hamlet, name: str, values: dict[str, Any]) -> Change:
    data = values | {
        "id": str(team_id),
        "area_id": str(hamlet.id),
        "recorded_at": wire(now()),
        "name": name,
        "team_type": values["team_type"] or TeamType.SELF_MANAGEMENT_TEAM.value,
        "status": "active",
    }
    return Change(type="team", id=team_id, op="put", area_id=hamlet.id, data=data, system=True)


def _compare(load: AccountsLoad, cells: Cells, standing: Team, values: dict[str, Any]) -> None:
    changed = {}
    for name, value in values.items():
        stands = getattr(standing, name)
        before = stands.isoformat() if name == "founded_on" and stands else stands
        if value not in (None, before):
            changed[name] = value
            cells.row.alters(name, before, value)
    if changed:
        load.changes.append(
            Change(
                type="team",
                id=standing.id,
                op="patch",
                area_id=standing.area_id,
                data=changed,
                expected_version=standing.version,
                system=True,
            )
        )
