"""The cast: eight people in two real communes of the former Bình Thuận, and a crew of members for the evening.

People, teams and hamlets are made once and found again; every call gives new random passwords, the only ones that work.
"""

from __future__ import annotations

import os
import secrets
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
django.setup()


from django.core.management import call_command

from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import NewArea, create_area
from accounts.grants import give_grant
from accounts.memberships import add_member
from accounts.models import Area, Grant, Membership, Team, User
from accounts.passwords import hash_password
from accounts.scoping import SystemActor
from accounts.teams import create_team
from accounts.users import create_user
from api.localtime import now

PROVINCE = "Lâm Đồng"
HAMLETS = {"Hồng Thái": ("Thái An", "Thái Bình", "Thái Hòa"), "Tuy Phong": ("Lạc Trị", "Vĩnh Hải", "Phú Điền")}
TEAM_SIZE = 4
SINCE = timedelta(days=60)
"""How long they have been at it."""

_NAMESPACE = uuid.UUID("5b0c1f5e-27e3-4a0e-9d4e-6f8f3c2b7a10")
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Võ", "Đặng", "Bùi", "Đỗ", "Huỳnh", "Thông")
_MIDDLE = ("Văn", "Thị", "Ngọc", "Minh", "Thanh", "Quốc")
_GIVEN = ("An", "Bình", "Cường", "Dung", "Giang", "Hạnh", "Khoa", "Lộc", "Mai", "Nam", "Phúc", "Quyên", "Sang", "Thảo")


@dataclass(frozen=True)
class Role:
    """Somebody of the cast: a role, and the place where it is held: province, commune, or team of a hamlet."""

    key: str
    full_name: str
    role: str | None = None
    commune: int = 0
    level: AreaLevel = AreaLevel.HAMLET


CAST = (
    Role("lan", "Nguyễn Thị Lan", "member"),
    Role("bao", "Trần Quốc Bảo", "leader"),
    Role("minh", "Lê Văn Minh", "front_officer", level=AreaLevel.COMMUNE),
    Role("dung", "Phạm Tiến Dũng", "police_officer", level=AreaLevel.COMMUNE),
    Role("hoa", "Võ Thanh Hoa", "analyst", level=AreaLevel.PROVINCE),
    Role("son", "Đặng Ngọc Sơn", "admin", level=AreaLevel.PROVINCE),
    Role("linh", "Thông Thị Linh", "member", commune=1),
    Role("khach", "Bùi Văn Khách"),
)
ACTOR = SystemActor(reason="demo")


def load() -> list[dict[str, Any]]:
    """Everyone of the cast, with phone, password and place."""
    province, communes = _places()
    people = []
    for someone in CAST:
        person = _person(someone.key, someone.full_name)
        area_id = team_id = None
        if someone.role and someone.level == AreaLevel.HAMLET:
            area_id = _hamlets(communes[someone.commune])[0]
            team_id = _team(area_id, 1)
            _join(team_id, person["id"], someone.role)
        elif someone.role:
            area_id = province if someone.level == AreaLevel.PROVINCE else communes[someone.commune].id
            _grant(person["id"], someone.role, area_id)
        people.append(_told(person, role=someone.role, area_id=area_id, team_id=team_id))
    return people


def crew(size: int) -> list[dict[str, Any]]:
    """So many members, in teams of four spread over the hamlets; the first of each leads."""
    _, communes = _places()
    hamlets = [hamlet for pair in zip(*map(_hamlets, communes), strict=True) for hamlet in pair]
    people = []
    for number in range(size):
        squad, place = divmod(number, TEAM_SIZE)
        area_id = hamlets[squad % len(hamlets)]
        team_id = _team(area_id, 2 + squad // len(hamlets))
        person = _person(f"phone{number + 1:03}", _name(number))
        role = "member" if place else "leader"
        _join(team_id, person["id"], role)
        people.append(_told(person, role=role, area_id=area_id, team_id=team_id))
    return people


def officer() -> dict[str, Any]:
    """A Front officer over the whole province."""
    province, _ = _places()
    person = _person("front", "Lê Thị Hạnh")
    _grant(person["id"], "front_officer", province)
    return _told(person, role="front_officer", area_id=province, team_id=None)


def as_table(loaded: dict[str, Any]) -> str:
    """The cast for people to read."""
    ids = {one["area_id"] for one in loaded["people"] if one["area_id"]}
    names = {str(area.id): f"{area.name} ({area.level})" for area in Area.objects.filter(id__in=ids)}
    lines = [f"{'':6} {'role':15} {'phone':13} {'password':21} area"]
    for one in loaded["people"]:
        role, area = one["role"] or "–", names.get(one["area_id"], "–")
        lines.append(f"{one['key']:6} {role:15} {one['phone']:13} {one['password']:21} {area}")
    told = (
        f"They sign in at {loaded['base_url']}/v1/auth/token",
        f"Sơn, the admin, in a browser too: {loaded['base_url']}/admin/",
    )
    return "\n".join([*lines, "", *told])


def _places() -> tuple[uuid.UUID, list[Area]]:
    """The province and the two communes; the country's areas are loaded if they aren't there."""
    found = list(_communes())
    if len(found) < len(HAMLETS):
        call_command("load_areas", stdout=sys.stderr)
        found = list(_communes())
    parent = found[0].parent_id
    assert parent is not None
    return parent, found


def _communes() -> Iterator[Area]:
    provinces = Area.objects.filter(level=AreaLevel.PROVINCE, name=PROVINCE, valid_to=None)
    for name in HAMLETS:
        yield from Area.objects.filter(
            level=AreaLevel.COMMUNE, name=name, valid_to=None, parent_id__in=provinces.values("id")
        )[:1]


def _hamlets(commune: Area) -> list[uuid.UUID]:
    """The hamlets of a commune, as admins would load them."""
    there = dict(Area.objects.filter(level=AreaLevel.HAMLET, parent_id=commune.id).values_list("name", "id"))
    for name in HAMLETS[commune.name]:
        if name not in there:
            area = NewArea(level=AreaLevel.HAMLET, kind=AreaKind.THON, name=name, parent_id=commune.id)
            there[name] = create_area(actor=ACTOR, area=area)
    return [there[name] for name in HAMLETS[commune.name]]


def _team(area_id: uuid.UUID, number: int) -> uuid.UUID:
    team_id = uuid.uuid5(_NAMESPACE, f"team/{area_id}/{number}")
    if not Team.objects.filter(id=team_id).exists():
        name = f"Tổ tự quản số {number}"
        create_team(actor=ACTOR, area_id=area_id, team_type="self_management_team", name=name, id=team_id)
    return team_id


def _person(key: str, full_name: str) -> dict[str, Any]:
    """An account with a new password; the phone number is drawn once."""
    user_id = uuid.uuid5(_NAMESPACE, f"person/{key}")
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    user = User.objects.filter(id=user_id).first()
    if user is None:
        phone = f"+849{secrets.randbelow(10**8):08}"
        user = create_user(actor=ACTOR, phone=phone, full_name=full_name, password=password, id=user_id)
    else:
        # No service sets another's password, and none should; here the owner of the machine does.
        User.objects.filter(id=user_id).update(password=hash_password(password), password_needs_device=False)
    return {"id": user.id, "key": key, "phone": user.phone, "password": password}


def _join(team_id: uuid.UUID, user_id: uuid.UUID, role: str) -> None:
    if not Membership.objects.filter(team_id=team_id, user_id=user_id, ends_at=None, deleted_at=None).exists():
        add_member(actor=ACTOR, team_id=team_id, user_id=user_id, role=role, starts_at=now() - SINCE)


def _grant(user_id: uuid.UUID, role: str, area_id: uuid.UUID) -> None:
    if not Grant.objects.filter(user_id=user_id, role=role, area_id=area_id, ends_at=None).exists():
        give_grant(actor=ACTOR, user_id=user_id, role=role, area_id=area_id, starts_at=now() - SINCE)


def _told(
    person: dict[str, Any], *, role: str | None, area_id: uuid.UUID | None, team_id: uuid.UUID | None
) -> dict[str, Any]:
    return {
        "key": person["key"],
        "role": role,
        "phone": person["phone"],
        "password": person["password"],
        "area_id": area_id and str(area_id),
        "team_id": team_id and str(team_id),
    }


def _name(number: int) -> str:
    return f"{_FAMILY[number % 10]} {_MIDDLE[number % 6]} {_GIVEN[number % 14]}"
