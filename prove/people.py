"""The people of a proof: members of new teams in new hamlets, as many as it takes, with one password for all."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import NewArea, create_area
from accounts.memberships import add_member
from accounts.models import Area, User
from accounts.passwords import hash_password
from accounts.scoping import SystemActor
from accounts.sessions import Device, open_session
from accounts.teams import create_team
from accounts.users import create_user
from api.ids import uuid7
from api.localtime import now

ACTOR = SystemActor(reason="proof")


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    key: str
    user_id: str
    phone: str
    password: str
    area_id: str
    team_id: str


def crew(size: int, *, team_size: int = 8) -> list[Account]:
    """So many members in teams, a team to a hamlet, all of it new. The first of each team leads it."""
    commune = Area.objects.filter(level=AreaLevel.COMMUNE, valid_to=None).order_by("name_sort", "id")[0]
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    mark = secrets.token_hex(3)
    people: list[Account] = []
    area_id = team_id = uuid.UUID(int=0)
    for number in range(size):
        squad, place = divmod(number, team_size)
        if place == 0:
            area = NewArea(AreaLevel.HAMLET, AreaKind.THON, f"Thử {mark} {squad}", commune.id)
            area_id = create_area(actor=ACTOR, area=area)
            name = f"Tổ tự quản số {squad}"
            team_id = create_team(actor=ACTOR, area_id=area_id, team_type="self_management_team", name=name)
        phone = f"+849{secrets.randbelow(10**8):08}"
        user = create_user(actor=ACTOR, phone=phone, full_name=f"Người thử {number + 1}")
        role = "member" if place else "leader"
        add_member(actor=ACTOR, team_id=team_id, user_id=user.id, role=role, starts_at=now() - timedelta(days=60))
        people.append(Account(f"p{number + 1:04}", str(user.id), phone, password, str(area_id), str(team_id)))
    # No service sets another's password, and none should; here the owner of the machine does, hashing it once.
    ids = [person.user_id for person in people]
    User.objects.filter(id__in=ids).update(password=hash_password(password), password_needs_device=False)
    return people


def open_sessions(people: Sequence[Account]) -> Iterator[dict[str, str]]:
    """What each one's phone keeps of a session, without the half minute that a thousand passwords would take."""
    for person in people:
        device = Device(uuid.uuid4(), "Điện thoại mô phỏng", "android", "1.0.0")
        with transaction.atomic():
            pair = open_session(user_id=uuid.UUID(person.user_id), device=device, request_id=uuid7())
        tokens = pair.wire
        yield {"device_id": str(device.id), "access": str(tokens["access"]), "refresh": str(tokens["refresh"])}
