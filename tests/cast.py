"""The cast that every test plays with: two communes of two hamlets each, their teams, and the eight people of the
house.

Lan (member) and Bảo (leader) belong to the first hamlet of the first commune, Minh (Front officer) and Dũng (police)
to that commune, Hoa (analyst) and Sơn (admin) to the province, Linh (member) to the other commune's hamlet, Khách to
nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from django.contrib.auth.hashers import make_password
from django.db.models import Model

from accounts.areas.names import AreaKind, Name
from accounts.models import Area, AreaPlacement, Grant, Membership, Session, Team, User
from accounts.scoping import SessionActor, make_actor
from api.ids import uuid7
from api.localtime import now
from api.sync.models import Stream
from api.text import fold

PASSWORD = "một mật khẩu đủ dài cho mọi người"
KEYS = ("lan", "bao", "minh", "dung", "hoa", "son", "linh", "khach")


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
    above = AreaPlacement.objects.get(area_id=parent, valid_to=None).path if parent else ""
    made = _area(level, kind, name, parent, above)
    _insert(made)
    return made[0].id


def add_team(hamlet: uuid.UUID, name: str) -> uuid.UUID:
    """A team of a hamlet."""
    team = _team(hamlet, name)
    team.save(force_insert=True)
    return team.id


def add_member(
    person: Person, hamlet: uuid.UUID, team: uuid.UUID, role: str, starts_at: dt.datetime | None = None
) -> uuid.UUID:
    """A membership from a month ago on, unless told otherwise."""
    membership = _membership(person, hamlet, team, role, starts_at)
    membership.save(force_insert=True)
    return membership.id


def add_grant(person: Person, role: str, area: uuid.UUID) -> uuid.UUID:
    """A role over an area."""
    grant = _grant(person, role, area)
    grant.save(force_insert=True)
    return grant.id


def add_person(key: str, number: int) -> Person:
    """An account with a session."""
    user, person = _person(key, number)
    user.save(force_insert=True)
    return _sign_in(person)


def _area(level: str, kind: str, name: str, parent: uuid.UUID | None, above: str) -> tuple[Area, AreaPlacement, Stream]:
    area_id, moment, named = uuid7(), now(), Name(AreaKind(kind), name)
    area = Area(
        id=area_id, area_id=area_id, parent_id=parent, level=level, kind=kind, name=name,
        name_fold=named.key, name_sort=named.order, recorded_at=moment, occurred_at=moment, received_at=moment,
    )  # fmt: skip
    placement = AreaPlacement(area_id=area_id, parent_id=parent, path=f"{above}{area_id.hex[-12:]}.")
    return area, placement, Stream(area_id=area_id)


def _team(hamlet: uuid.UUID, name: str) -> Team:
    moment = now()
    return Team(
        area_id=hamlet, team_type="self_management_team", name=name, name_fold=fold(name),
        recorded_at=moment, occurred_at=moment, received_at=moment,
    )  # fmt: skip


def _membership(
    person: Person, hamlet: uuid.UUID, team: uuid.UUID, role: str, starts_at: dt.datetime | None = None
) -> Membership:
    moment = now()
    person.area_id, person.team_id = hamlet, team
    return Membership(
        area_id=hamlet, team_id=team, user_id=person.user_id, full_name=person.key, role=role,
        starts_at=starts_at or moment - dt.timedelta(days=30),
        recorded_at=moment, occurred_at=moment, received_at=moment,
    )  # fmt: skip


def _grant(person: Person, role: str, area: uuid.UUID) -> Grant:
    person.area_id = person.area_id or area
    moment = now()
    return Grant(
        user_id=person.user_id, role=role, area_id=area, starts_at=moment - dt.timedelta(days=30), created_at=moment
    )


def _person(key: str, number: int) -> tuple[User, Person]:
    user = User(phone=f"+8490000{number:04}", full_name=key, name_fold=fold(key), created_at=now(), password=_hashed())
    return user, Person(key, user.id, user.phone, uuid7(), uuid7())


def _session(person: Person) -> Session:
    moment = now()
    return Session(
        id=person.session_id, user_id=person.user_id, device_id=person.device_id, created_at=moment,
        refreshed_at=moment, expires_at=moment + dt.timedelta(days=60),
    )  # fmt: skip


def _sign_in(person: Person) -> Person:
    _session(person).save(force_insert=True)
    return person


def _insert(rows: Iterable[Model]) -> None:
    """One statement a table: thousands of tests raise the cast."""
    tables: dict[type[Model], list[Model]] = {}
    for row in rows:
        tables.setdefault(type(row), []).append(row)
    for model, found in tables.items():
        model._default_manager.bulk_create(found)


_HASH: list[str] = []


def _hashed() -> str:
    """The cast's password, hashed once a process."""
    if not _HASH:
        _HASH.append(make_password(PASSWORD))
    return _HASH[0]


def raise_cast() -> Cast:
    """Everyone and every place, in the database."""
    province = _area("province", "province", "Lâm Đồng", None, "")
    communes = [
        _area("commune", "commune", name, province[0].id, province[1].path) for name in ("Hồng Thái", "Tuy Phong")
    ]
    hamlets = [
        _area("hamlet", "thon", name, communes[place // 2][0].id, communes[place // 2][1].path)
        for place, name in enumerate(("Thái An", "Thái Bình", "Lạc Trị", "Vĩnh Hải"))
    ]
    areas = [province, *communes, *hamlets]
    here, there = hamlets[0][0].id, hamlets[2][0].id
    teams = [_team(area.id, f"Tổ tự quản {place}") for place, (area, _, _) in enumerate(hamlets, 1)]
    cast = Cast(areas[0][0].id, [area.id for area, _, _ in communes], [area.id for area, _, _ in hamlets], [])
    cast.teams = [team.id for team in teams]
    people = [_person(key, number) for number, key in enumerate(KEYS)]
    cast.people = {person.key: person for _, person in people}
    places = [
        _membership(cast.lan, here, cast.teams[0], "member"),
        _membership(cast.bao, here, cast.teams[0], "leader"),
        _grant(cast.minh, "front_officer", cast.communes[0]),
        _grant(cast.dung, "police_officer", cast.communes[0]),
        _grant(cast.hoa, "analyst", cast.province),
        _grant(cast.son, "admin", cast.province),
        _membership(cast.linh, there, cast.teams[2], "member"),
    ]
    _insert([*chain(*areas), *teams, *(user for user, _ in people), *map(_session, cast.people.values()), *places])
    return cast
