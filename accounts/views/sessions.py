"""One's own sessions and password: `/v1/auth/logout`, `/sessions`, `/sessions/{id}` and `/password`."""

import uuid

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Session
from accounts.scoping import SessionActor
from accounts.sessions import end_sessions
from accounts.users import change_password
from accounts.views import shapes
from api.localtime import now
from api.pagination import decode_cursor, encode_cursor, page_params
from api.problems import Problem
from api.shapes import decode
from api.views import ApiView


class LogoutView(ApiView):
    """`POST /v1/auth/logout`."""

    actor: SessionActor
    transaction = "write"

    @extend_schema(operation_id="sign_out", tags=["auth"], request=None, responses={204: None})
    def post(self, request: Request) -> HttpResponse:
        """End the session that asks; its tokens are refused from now on."""
        decode(shapes.NoContent, request.data or {})
        actor = self.actor
        end_sessions(
            user_id=actor.user_id,
            because="signed_out",
            by_user_id=actor.user_id,
            request_id=actor.request_id,
            session_ids=[actor.session_id],
        )
        return HttpResponse(status=204)


class SessionsView(ApiView):
    """`GET /v1/auth/sessions`."""

    actor: SessionActor
    transaction = "read"
    parameters = (
        OpenApiParameter("limit", int, description="1 to 200, 50 unless told"),
        OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
    )

    @extend_schema(operation_id="list_sessions", tags=["auth"], responses=shapes.SessionList)
    def get(self, request: Request) -> Response:
        """One's own open sessions, the newest first."""
        actor = self.actor
        limit, cursor = page_params(request._request)
        scope = f"sessions {actor.user_id}"
        found = Session.objects.filter(user_id=actor.user_id, ended_at=None, expires_at__gt=now()).order_by("-id")
        if cursor:
            [last] = decode_cursor(cursor, scope)
            found = found.filter(id__lt=uuid.UUID(str(last)))
        rows = list(found[: limit + 1])
        more = len(rows) > limit
        return Response(
            {
                "items": [_session(row, current=row.id == actor.session_id) for row in rows[:limit]],
                "next_cursor": encode_cursor([str(rows[limit - 1].id)], scope) if more else None,
            }
        )


class SessionView(ApiView):
    """`DELETE /v1/auth/sessions/{id}`."""

    actor: SessionActor
    transaction = "write"

    @extend_schema(operation_id="end_session", tags=["auth"], responses={204: None})
    def delete(self, request: Request, session_id: uuid.UUID) -> HttpResponse:
        """End one of one's own sessions, such as that of a lost phone. Ending what has ended is 204 too."""
        actor = self.actor
        if not Session.objects.filter(id=session_id, user_id=actor.user_id).exists():
            raise Problem("not_found")
        end_sessions(
            user_id=actor.user_id,
            because="revoked",
            by_user_id=actor.user_id,
            request_id=actor.request_id,
            session_ids=[session_id],
        )
        return HttpResponse(status=204)


class PasswordView(ApiView):
    """`POST /v1/auth/password`. Opens its own transaction: attempts count even when the answer is a refusal."""

    actor: SessionActor

    @extend_schema(
        operation_id="change_password",
        tags=["auth"],
        request=shapes.PasswordRequest,
        responses={204: None},
        extensions={"x-problems": ["too_many_attempts"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Change one's own password; every other session ends, this one stays."""
        body = decode(shapes.PasswordRequest, request.data)
        change_password(actor=self.actor, current_password=body["current_password"], new_password=body["new_password"])
        return HttpResponse(status=204)


def _session(row: Session, *, current: bool) -> dict[str, object]:
    return {
        "id": row.id,
        "device": {
            "id": row.device_id,
            "name": row.device_name,
            "platform": row.platform,
            "app_version": row.app_version,
        },
        "created_at": row.created_at,
        "refreshed_at": row.refreshed_at,
        "expires_at": row.expires_at,
        "current": current,
    }
