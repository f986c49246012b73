"""What the tests of tips send, as a phone would, and what the tables hold then."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from typing import Any

from django.db import connection, transaction
from nacl.public import PrivateKey, SealedBox

from accounts.models import AuditEvent
from activities.tips.keys import publish_key
from activities.tips.models import TipKey
from activities.tips.sealing import to_base64
from tests.cast import Cast, Person
from tests.client import signed_in

JSON = "application/json"


def a_tip(area_id: uuid.UUID, **fields: Any) -> dict[str, Any]:
    """A tip as somebody writes it."""
    text = "Có người bán ma túy sau chợ mỗi tối"
    return {"id": str(uuid.uuid4()), "area_id": str(area_id), "category": "drugs", "text": text} | fields


def send(who: Person | None, tip: dict[str, Any]) -> Any:
    """The answer to a tip that somebody sends; nobody's go to the public address, with their work."""
    if who is None:
        return signed_in(None).post("/v1/public/tips", worked(tip), content_type=JSON)
    return signed_in(who).post("/v1/tips", tip, content_type=JSON)


def worked(tip: dict[str, Any]) -> dict[str, Any]:
    """The tip with a challenge and its solution."""
    asked = signed_in(None).get("/v1/public/tips/challenge").json()
    return tip | {"work": solved(asked["challenge"], asked["difficulty"], tip["id"])}


def solved(challenge: str, difficulty: int, tip_id: str) -> dict[str, str]:
    """The proof of work, as any client finds it: by trying."""
    for number in itertools.count():
        digest = hashlib.sha256(f"{challenge}.{tip_id}.{number}".encode()).digest()
        if not int.from_bytes(digest, "big") >> (256 - difficulty):
            return {"challenge": challenge, "solution": str(number)}
    raise AssertionError("there is no end to numbers")


def a_key(cast: Cast, area_id: uuid.UUID | None = None) -> tuple[PrivateKey, TipKey]:
    """A key pair of Dũng's, whose public half is in use."""
    pair = PrivateKey.generate()
    public = to_base64(bytes(pair.public_key))
    with transaction.atomic():
        return pair, publish_key(actor=cast.dung.actor(), area_id=area_id or cast.communes[0], public_key=public)


def opened(pair: PrivateKey, box: bytes) -> str:
    """What somebody sealed, by who holds the private half."""
    from nacl.bindings import sodium_unpad

    return sodium_unpad(SealedBox(pair).decrypt(box), 512).decode()


def post(who: Person | None, path: str, body: Any = None) -> Any:
    """The answer to a command."""
    return signed_in(who).post(path, {} if body is None else body, content_type=JSON)


def rows(sql: str, *params: object) -> list[tuple[Any, ...]]:
    """What the tables hold, asked as police of everywhere."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('anthon.read_tip', '{\"\"}', true)")
        cursor.execute(sql, params)
        return cursor.fetchall()


def events(name: str) -> list[AuditEvent]:
    """What the trail holds under this name, in the order of time."""
    return list(AuditEvent.objects.filter(name=name).order_by("at", "id"))
