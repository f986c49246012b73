"""`/v1/teams` and `/v1/memberships` beside what every record type has: made, changed and ended by services."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts import memberships, teams
from accounts.models import Membership as MembershipModel
from accounts.team_records import MEMBERSHIP, Membership, Team
from accounts.views import team_shapes
from accounts.views.users import with_ids
from api.actors import Actor
from api.etags import etag_of
from api.rendering import json_response
from api.resource_schema import IF_MATCH
from api.shapes import decode
from api.sync import store
from api.sync.changes import Outcome
from api.views import ApiView


class TeamMaking:
    """`POST /v1/teams`."""

    actor: Actor

    @extend_schema(
        operation_id="teams_create",
        tags=["teams"],
        request=team_shapes.TeamFounding,
        responses={201: Team, 200: Team},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists", "gone"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """A new team of a hamlet."""
        body = with_ids(decode(team_shapes.TeamFounding, request.data))
        made = teams.found_team(actor=self.actor, area_id=body.pop("area_id"), id=body.pop("id"), data=body)
        return _told("teams", made, 200 if made.status == "unchanged" else 201)


class TeamChanging:
    """`PATCH /v1/teams/{id}`."""

    actor: Actor
    expect: Any

    @extend_schema(
        operation_id="teams_patch",
        tags=["teams"],
        request={"application/merge-patch+json": team_shapes.TeamChange, "application/json": team_shapes.TeamChange},
        responses=Team,
        parameters=[IF_MATCH],
        extensions={"x-problems": ["forbidden", "gone", "team_dissolved"]},
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Another name, type, decision or status."""
        expected, _ = self.expect(request, id)
        change = decode(team_shapes.TeamChange, request.data, partial=True)
        return _told("teams", teams.change_team(actor=self.actor, team_id=id, data=change, expected_version=expected))


class TeamCloseView(ApiView):
    """`POST /v1/teams/{id}/close`."""

    transaction = "write"

    @extend_schema(
        operation_id="teams_close",
        tags=["teams"],
        request=team_shapes.TeamClosingRequest,
        responses=team_shapes.TeamClosing,
        extensions={"x-problems": ["forbidden", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Dissolve the team; all its memberships end."""
        dry_run = decode(team_shapes.TeamClosingRequest, request.data or {})["dry_run"]
        closing = teams.close_team(actor=self.actor, team_id=id, dry_run=dry_run)
        return json_response({"dry_run": dry_run, "memberships": closing.memberships, "records": closing.records})


class MembershipMaking:
    """`POST /v1/memberships`."""

    actor: Actor

    @extend_schema(
        operation_id="memberships_create",
        tags=["memberships"],
        request=team_shapes.MembershipBeginning,
        responses={201: Membership, 200: Membership},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists", "team_dissolved"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """A person's place in a team."""
        body = with_ids(decode(team_shapes.MembershipBeginning, request.data))
        body["starts_at"] = _moment(body["starts_at"])
        repeated = body["id"] is not None and MembershipModel.objects.filter(id=body["id"]).exists()
        membership_id = memberships.add_member(actor=self.actor, **body)
        return _membership(membership_id, 200 if repeated else 201)


class MembershipEndView(ApiView):
    """`POST /v1/memberships/{id}/end`."""

    transaction = "write"

    @extend_schema(
        operation_id="memberships_end",
        tags=["memberships"],
        request=team_shapes.MembershipEnding,
        responses=Membership,
        extensions={"x-problems": ["forbidden", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The person leaves the team."""
        body = decode(team_shapes.MembershipEnding, request.data or {})
        memberships.end_membership(actor=self.actor, membership_id=id, ends_at=_moment(body["ends_at"]))
        return _membership(id)


class ChangeRoleView(ApiView):
    """`POST /v1/memberships/{id}/change_role`."""

    transaction = "write"

    @extend_schema(
        operation_id="memberships_change_role",
        tags=["memberships"],
        request=team_shapes.RoleChange,
        responses=Membership,
        extensions={"x-problems": ["forbidden", "conflict", "team_dissolved"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Another role in the same team from now on."""
        role = decode(team_shapes.RoleChange, request.data)["role"]
        return _membership(memberships.change_role(actor=self.actor, membership_id=id, role=role))


def _membership(membership_id: uuid.UUID, status: int = 200) -> HttpResponse:
    [record] = store.rows_of(MEMBERSHIP, [membership_id])
    return _told("memberships", Outcome("applied", record=record), status)


def _told(collection: str, outcome: Outcome, status: int = 200) -> HttpResponse:
    record = outcome.record or {}
    headers = {"ETag": etag_of(record["version"])}
    if status == 201:
        headers["Location"] = f"/v1/{collection}/{record['id']}"
    return json_response(record, status, headers)


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
