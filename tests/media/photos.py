"""Photos as the cast takes, declares and brings them."""

import datetime as dt
import hashlib
import os
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Membership
from accounts.scoping import SystemActor
from api.actors import Actor
from api.ids import uuid7
from api.localtime import now
from api.problems import Problem
from api.records import record_type
from api.sync.changes import Change, Clock
from api.sync.engine import write_one
from api.sync.store import run
from media.models import Media
from media.uploads import acknowledge, complete
from tests.cast import Person
from tests.media.http import put


@dataclass(frozen=True)
class Photo:
    """A photo that was declared, and its bytes."""

    id: uuid.UUID
    area_id: uuid.UUID
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


def photograph(
    actor: Actor, area_id: uuid.UUID, content: bytes | None = None, *, hours_ago: int = 0, **changes: Any
) -> Photo:
    """Take a photo and declare it through the engine, as POST and push do."""
    photo = Photo(uuid7(), area_id, content or b"\xff\xd8" + os.urandom(500))
    data = declaration(photo) | changes
    shape = record_type("media").shape
    clock = Clock(occurred_at=now() - dt.timedelta(hours=hours_ago), received_at=now())
    write_one(actor, Change("media", photo.id, "put", area_id, shape.decode(data), clock=clock))
    return photo


def declaration(photo: Photo) -> dict[str, Any]:
    """What a phone sends to declare it."""
    return photo.facts | {
        "area_id": str(photo.area_id),
        "kind": "photo",
        "content_type": "image/jpeg",
        "captured_at": "2026-11-22T05:30:00.000Z",
        "recorded_at": "2026-11-22T05:30:01.000Z",
    }


def bring(actor: Actor, photo: Photo) -> int:
    """Upload a photo by the link of its acknowledgement; the store's status."""
    link = acknowledge(actor, [photo.id])[photo.id]["upload"]["put"]
    return put(link["url"], link["headers"], photo.content)


def declare(area_id: uuid.UUID, *, actor: Actor | None = None, **changes: Any) -> uuid.UUID:
    """A row of media, put there by whoever acts (the system if nobody is named)."""
    actor = actor or system()
    at = now()
    facts: dict[str, Any] = {
        "id": uuid7(),
        "area_id": area_id,
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


def system() -> SystemActor:
    return SystemActor(reason="test")


def after_leaving(person: Person) -> Actor:
    """The person as the server sees them an hour after their membership ended."""
    Membership.objects.filter(user_id=person.user_id).update(ends_at=now() - dt.timedelta(hours=1))
    return person.actor()


def code_of(result: object) -> str:
    """The code of the problem that a completion ended with."""
    assert isinstance(result, Problem), result
    return result.code


def completed(actor: Actor, photo: Photo) -> object:
    """What one file's completion came to."""
    return complete(actor=actor, ids=[photo.id])[photo.id]
