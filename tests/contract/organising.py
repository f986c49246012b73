"""The routes by which areas and teams are organised, for the access matrix: sheets, and changes of areas and people."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from accounts.models import User
from accounts.sheets.prints import ask_for_print
from api.localtime import now
from api.sync.models import StreamEntry
from tests.cast import Cast

# The last answer in the order of the matrix's roles.
TABLE = {
    "POST /v1/teams/{id}/sheet": "401 403 200 403 403 403 200 404 404",
    "POST /v1/users/{id}/sheet": "401 403 200 403 403 403 200 404 404",
    "POST /v1/areas/{id}/sheets": "401 403 403 403 403 403 202 404 404",
    "GET /v1/sheet_prints/{id}": "401 404 404 404 404 404 200 404 404",
    "POST /v1/sheet_prints/{id}/fetch": "401 404 404 404 404 404 409 404 404",
    "POST /v1/users/move": "401 403 200 403 403 403 200 404 404",
    "POST /v1/users/deactivate": "401 403 403 403 403 403 200 403 403",
    "POST /v1/areas": "401 404 404 403 403 403 201 404 404",
    "PATCH /v1/areas/{id}": "401 403 403 403 403 403 200 404 404",
    "POST /v1/areas/{id}/rename": "401 403 403 403 403 403 200 404 404",
    "POST /v1/areas/{id}/regrade": "401 403 403 403 403 403 200 404 404",
    "POST /v1/areas/{id}/move": "401 403 403 403 403 403 200 404 404",
    "POST /v1/areas/{id}/split": "401 403 403 403 403 403 200 404 404",
    "POST /v1/areas/merge": "401 404 404 403 403 403 200 404 404",
}


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """What these routes are about, by collection: somebody of Lan's hamlet waits for a code, and Sơn asked for it."""
    waiting = User.objects.create(phone="+84900009999", full_name="Chờ", name_fold="cho", created_at=now())
    add_waiting(cast, waiting)
    # The cast's areas are rows; of those that these routes change, the engine must know too.
    StreamEntry.objects.create(
        record_id=cast.hamlets[1],
        type="area",
        area_id=cast.hamlets[1],
        seq=0,
        version=1,
        deleted=False,
        changed_at=now(),
    )
    asked = ask_for_print(actor=cast.son.actor(), area_id=cast.hamlets[0], server="https://anthon.example")
    return {"sheet_prints": asked.print.id}


def add_waiting(cast: Cast, user: User) -> None:
    from accounts.models import Membership

    moment = now() - dt.timedelta(hours=1)  # the test is one transaction, and its moment an earlier one
    Membership.objects.create(
        area_id=cast.hamlets[0],
        team_id=cast.teams[0],
        user_id=user.id,
        full_name=user.full_name,
        role="member",
        starts_at=moment,
        recorded_at=moment,
        occurred_at=moment,
        received_at=moment,
    )


def body_of(cast: Cast, path: str) -> Any:
    """The body of a request that would succeed for whoever may."""
    day = {"on": "2026-03-01"}
    hamlets = [
        {"level": "hamlet", "kind": "thon", "name": name, "parent_id": str(cast.communes[0])} for name in ("Một", "Hai")
    ]
    return {
        "/v1/sheet_prints/{id}/fetch": {"key": "A" * 43},
        "/v1/users/move": {"user_ids": [str(cast.lan.user_id)], "team_id": str(cast.teams[0])},
        "/v1/users/deactivate": {"user_ids": [str(cast.lan.user_id)]},
        "/v1/areas": hamlets[0],
        "/v1/areas/{id}": {"household_count": 60},
        "/v1/areas/{id}/rename": {"name": "Thái Mới", **day},
        "/v1/areas/{id}/regrade": {"kind": "ap", **day},
        "/v1/areas/{id}/move": {"parent_id": str(cast.communes[1]), **day},
        "/v1/areas/{id}/split": {"parts": [{"area": hamlets[0], "is_default": True}, {"area": hamlets[1]}], **day},
        "/v1/areas/merge": {"area_ids": [str(each) for each in cast.hamlets[:2]], "into": hamlets[0], **day},
    }.get(path, {})
