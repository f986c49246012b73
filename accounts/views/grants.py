"""`/v1/grants`: roles over areas, given, confirmed and ended."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts import grants, models, visible
from accounts.grants import GrantStatus, find_grants, status_of
from accounts.looks import LookingView, at_people, at_person
from accounts.pages import AREA, OF_PAGE, one_of, page
from accounts.rights import require_somewhere
from accounts.roles import GrantRole
from accounts.views import grant_shapes, shapes
from accounts.views.users import with_ids
from api.actors import Actor
from api.listing import as_day, as_uuid
from api.pagination import page_params
from api.problems import Problem
from api.rendering import json_response
from api.shapes import decode
from api.transactions import Mode

_PLAIN = (
    "id",
    "user_id",
    "role",
    "area_id",
    "starts_at",
    "ends_at",
    "granted_by",
    "confirmed_by",
    "confirmed_at",
    "created_at",
)
"""What is told as it is stored."""


class GrantView(LookingView):
    """What the views of roles share."""

    actor: Actor

    def _mode(self) -> Mode:
        return "snapshot" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    def told(self, grant_id: uuid.UUID, status: int = 200) -> HttpResponse:
        """One role."""
        [body] = tell([models.Grant.objects.get(id=grant_id)])
        self.seen = at_person("grants_read", body["user_id"])
        return json_response(body, status, {"Location": f"/v1/grants/{grant_id}"} if status == 201 else None)


def tell(rows: Sequence[models.Grant]) -> list[dict[str, Any]]:
    """Roles as they are shown. Two queries, however many."""
    names = dict(models.User.objects.filter(id__in={row.user_id for row in rows}).values_list("id", "full_name"))
    areas = dict(models.Area.objects.filter(id__in={row.area_id for row in rows}).values_list("id", "name"))
    return [
        {name: getattr(row, name) for name in _PLAIN}
        | {"user_name": names.get(row.user_id, ""), "area_name": areas.get(row.area_id, "")}
        | {"status": status_of(row).value}
        for row in rows
    ]


class GrantsView(GrantView):
    """`GET` and `POST /v1/grants`."""

    parameters = (
        *OF_PAGE,
        AREA,
        OpenApiParameter("user", uuid.UUID, description="Only this person's"),
        OpenApiParameter("role", str, enum=GrantRole.values, description="Only this role"),
        OpenApiParameter("status", str, enum=GrantStatus.values, description="Only these"),
        OpenApiParameter(
            "expiring_before",
            {"type": "string", "format": "date"},
            description="Only what holds and ends before this local day",
        ),
    )

    @extend_schema(
        operation_id="grants_list",
        tags=["grants"],
        responses=grant_shapes.GrantList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Roles over one's areas, the newest first."""
        require_somewhere(self.actor, {"admin", "police_officer"})
        query = request.GET.dict()
        limit, _ = page_params(request._request)
        found = find_grants(
            actor=self.actor,
            area=as_uuid("area", query["area"]) if "area" in query else None,
            user=as_uuid("user", query["user"]) if "user" in query else None,
            role=one_of(query, "role", GrantRole.values),
            status=one_of(query, "status", GrantStatus.values),
            expiring_before=as_day("expiring_before", query.get("expiring_before")),
        )
        rows, cursor = page(found, order=("-id",), actor=self.actor, what="grants", query=query, limit=limit)
        self.seen = at_people("grants_list", [row.user_id for row in rows], query)
        return json_response({"items": tell(rows), "next_cursor": cursor})

    @extend_schema(
        operation_id="grants_create",
        tags=["grants"],
        request=grant_shapes.GrantInput,
        responses={201: grant_shapes.Grant, 200: grant_shapes.Grant},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Give a role over an area and all below it."""
        body = with_ids(decode(grant_shapes.GrantInput, request.data))
        for name in ("starts_at", "ends_at"):
            body[name] = dt.datetime.fromisoformat(body[name]) if body[name] else None
        repeated = body["id"] is not None and models.Grant.objects.filter(id=body["id"]).exists()
        return self.told(grants.give_grant(actor=self.actor, **body), 200 if repeated else 201)


class OneGrantView(GrantView):
    """`GET /v1/grants/{id}`."""

    @extend_schema(
        operation_id="grants_read",
        tags=["grants"],
        responses=grant_shapes.Grant,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One role."""
        if visible.grants(self.actor).filter(id=id).exists():
            return self.told(id)
        area = models.Grant.objects.filter(id=id).values_list("area_id", flat=True)
        seen = any(standing.roles for standing in self.actor.standing(area).values())
        raise Problem("forbidden" if seen else "not_found")


class GrantConfirmView(GrantView):
    """`POST /v1/grants/{id}/confirm`."""

    @extend_schema(
        operation_id="grants_confirm",
        tags=["grants"],
        request=None,
        responses=grant_shapes.Grant,
        extensions={"x-problems": ["forbidden", "invalid", "second_person_needed", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The second person's word: from now on the role holds."""
        decode(shapes.NoContent, request.data or {})
        grants.confirm_grant(actor=self.actor, grant_id=id)
        return self.told(id)


class GrantEndView(GrantView):
    """`POST /v1/grants/{id}/end`."""

    @extend_schema(
        operation_id="grants_end",
        tags=["grants"],
        request=None,
        responses=grant_shapes.Grant,
        extensions={"x-problems": ["forbidden", "invalid", "last_admin"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The role ends now, or never begins."""
        decode(shapes.NoContent, request.data or {})
        grants.end_grant(actor=self.actor, grant_id=id)
        return self.told(id)
