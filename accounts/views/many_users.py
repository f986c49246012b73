"""Many people at once: `/v1/users/move` and `/v1/users/deactivate`."""

import uuid
from collections.abc import Sequence

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.many import ManyStatus, Told, deactivate_users, members_of, move_users
from accounts.roles import TeamRole
from api.fields import Choice, Flag, Id, ListOf, Nested, Text
from api.negotiation import language_of
from api.problems import FIELD_ERRORS, PROBLEMS, FieldError, Problem
from api.problems.render import fill
from api.rendering import json_response
from api.shapes import decode
from api.views import ApiView

MOST = 500


class MoveUsersRequest(serializers.Serializer):
    """Who goes to which team."""

    user_ids = ListOf(child=Id(), max_length=MOST, required=False, allow_null=True)
    from_team_id = Id(required=False, allow_null=True)
    team_id = Id()
    role = Choice(choices=TeamRole.choices, required=False, default="member")
    dry_run = Flag(required=False, default=False)


class DeactivateUsersRequest(serializers.Serializer):
    """Whose accounts are switched off."""

    user_ids = ListOf(child=Id(), max_length=MOST)
    dry_run = Flag(required=False, default=False)


class ManyResult(Nested):
    """What became of one person."""

    user_id = Id()
    status = Choice(choices=ManyStatus.choices)
    code = Text(max_length=60, allow_null=True)
    detail = Text(max_length=500, allow_null=True)


class ManyResults(serializers.Serializer):
    """What became of each person, or would."""

    dry_run = Flag()
    results = ListOf(child=ManyResult())


class ManyUsersView(ApiView):
    """What both share."""

    transaction = "write"

    def told(self, results: Sequence[Told], *, dry_run: bool) -> HttpResponse:
        language = language_of(self.request.META.get("HTTP_ACCEPT_LANGUAGE"))
        items = [vars(each) | {"detail": _words(each.code, language)} for each in results]
        return json_response({"dry_run": dry_run, "results": items})


class MoveUsersView(ManyUsersView):
    """`POST /v1/users/move`."""

    @extend_schema(
        operation_id="users_move_many",
        tags=["users"],
        request=MoveUsersRequest,
        responses=ManyResults,
        extensions={"x-problems": ["forbidden", "not_found", "team_dissolved", "conflict"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Move many people, or a whole team, to another team."""
        body = decode(MoveUsersRequest, request.data)
        if (body["user_ids"] is None) == (body["from_team_id"] is None):
            raise Problem("invalid", errors=[FieldError("/user_ids", "people_or_team")])
        if body["user_ids"] is None:
            people = members_of(actor=self.actor, team_id=uuid.UUID(body["from_team_id"]))
        else:
            people = _ids(body["user_ids"])
        results = move_users(
            actor=self.actor,
            user_ids=people,
            team_id=uuid.UUID(body["team_id"]),
            role=body["role"],
            dry_run=body["dry_run"],
        )
        return self.told(results, dry_run=body["dry_run"])


class DeactivateUsersView(ManyUsersView):
    """`POST /v1/users/deactivate`."""

    @extend_schema(
        operation_id="users_deactivate_many",
        tags=["users"],
        request=DeactivateUsersRequest,
        responses=ManyResults,
        extensions={"x-problems": ["forbidden"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Switch off many accounts."""
        body = decode(DeactivateUsersRequest, request.data)
        results = deactivate_users(actor=self.actor, user_ids=_ids(body["user_ids"]), dry_run=body["dry_run"])
        return self.told(results, dry_run=body["dry_run"])


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    """Each once, in the order of the request."""
    return [uuid.UUID(text) for text in dict.fromkeys(texts)]


def _words(code: str | None, language: str) -> str | None:
    if code is None:
        return None
    return fill(PROBLEMS[code].detail if code in PROBLEMS else FIELD_ERRORS[code], language, {})
