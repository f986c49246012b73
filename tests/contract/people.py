"""The routes of accounts, teams and roles in the access matrix: who gets what, with which body, about whom."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.models import Grant, User
from api.ids import uuid7
from api.localtime import now
from tests.accounts.people.entered import enter_all
from tests.cast import Cast

_ADMINS = "401 403 403 403 403 403 200 404 404"
"""Of what is about Lan, for admins alone."""
_LEADERS_TOO = "401 403 200 403 403 403 200 404 404"
TABLE = {
    "GET /v1/users": "401 403 200 403 403 403 200 403 403",
    "POST /v1/users": "401 403 201 403 403 403 201 403 403",
    "GET /v1/users/{id}": _LEADERS_TOO,
    "PATCH /v1/users/{id}": _ADMINS,
    "POST /v1/users/{id}/issue_code": _LEADERS_TOO,
    "POST /v1/users/{id}/deactivate": _ADMINS,
    "POST /v1/users/{id}/reactivate": _ADMINS,
    "POST /v1/users/{id}/move": _ADMINS,
    "GET /v1/users/{id}/deliveries": _ADMINS,
    "POST /v1/teams": "401 403 403 403 403 403 201 404 404",
    "PATCH /v1/teams/{id}": _ADMINS,
    "POST /v1/teams/{id}/close": _ADMINS,
    "POST /v1/memberships": "401 403 201 403 403 403 201 404 404",
    "POST /v1/memberships/{id}/end": _LEADERS_TOO,
    "POST /v1/memberships/{id}/change_role": _ADMINS,
    "GET /v1/grants": "401 403 403 403 200 403 200 403 403",
    "POST /v1/grants": "401 403 403 403 403 403 201 404 404",
    # Minh's role over Lan's commune: Lan and Bảo, who belong to a hamlet below, have no part in that.
    "GET /v1/grants/{id}": "401 404 404 403 403 403 200 404 404",
    "POST /v1/grants/{id}/confirm": "401 404 404 403 403 403 200 404 404",
    "POST /v1/grants/{id}/end": "401 404 404 403 403 403 200 404 404",
    "GET /v1/sessions": "401 403 403 403 403 403 200 403 403",
    "DELETE /v1/sessions/{id}": "401 403 403 403 403 403 204 404 404",
}


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """What these routes are about, by collection: Lan's account and the role of Minh over her commune."""
    enter_all()
    return {"users": cast.lan.user_id, "grants": Grant.objects.get(user_id=cast.minh.user_id).id}


def _newcomer() -> uuid.UUID:
    """Somebody who belongs nowhere yet."""
    user, _ = User.objects.get_or_create(phone="+84900007777", defaults={"full_name": "Tư", "created_at": now()})
    return user.id


def body(cast: Cast, verb: str, path: str) -> Any:
    """The body of a request, by its route."""
    asked = f"{verb} {path}"
    somebody = str(_newcomer()) if asked in ("POST /v1/memberships", "POST /v1/grants") else ""
    return {
        "POST /v1/users": {"phone": "0987000111", "full_name": "Tư", "team_id": str(cast.teams[0]), "id": str(uuid7())},
        "PATCH /v1/users/{id}": {"full_name": "Lan Một"},
        "POST /v1/users/{id}/move": {"team_id": str(cast.teams[1])},
        "POST /v1/teams": {"area_id": str(cast.hamlets[0]), "team_type": "security_team", "name": "Tổ bảo vệ"},
        "PATCH /v1/teams/{id}": {"name": "Tổ tự quản Thái An"},
        "POST /v1/memberships": {"team_id": str(cast.teams[0]), "user_id": somebody},
        "POST /v1/memberships/{id}/change_role": {"role": "deputy_leader"},
        "POST /v1/grants": {"user_id": somebody, "role": "analyst", "area_id": str(cast.hamlets[0])},
    }.get(asked)
