"""The sheet of people: an account is known by its phone, a place in a team by account and team.

A row never takes anybody out of another team: a person may be in two, and a move is a thing of its own. Somebody who
left is named with that status.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from accounts.imports.accounts import Account, Accounts
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.columns import RowStatus
from accounts.imports.grants import GrantWish, judge_grant
from accounts.imports.hamlets import read_commune
from accounts.imports.load import Cells, Row, start_of
from accounts.imports.places import Places, TeamAt
from accounts.imports.reading import Sheet
from accounts.imports.sheets import PEOPLE, PersonState
from accounts.imports.teams import read_hamlet
from accounts.imports.values import BadValue, read_choice, read_day, read_phone, read_text
from accounts.models import Membership, User
from accounts.names import name_columns
from accounts.roles import GrantRole, TeamRole
from api.ids import uuid7
from api.localtime import local_day, now, wire
from api.sync.changes import Change


@dataclass
class People:
    """Judges rows of people, and remembers what earlier rows said of the same ones."""

    load: AccountsLoad
    places: Places
    accounts: Accounts
    me: uuid.UUID | None
    seen: dict[tuple[uuid.UUID, uuid.UUID | None], int] = field(default_factory=dict)
    states: dict[uuid.UUID, tuple[int, str | None]] = field(default_factory=dict)
    patched: set[uuid.UUID] = field(default_factory=set)
    moment: dt.datetime = field(default_factory=now)

    def match(self, sheet: Sheet) -> None:
        """Judge each row."""
        for line in sheet.lines:
            row = self.load.begin(PEOPLE, sheet.name, line.line)
            self._judge(Cells(row, line, PEOPLE))
        for user_id, name in self.load.renamed.items():
            for membership in self.accounts.of_user.get(user_id, ()):
                if membership.id not in self.patched:  # rosters carry names too
                    self._patch(membership, {"full_name": name})

    def _judge(self, cells: Cells) -> None:
        phone = cells.read("phone", read_phone)
        name = cells.read("full_name", lambda cell: read_text(cell, cells.columns["full_name"]))
        state = cells.read("status", lambda cell: read_choice(cell, tuple(PersonState)))
        role = cells.read("role", lambda cell: read_choice(cell, tuple(TeamRole)))
        badge = cells.read("badge_number", lambda cell: read_text(cell, cells.columns["badge_number"]))
        starts_on = cells.read("starts_on", read_day)
        grant_role = cells.read("grant_role", lambda cell: read_choice(cell, tuple(GrantRole)))
        area, team = self._place(cells, with_grant=bool(grant_role) or cells.raw("grant_role") not in (None, ""))
        cells.row.label = " · ".join(filter(None, (name, phone)))
        account = self._account(cells, phone, name) if phone and name else None
        if account is None:
            return
        first = self.seen.setdefault((account.id, team.id if team else None), cells.line.line)
        earlier, earlier_state = self.states.setdefault(account.id, (cells.line.line, state))
        if first != cells.line.line or (earlier != cells.line.line and PersonState.LEFT in (state, earlier_state)):
            cells.wrong("", "row_twice", {"line": min(first, earlier)})
        if account.user is not None and account.id == self.me and self._touches(account, team, role, grant_role, name):
            cells.wrong("", "import_oneself")
        if state == PersonState.LEFT:
            if account.user is not None and not account.ours:
                cells.wrong("status", "person_elsewhere")
        elif account.user is not None and not account.user.is_active:
            cells.wrong("phone", "person_inactive")
        if not cells.bad:
            self._carry(cells, account, state, team, area, _Place(role, badge, starts_on), name, grant_role)

    def _place(self, cells: Cells, *, with_grant: bool) -> tuple[uuid.UUID | None, TeamAt | None]:
        """The area and the team of a row; who has a role over an area may be in no team."""
        commune = read_commune(cells, self.places)
        hamlet = read_hamlet(cells, self.places, commune)
        named = cells.read("team", lambda cell: read_text(cell, cells.columns["team"])) or ""
        if commune is None or (hamlet is None and cells.raw("hamlet")):
            return None, None
        if hamlet is None:
            if not with_grant or named:
                cells.wrong("hamlet", "required")
            return commune.id if commune.id in self.places.ours else None, None
        if with_grant and not named:
            return hamlet.id, None
        try:
            return hamlet.id, self.places.team(hamlet, named)
        except BadValue as bad:
            cells.wrong("team", bad.code, bad.params)
            return hamlet.id, None

    def _account(self, cells: Cells, phone: str, name: str) -> Account | None:
        """The account with this phone, or the one that this row makes."""
        if phone in self.accounts.hidden:
            cells.wrong("phone", "phone_taken")
            return None
        account = self.accounts.by_phone.get(phone)
        if account is None:
            account = Account(uuid7(), phone, name, cells.line.line)
            self.accounts.by_phone[phone] = account
            return account
        if account.line and account.full_name != name:
            cells.wrong("full_name", "phone_two_names", {"line": account.line, "name": account.full_name})
            return None
        if account.user is not None and account.full_name != name:
            if not account.ours:
                cells.wrong("full_name", "name_elsewhere", {"name": account.full_name})
                return None
            if account.line == 0 and account.id != self.me:
                cells.row.alters("full_name", account.full_name, name)
                self.load.renamed[account.id] = name
                self.load.homes[account.id] = account.user.area_id
        account.line, account.full_name = account.line or cells.line.line, name
        return account

    def _touches(
        self, account: Account, team: TeamAt | None, role: str | None, grant_role: str | None, name: str | None
    ) -> bool:
        """Whether a row would change what the importer is: nobody gives anything to themself."""
        stands = self.accounts.memberships.get((team.id, account.id)) if team else None
        renamed = account.user is not None and account.user.full_name != name
        return bool(grant_role) or renamed or (team is not None and (stands is None or role not in (None, stands.role)))

    def _carry(
        self,
        cells: Cells,
        account: Account,
        state: str | None,
        team: TeamAt | None,
        area: uuid.UUID | None,
        place: _Place,
        name: str | None,
        grant_role: str | None,
    ) -> None:
        """What a sound row asks for."""
        load, row = self.load, cells.row
        if state == PersonState.LEFT:
            self._leave(row, account)
            return
        if account.user is None and account.line == cells.line.line:
            load.users.append(
                User(
                    id=account.id,
                    phone=account.phone,
                    password="",
                    **name_columns(account.full_name),
                    area_id=area,
                    created_at=self.moment,
                )
            )
            load.made("user", account.id, row)
        if team is not None:
            self._join(row, account, team, place)
        if grant_role is not None and area is not None:
            wish = GrantWish(grant_role, area, place.starts_on, None)
            judge_grant(load, cells, self.accounts, account, wish, me=self.me, column="grant_role")
        if account.user is not None and account.user.area_id is None and row.status == RowStatus.CREATE:
            load.settled.setdefault(account.id, area)
        if account.user is not None and row.status != RowStatus.UNCHANGED:
            load.relied_on[account.id] = (account.user.full_name, True)

    def _leave(self, row: Row, account: Account) -> None:
        """The person's places in teams end, and the account is switched off."""
        if account.user is None:
            return
        load, here = self.load, self.accounts.of_user.get(account.id, ())
        if account.user.is_active:
            load.left.append(account.id)
            load.relied_on[account.id] = (account.user.full_name, True)
        for membership in here:
            self._patch(membership, {"ends_at": wire(max(self.moment, membership.starts_at))})
        if account.user.is_active or here:
            row.status = RowStatus.DEACTIVATE

    def _join(self, row: Row, account: Account, team: TeamAt, place: _Place) -> None:
        """The person's place in the team: begun, corrected, or with another role ended and begun anew."""
        stands = self.accounts.memberships.get((team.id, account.id))
        if stands is None:
            self._begin(row, account, team, place.role or TeamRole.MEMBER.value, place.badge, place.start(self.moment))
            return
        changed: dict[str, Any] = {}
        if account.full_name != stands.full_name:
            changed["full_name"] = account.full_name
        if place.badge not in (None, stands.badge_number):
            changed["badge_number"] = place.badge
            row.alters("badge_number", stands.badge_number, place.badge)
        if place.role not in (None, stands.role):
            row.alters("role", stands.role, place.role)
            self._patch(stands, changed | {"ends_at": wire(max(self.moment, stands.starts_at))})
            start = max(self.moment, stands.starts_at)
            self._begin(row, account, team, str(place.role), place.badge or stands.badge_number, start)
            row.status = RowStatus.CHANGE
            return
        if place.starts_on is not None and place.starts_on != local_day(stands.starts_at):
            changed["starts_at"] = wire(start_of(place.starts_on))
            row.alters("starts_on", local_day(stands.starts_at), place.starts_on)
        if changed:
            self._patch(stands, changed)

    def _begin(
        self, row: Row, account: Account, team: TeamAt, role: str, badge: str | None, starts_at: dt.datetime
    ) -> None:
        membership_id = uuid7()
        data = {
            "id": str(membership_id),
            "area_id": str(team.hamlet.id),
            "recorded_at": wire(self.moment),
            "team_id": str(team.id),
            "user_id": str(account.id),
            "full_name": account.full_name,
            "role": role,
            "badge_number": badge,
            "starts_at": wire(starts_at),
            "ends_at": None,
        }
        self.load.changes.append(
            Change(type="membership", id=membership_id, op="put", area_id=team.hamlet.id, data=data, system=True)
        )
        self.load.made("membership", membership_id, row)

    def _patch(self, membership: Membership, data: dict[str, Any]) -> None:
        self.patched.add(membership.id)
        self.load.changes.append(
            Change(
                type="membership",
                id=membership.id,
                op="patch",
                area_id=membership.area_id,
                data=data,
                expected_version=membership.version,
                system=True,
            )
        )


@dataclass(frozen=True)
class _Place:
    """What a row says of a place in a team; None for what it doesn't say."""

    role: str | None
    badge: str | None
    starts_on: dt.date | None

    def start(self, moment: dt.datetime) -> dt.datetime:
        """When it begins."""
        return start_of(self.starts_on) if self.starts_on else moment
