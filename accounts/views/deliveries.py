"""`/v1/users/{id}/deliveries` and `/v1/sessions`: the phones of the people whom an admin looks after."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts import visible
from accounts.deliveries import Refused, deliveries
from accounts.looks import LookingView, at_people, at_person
from accounts.models import Session, User
from accounts.pages import AREA, OF_PAGE, one_of, page
from accounts.rights import require_over_user, require_somewhere
from accounts.scoping import SessionActor, pseudonym
from accounts.sessions import end_sessions, sessions_that_are
from accounts.views import delivery_shapes
from api.listing import as_uuid
from api.negotiation import language_of
from api.pagination import decode_cursor, encode_cursor, page_params
from api.problems import Problem, body
from api.rendering import json_response
from api.sync.push import problem_from
from api.views import ApiView

_PLAIN = (
    "id",
    "user_id",
    "device_name",
    "platform",
    "app_version",
    "only_delivers",
    "created_at",
    "expires_at",
    "ended_at",
    "ended_because",
)
"""What is told as it is stored."""


class DeliveriesView(LookingView):
    """`GET /v1/users/{id}/deliveries`."""

    transaction = "snapshot"
    parameters = OF_PAGE

    @extend_schema(
        operation_id="users_deliveries",
        tags=["users"],
        responses=delivery_shapes.Deliveries,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """What the person's phones sent, what was refused and why, and what is still to come."""
        limit, cursor = page_params(request._request)
        scope = f"deliveries:{self.actor.user_id}:{id}"
        after = None
        if cursor:
            at, last = decode_cursor(cursor, scope)
            after = (dt.datetime.fromisoformat(str(at)), uuid.UUID(str(last)))
        found = deliveries(actor=self.actor, user_id=id, after=after, limit=limit)
        self.seen = at_person("users_deliveries", id)
        language = language_of(request.META.get("HTTP_ACCEPT_LANGUAGE"))
        return json_response(
            {
                "devices": [each._asdict() for each in found.devices],
                "pending": [each._asdict() for each in found.pending],
                "items": [_refused(each, language, str(self.actor.request_id)) for each in found.refused],
                "next_cursor": encode_cursor([found.next[0].isoformat(), str(found.next[1])], scope)
                if found.next
                else None,
            }
        )


def _refused(each: Refused, language: str, request_id: str) -> dict[str, Any]:
    problem = problem_from(each.problem)
    told = body(problem, language, request_id) if problem else None
    return each._asdict() | {"problem": told}


class UserSessionsView(LookingView):
    """`GET /v1/sessions`."""

    transaction = "snapshot"
    parameters = (
        *OF_PAGE,
        AREA,
        OpenApiParameter("user", uuid.UUID, description="Only this person's"),
        OpenApiParameter("active", str, enum=["true", "false"], description="Only those that go on, or that are over"),
    )

    @extend_schema(
        operation_id="sessions_list",
        tags=["sessions"],
        responses=delivery_shapes.UserSessionList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Sessions of those whom one looks after, the newest first."""
        require_somewhere(self.actor, {"admin"})
        query = request.GET.dict()
        limit, _ = page_params(request._request)
        found = visible.sessions(self.actor, within=as_uuid("area", query["area"]) if "area" in query else None)
        if "user" in query:
            found = found.filter(user_id=as_uuid("user", query["user"]))
        if active := one_of(query, "active", ["true", "false"]):
            found = found.filter(sessions_that_are(active=active == "true"))
        rows, cursor = page(found, order=("-id",), actor=self.actor, what="sessions", query=query, limit=limit)
        self.seen = at_people("sessions_list", [row.user_id for row in rows], query)
        names = dict(User.objects.filter(id__in={row.user_id for row in rows}).values_list("id", "full_name"))
        return json_response({"items": [_session(row, names[row.user_id]) for row in rows], "next_cursor": cursor})


class UserSessionView(ApiView):
    """`DELETE /v1/sessions/{id}`."""

    actor: SessionActor
    transaction = "write"

    @extend_schema(
        operation_id="sessions_end", tags=["sessions"], responses={204: None}, extensions={"x-problems": ["forbidden"]}
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """End somebody's session, from its next request on."""
        session = Session.objects.filter(id=id).first()
        if session is None:
            raise Problem("not_found")
        require_over_user(self.actor, session.user_id)
        end_sessions(
            user_id=session.user_id,
            because="revoked",
            by_user_id=self.actor.user_id,
            request_id=self.actor.request_id,
            session_ids=[id],
        )
        return HttpResponse(status=204)


def _session(row: Session, user_name: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _PLAIN} | {
        "user_name": user_name,
        "device_id": pseudonym(row.device_id),
        "last_used_at": row.refreshed_at,
    }
