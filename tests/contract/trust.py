"""The routes of the audit trail and of the second factor in the access matrix: who gets what, with which body."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.models import Export
from api.localtime import now
from tests.cast import PASSWORD, Cast

_NOTHING_BEGUN = "401 409 409 409 409 409 409 409 409"
TABLE = {
    "GET /.well-known/audit-heads.json": "200 200 200 200 200 200 200 200 200",
    "GET /v1/audit_events": "401 403 403 403 200 403 200 403 403",
    "GET /v1/retention": "401 403 403 403 403 403 200 403 403",
    "POST /v1/exports": "401 202 202 202 202 202 202 202 202",
    "GET /v1/exports/{id}": "401 200 404 404 404 404 404 404 404",
    "GET /v1/exports/{id}/content": "401 409 404 404 404 404 404 404 404",
    "GET /v1/auth/security_events": "401 200 200 200 200 200 200 200 200",
    "POST /v1/auth/totp": "401 200 200 200 200 200 200 200 200",
    "POST /v1/auth/totp/confirm": _NOTHING_BEGUN,
    "POST /v1/auth/totp/recovery_codes": _NOTHING_BEGUN,
    "POST /v1/auth/totp/remove": "401 204 204 204 204 204 204 204 204",
    "POST /v1/users/{id}/reset_second_factor": "401 403 403 403 403 403 204 404 404",
}


def body(path: str) -> Any:
    """The body of a request, by its route."""
    return {
        "/v1/exports": {"kind": "own_data", "format": "json"},
        "/v1/auth/totp": {"password": PASSWORD},
        "/v1/auth/totp/confirm": {"code": "123456"},
        "/v1/auth/totp/recovery_codes": {"password": PASSWORD, "otp": "123456"},
        "/v1/auth/totp/remove": {"password": PASSWORD, "otp": "123456"},
    }.get(path)


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """What these routes are about: an export that Lan asked for, of all about herself."""
    lan = cast.lan
    made = Export.objects.create(
        kind="own_data", format="json", user_id=lan.user_id, session_id=lan.session_id, created_at=now()
    )
    return {"exports": made.id}
