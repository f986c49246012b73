"""What the tests of pledges share: a template of Minh's commune, and a pledge as Lan's phone sends it."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.scoping import SystemActor
from api.ids import uuid7
from api.localtime import local_day, now
from api.records import record_type
from api.sync.changes import Change
from api.sync.engine import write_one
from tests.cast import Cast, Person

CLAUSES = ["Không mua bán, tàng trữ, sử dụng trái phép chất ma túy.", "Không đốt pháo nổ; không để xảy ra cháy."]
SIGNATURE = {
    "width": 600,
    "height": 240,
    "strokes": [
        {"t_ms": 0, "dx": [80, 30, 30, 20], "dy": [120, -60, 90, -40], "dt_ms": [0, 16, 17, 16]},
        {"t_ms": 400, "dx": [300], "dy": [60], "dt_ms": [0]},
    ],
}


def system() -> SystemActor:
    """The server itself."""
    return SystemActor(reason="tests")


def template_of(cast: Cast, *, id: uuid.UUID | None = None, **fields: Any) -> uuid.UUID:
    """A template that Minh issued for his commune."""
    body = {
        "id": str(id or uuid7()), "area_id": str(cast.communes[0]), "title": "Xuân bình yên", "clauses": CLAUSES,
        "topics": ["drugs", "weapons_fireworks"], "status": "issued", **fields,
    }  # fmt: skip
    return _made(cast.minh, "pledge_template", body)


def campaign_of(cast: Cast, starts_on: str, ends_on: str, **fields: Any) -> uuid.UUID:
    """A campaign of Minh's commune."""
    body = {
        "id": str(uuid7()), "area_id": str(cast.communes[0]), "title": "Tết Bính Ngọ", "starts_on": starts_on,
        "ends_on": ends_on, **fields,
    }  # fmt: skip
    return _made(cast.minh, "campaign", body)


def household_of(cast: Cast, *, who: Person | None = None, **fields: Any) -> uuid.UUID:
    """A household of the first hamlet, written down by Lan."""
    body = {
        "id": str(uuid7()), "area_id": str(cast.hamlets[0]), "householder": "Trần Văn Hải",
        "residence_status": "permanent", **fields,
    }  # fmt: skip
    return _made(who or cast.lan, "household", body)


def body_of(cast: Cast, template: uuid.UUID, **fields: Any) -> dict[str, Any]:
    """A pledge of a household of the first hamlet, signed today on the screen."""
    return {
        "id": str(uuid7()), "area_id": str(cast.hamlets[0]), "template_id": str(template), "signer_type": "household",
        "household_id": str(uuid7()), "signer_name": "Trần Văn Hải", "method": "screen", "signature": SIGNATURE,
        "witness_name": "Bảo", "signed_on": local_day(now()).isoformat(), "status": "signed", **fields,
    }  # fmt: skip


def pledged(cast: Cast, template: uuid.UUID, *, who: Person | None = None, **fields: Any) -> uuid.UUID:
    """The same, sent by Lan; raises what refuses it."""
    return _made(who or cast.lan, "pledge", body_of(cast, template, **fields))


def _made(who: Person, type: str, body: dict[str, Any]) -> uuid.UUID:
    data = record_type(type).shape.decode(body)
    write_one(who.actor(), Change(type, uuid.UUID(data["id"]), "put", uuid.UUID(data["area_id"]), data))
    return uuid.UUID(data["id"])
