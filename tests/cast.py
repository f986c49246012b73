"""The cast that every test plays with: two communes of two hamlets each, their teams, and the eight people of the
house.

Lan (member) and Bảo (leader) belong to the first hamlet of the first commune, Minh (Front officer) and Dũng (police)
to that commune, Hoa (analyst) and Sơn (admin) to the province, Linh (member) to the other commune's hamlet, Khách to
nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from accounts.areas.names import AreaKind, Name
from accounts.models import Area, AreaPlacement, Grant, Membership, Session, Team, User
from accounts.scoping import SessionActor, make_actor
from api.ids import uuid7
from api.localtime import now
from api.sync.models import Stream
from api.text import fold

PASSWORD = "một mật khẩu đủ dài cho mọi người"


@dataclass
class Person:
    """Someone of the cast, signed in on a phone of their own."""

    key: str
    user_id: uuid.UUID
    phone: str
    session_id: uuid.UUID
    device_id: uuid.UUID
    area_id: uuid.UUID | None = None
    team_id: uuid.UUID | None = None

    def actor(self) -> SessionActor:
        """The person as the server sees them at this moment."""
        actor = make_actor(session_id=self.session_id, user_id=self.user_id, request_id=uuid7())
        assert actor is not None
        return actor

    def on_another_phone(self) -> Person:
        """The same person, signed in once more."""
        return _sign_in(Person(self.key, self.user_id, self.phone, uuid7(), uuid7(), self.area_id, self.team_id))


@dataclass
class Cast:
    """Everyone, and the places they live in."""

    province: uuid.UUID
    communes: list[uuid.UUID]
    hamlets: list[uuid.UUID]
    teams: list[uuid.UUID]
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, key: str) -> Person:
        try:
            return self.__dict__["people"][key]
        except KeyError:
            raise AttributeError(key) from None


def add_area(level: str, kind: str, name: str, parent: uuid.UUID | None) -> uuid.UUID:
    """An area with its stream and its place in the tree."""
    area_id, moment, named = uuid7(), now(), Name(AreaKind(kind), name)
    Area.objects.create(
        id=area_id, area_id=area_id, parent_id=parent, level=level, kind=kind, name=name,
        name_fold=named.key, name_sort=named.order, recorded_at=moment, occurred_at=moment, received_at=moment,
    )  # fmt: skip
    above = AreaPlacement.objects.get(area_id=parent, valid_to=None).path if parent else ""
    AreaPlacement.objects.create(area_id=area_id, parent_id=parent, path=f"{above}{area_id.hex[-12:]}.")
    Stream.objects.create(area_id=area_id)
    return area_id


def add_team(hamlet: uuid.UUID, name: str) -> uuid.UUID:
    """A team of a hamlet."""
    moment = now()
    return Team.objects.create(
        area_id=hamlet, team_type="self_management_team", name=name, name_fold=fold(name),
        recorded_at=moment, occurred_at=moment, received_at=moment,
    ).id  # fmt: skip


def add_member(
    person: Person, hamlet: uuid.UUID, team: uuid.UUID, role: str, starts_at: dt.datetime | None = None
) -> uuid.UUID:
    """A membership from a month ago on, unless told otherwise."""
    moment = now()
    person.area_id, person.team_id = hamlet, team
    return Membership.objects.create(
        area_id=hamlet, team_id=team, user_id=person.user_id, full_name=person.key, role=role,
        starts_at=starts_at or moment - dt.timedelta(days=30),
        recorded_at=moment, occurred_at=moment, received_at=moment,
    ).id  # fmt: skip


def add_grant(person: Person, role: str, area: uuid.UUID) -> uuid.UUID:
    """A role over an area."""
    person.area_id = person.area_id or area
    moment = now()
    return Grant.objects.create(
        user_id=person.user_id, role=role, area_id=area, starts_at=moment - dt.timedelta(days=30), created_at=moment
    ).id


def add_person(key: str, number: int) -> Person:
    """An account with a session."""
    user = User.objects.create(
        phone=f"+8490000{number:04}", full_name=key, name_fold=fold(key), created_at=now(), password=_hashed()
    )
    return _sign_in(Person(key, user.id, user.phone, uuid7(), uuid7()))


_HASH: list[str] = []


def _hashed() -> str:
    """The cast's password, hashed once a process."""
    if not _HASH:
        _HASH.append(make_password(PASSWORD))
    return _HASH[0]


def _sign_in(person: Person) -> Person:
    moment = now()
    Session.objects.create(
        id=person.session_id, user_id=person.user_id, device_id=person.device_id, created_at=moment,
        refreshed_at=moment, expires_at=moment + dt.timedelta(days=60),
    )  # fmt: skip
    return person


def raise_cast() -> Cast:
    """Everyone and every place, in the database."""
    province = add_area("province", "province", "Lâm Đồng", None)
    communes = [add_area("commune", "commune", name, province) for name in ("Hồng Thái", "Tuy Phong")]
    hamlets = [
        add_area("hamlet", "thon", name, communes[place // 2])
        for place, name in enumerate(("Thái An", "Thái Bình", "Lạc Trị", "Vĩnh Hải"))
    ]
    teams = [add_team(hamlet, f"Tổ tự quản {place}") for place, hamlet in enumerate(hamlets, 1)]
    cast = Cast(province, communes, hamlets, teams)
    for number, key in enumerate(("lan", "bao", "minh", "dung", "hoa", "son", "linh", "khach")):
        cast.people[key] = add_person(key, number)
    add_member(cast.lan, hamlets[0], teams[0], "member")
    add_member(cast.bao, hamlets[0], teams[0], "leader")
    add_grant(cast.minh, "front_officer", communes[0])
    add_grant(cast.dung, "police_officer", communes[0])
    add_grant(cast.hoa, "analyst", province)
    add_grant(cast.son, "admin", province)
    add_member(cast.linh, hamlets[2], teams[2], "member")
    return cast
