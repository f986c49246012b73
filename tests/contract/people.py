"""The routes of accounts, teams and roles in the access matrix: who gets what, with which body, about whom."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.models import Grant
from api.ids import uuid7
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
}


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """What these routes are about, by collection: Lan's account and the role of Minh over her commune."""
    return {"users": cast.lan.user_id, "grants": Grant.objects.get(user_id=cast.minh.user_id).id}


def body(cast: Cast, verb: str, path: str) -> Any:
    """The body of a request, by its route."""
    return {
        "POST /v1/users": {"phone": "0987000111", "full_name": "Tư", "team_id": str(cast.teams[0]), "id": str(uuid7())},
        "PATCH /v1/users/{id}": {"full_name": "Lan Một"},
        "POST /v1/users/{id}/move": {"team_id": str(cast.teams[1])},
    }.get(f"{verb} {path}")
