"""A commune with two hamlets, people in them, and files declared straight into the table."""

import datetime as dt
import hashlib
import os
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import AreaPlacement
from accounts.scoping import Actor, Holding, SystemActor
from api.ids import uuid7
from api.localtime import now
from api.records import record_type
from api.sync.changes import Change
from api.sync.engine import write_one
from api.sync.models import Stream
from api.sync.store import run
from media.models import Media
from media.uploads import acknowledge
from tests.media.http import put


@dataclass(frozen=True)
class Place:
    """An area with its path in the tree."""

    id: uuid.UUID
    path: str


@dataclass(frozen=True)
class Village:
    commune: Place
    hamlet: Place
    other_hamlet: Place
    other_commune: Place


def settle() -> Village:
    """Make the areas that the tests play in."""
    commune, other_commune = _place(""), _place("")
    return Village(commune, _place(commune.path), _place(commune.path), other_commune)


def _place(parent: str) -> Place:
    id = uuid7()
    path = f"{parent}{id.hex[-12:]}."
    AreaPlacement.objects.create(area_id=id, path=path)
    Stream.objects.create(area_id=id)
    return Place(id, path)


def member(place: Place, role: str = "member") -> Actor:
    """Someone who belongs to a team of this hamlet."""
    return _actor(holdings=(_holding(place, role, uuid7()),))


def officer(place: Place, role: str = "front_officer") -> Actor:
    """Someone with a role over an area and all below."""
    return _actor(holdings=(_holding(place, role, None),))


def late_member(place: Place) -> Actor:
    """Someone whose membership ended an hour ago."""
    return _actor(late=(_holding(place, "member", uuid7(), now() - dt.timedelta(hours=1)),))


def system() -> SystemActor:
    return SystemActor(reason="test")


def _holding(place: Place, role: str, team_id: uuid.UUID | None, ends_at: dt.datetime | None = None) -> Holding:
    return Holding(role, place.id, team_id, now() - dt.timedelta(days=100), ends_at, (place.path,))


def _actor(**rights: Any) -> Actor:
    return Actor(
        user_id=uuid7(),
        session_id=uuid7(),
        device_id=uuid7(),
        request_id=uuid7(),
        locale="vi",
        full_name="Lan",
        phone="+84912345678",
        **rights,
    )


@dataclass(frozen=True)
class Photo:
    """A photo that was declared, and its bytes."""

    id: uuid.UUID
    place: Place
    content: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """What its receipt must vouch for."""
        return {"id": str(self.id), "sha256": hashlib.sha256(self.content).hexdigest(), "size": len(self.content)}

    def row(self) -> Media:
        """Its row as it stands, past all rights."""
        with transaction.atomic():
            run([system().row_security()])
            return Media.objects.get(id=self.id)


def photograph(actor: Any, place: Place, content: bytes | None = None, **changes: Any) -> Photo:
    """Take a photo and declare it through the engine, as POST and push do."""
    photo = Photo(uuid7(), place, content or b"\xff\xd8" + os.urandom(500))
    data = declaration(photo) | changes
    shape = record_type("media").shape
    write_one(actor, Change("media", photo.id, "put", place.id, shape.decode(data)))
    return photo


def declaration(photo: Photo) -> dict[str, Any]:
    """What a phone sends to declare it."""
    return photo.facts | {
        "area_id": str(photo.place.id),
        "kind": "photo",
        "content_type": "image/jpeg",
        "captured_at": "2026-11-22T05:30:00.000Z",
        "recorded_at": "2026-11-22T05:30:01.000Z",
    }


def bring(actor: Any, photo: Photo, content: bytes | None = None) -> int:
    """Upload a photo by the link of its acknowledgement; the store's status."""
    link = acknowledge(actor, [{"id": str(photo.id)}])[photo.id]["upload"]["put"]
    return put(link["url"], link["headers"], photo.content if content is None else content)


def declare(place: Place, *, actor: Any = None, **changes: Any) -> uuid.UUID:
    """A row of media, put there by whoever acts (the system if nobody is named)."""
    actor = actor or system()
    at = now()
    facts: dict[str, Any] = {
        "id": uuid7(),
        "area_id": place.id,
        "author_id": actor.user_id,
        "recorded_at": at,
        "occurred_at": at,
        "received_at": at,
        "captured_at": at,
        "kind": "photo",
        "sha256": uuid.uuid4().hex * 2,
        "size": 1000,
        "content_type": "image/jpeg",
    }
    with transaction.atomic():
        run([actor.row_security()])
        Media.objects.bulk_create([Media(**(facts | changes))])
    return (facts | changes)["id"]  # type: ignore[no-any-return]
