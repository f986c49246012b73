"""The sheet of grants: a role over an area, known by account, role and area."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from accounts.areas.checks import today
from accounts.grants import NEEDS_A_SECOND
from accounts.imports.accounts import Account, Accounts
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.hamlets import read_commune
from accounts.imports.load import Cells, start_of
from accounts.imports.places import Places
from accounts.imports.reading import Sheet
from accounts.imports.sheets import GRANTS
from accounts.imports.teams import read_hamlet
from accounts.imports.values import read_choice, read_day, read_phone
from accounts.models import Grant
from accounts.roles import GrantRole
from api.localtime import local_day, now


class GrantWish(NamedTuple):
    """A role over an area that a row asks for; both days are inclusive."""

    role: str
    area_id: uuid.UUID
    starts_on: dt.date | None
    ends_on: dt.date | None


def match_grants(load: AccountsLoad, sheet: Sheet, places: Places, accounts: Accounts, me: uuid.UUID | None) -> None:
    """Judge each row."""
    seen: dict[tuple[uuid.UUID, str, uuid.UUID], int] = {}
    for line in sheet.lines:
        row = load.begin(GRANTS, sheet.name, line.line)
        cells = Cells(row, line, GRANTS)
        phone = cells.read("phone", read_phone)
        role = cells.read("role", lambda cell: read_choice(cell, tuple(GrantRole)))
        starts_on, ends_on = cells.read("starts_on", read_day), cells.read("ends_on", read_day)
        area_id = _area(cells, places)
        account = accounts.by_phone.get(phone) if phone else None
        if phone and account is None:
            cells.wrong("phone", "person_unknown")
        if account is not None and account.user is not None and not account.user.is_active:
            cells.wrong("phone", "person_inactive")
        if starts_on and ends_on and ends_on < starts_on:
            cells.wrong("ends_on", "ends_before_start")
        if ends_on and ends_on < today():
            cells.wrong("ends_on", "ends_in_past")
        if account is None or role is None or area_id is None:
            continue
        row.label = f"{account.full_name} · {account.phone}"
        first = seen.setdefault((account.id, role, area_id), line.line)
        if first != line.line:
            cells.wrong("", "row_twice", {"line": first})
        if not cells.bad:
            judge_grant(load, cells, accounts, account, GrantWish(role, area_id, starts_on, ends_on), me=me)


def _area(cells: Cells, places: Places) -> uuid.UUID | None:
    """The hamlet or commune that a row names; without either, the area of the import itself."""
    own = places.scope.area
    if cells.raw("commune_code") in (None, "") and cells.raw("hamlet") in (None, "") and own is not None:
        return own.id
    commune = read_commune(cells, places)
    if cells.raw("hamlet") not in (None, ""):
        hamlet = read_hamlet(cells, places, commune)
        return hamlet.id if hamlet else None
    if commune is not None and commune.id not in places.ours:
        cells.wrong("commune_code", "commune_unknown", {"code": commune.code})
        return None
    return commune.id if commune else None


def judge_grant(
    load: AccountsLoad,
    cells: Cells,
    accounts: Accounts,
    account: Account,
    wish: GrantWish,
    *,
    me: uuid.UUID | None,
    column: str = "role",
) -> None:
    """A new grant, another end of one that stands, or nothing to do."""
    standing = accounts.grants.get((account.id, wish.role, wish.area_id))
    ends_at = start_of(wish.ends_on + dt.timedelta(days=1)) if wish.ends_on else None
    if standing is not None:
        if ends_at is not None and standing.ends_at != ends_at:
            later = standing.ends_at is not None and ends_at > standing.ends_at
            if account.id == me:
                cells.wrong(column, "own_account")
                return
            if later and wish.role in NEEDS_A_SECOND:  # as good as giving it, so it takes the second person
                cells.wrong("ends_on", "police_prolonged")
                return
            before = local_day(standing.ends_at) - dt.timedelta(days=1) if standing.ends_at else None
            cells.row.alters("ends_on", before, wish.ends_on)
            load.grant_ends.append((standing, ends_at))
        return
    if account.id == me:
        cells.wrong(column, "own_account")
        return
    moment = now()
    grant = Grant(
        user_id=account.id,
        role=wish.role,
        area_id=wish.area_id,
        starts_at=start_of(wish.starts_on) if wish.starts_on else moment,
        ends_at=ends_at,
        granted_by=me,
        created_at=moment,
        # Whoever imports: a police officer waits for a second person.
        confirmed_at=None if wish.role in NEEDS_A_SECOND else moment,
    )
    load.grants.append(grant)
    if account.user is not None:
        load.relied_on[account.id] = (account.user.full_name, True)
        if account.user.area_id is None:
            load.settled.setdefault(account.id, wish.area_id)
    load.made("grant", grant.id, cells.row)
