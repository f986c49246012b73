"""`/v1/users`: accounts for those who look after them, and what is done to them."""

import uuid
from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts import users
from accounts.enrolling import enrol
from accounts.issuing import issue_code
from accounts.looks import LookingView, at_people, at_person
from accounts.models import User
from accounts.moving import move_user
from accounts.pages import AREA, OF_PAGE, one_of, page
from accounts.people import UserStatus, find_user, find_users, tell
from accounts.rights import TEAM_HEADS, require_somewhere
from accounts.roles import GrantRole, TeamRole
from accounts.views import shapes, user_shapes
from api.etags import check_if_match, etag_of
from api.listing import as_uuid
from api.pagination import page_params
from api.rendering import dumps, json_response
from api.resource_schema import IF_MATCH
from api.shapes import decode
from api.transactions import Mode

ROLES = [*TeamRole.values, *GrantRole.values]


class UserView(LookingView):
    """What the views of accounts share."""

    def _mode(self) -> Mode:
        return "snapshot" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    def told(self, user: User, status: int = 200) -> HttpResponse:
        """One account, with its tag; when it was last used is no edit."""
        [body] = tell(actor=self.actor, users=[user])
        self.seen = at_person("users_read", user.id)
        return json_response(body, status, {"ETag": tag_of(body)})

    def again(self, user_id: uuid.UUID) -> HttpResponse:
        """The account after a command, for who still sees it."""
        return self.told(User.objects.get(id=user_id))


def tag_of(body: dict[str, Any]) -> str:
    """The tag of an account as it is told."""
    return etag_of(dumps({name: value for name, value in body.items() if name != "last_used_at"}))


class UsersView(UserView):
    """`GET` and `POST /v1/users`."""

    parameters = (
        *OF_PAGE,
        AREA,
        OpenApiParameter("team", uuid.UUID, description="Only who is in this team"),
        OpenApiParameter("role", str, enum=ROLES, description="Only who holds this role"),
        OpenApiParameter("status", str, enum=UserStatus.values, description="Only these"),
        OpenApiParameter("q", str, description="Words of a name, without accents, or digits of a phone number"),
    )

    @extend_schema(
        operation_id="users_list",
        tags=["users"],
        responses=user_shapes.UserList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Accounts of one's areas, or of one's team."""
        require_somewhere(self.actor, {"admin", *TEAM_HEADS})
        query = request.GET.dict()
        limit, _ = page_params(request._request)
        found = find_users(
            actor=self.actor,
            area=as_uuid("area", query["area"]) if "area" in query else None,
            team=as_uuid("team", query["team"]) if "team" in query else None,
            role=one_of(query, "role", ROLES),
            status=one_of(query, "status", UserStatus.values),
            words=query.get("q"),
        )
        rows, cursor = page(found, order=("name_sort", "id"), actor=self.actor, what="users", query=query, limit=limit)
        self.seen = at_people("users_list", [user.id for user in rows], query)
        return json_response({"items": tell(actor=self.actor, users=rows), "next_cursor": cursor})

    @extend_schema(
        operation_id="users_create",
        tags=["users"],
        request=user_shapes.UserInput,
        responses={201: user_shapes.User, 200: user_shapes.User},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists", "team_dissolved"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """A new account, which waits for its activation code."""
        body = decode(user_shapes.UserInput, request.data)
        user, made = enrol(actor=self.actor, **with_ids(body))
        response = self.told(user, 201 if made else 200)
        if made:
            response.headers["Location"] = f"/v1/users/{user.id}"
        return response


class OneUserView(UserView):
    """`GET` and `PATCH /v1/users/{id}`."""

    @extend_schema(
        operation_id="users_read",
        tags=["users"],
        responses=user_shapes.User,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One account."""
        return self.told(find_user(actor=self.actor, user_id=id))

    @extend_schema(
        operation_id="users_patch",
        tags=["users"],
        request={
            "application/merge-patch+json": user_shapes.UserChange,
            "application/json": user_shapes.UserChange,
        },
        responses=user_shapes.User,
        parameters=[IF_MATCH],
        extensions={"x-problems": ["forbidden", "precondition_required", "precondition_failed"]},
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Another name, language or phone number."""
        user = find_user(actor=self.actor, user_id=id)
        # Held, so that of two who hold the same tag one is told 412.
        User.objects.select_for_update(no_key=True).get(id=user.id)
        user.refresh_from_db()
        [before] = tell(actor=self.actor, users=[user])
        self.seen = at_person("users_read", id)
        check_if_match(request._request, tag_of(before), lambda: orjson.loads(dumps(before)))
        change = decode(user_shapes.UserChange, request.data, partial=True)
        users.change_user(actor=self.actor, user_id=id, **change)
        return self.again(id)


class IssueCodeView(UserView):
    """`POST /v1/users/{id}/issue_code`."""

    keeps_answers = False

    @extend_schema(
        operation_id="users_issue_code",
        tags=["users"],
        request=user_shapes.IssueCodeRequest,
        responses=user_shapes.IssuedCode,
        extensions={"x-problems": ["forbidden"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """A new one-time code, in place of earlier ones."""
        body = decode(user_shapes.IssueCodeRequest, request.data or {})
        issued = issue_code(actor=self.actor, user_id=id, sessions_too=body["end_sessions"])
        return json_response({"code": issued.code, "purpose": issued.purpose, "expires_at": issued.expires_at})


class DeactivateView(UserView):
    """`POST /v1/users/{id}/deactivate`."""

    @extend_schema(
        operation_id="users_deactivate",
        tags=["users"],
        request=None,
        responses=user_shapes.User,
        extensions={"x-problems": ["forbidden", "invalid", "last_admin"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Switch the account off from its next request on."""
        decode(shapes.NoContent, request.data or {})
        users.deactivate_user(actor=self.actor, user_id=id)
        return self.again(id)


class ReactivateView(UserView):
    """`POST /v1/users/{id}/reactivate`."""

    @extend_schema(
        operation_id="users_reactivate",
        tags=["users"],
        request=None,
        responses=user_shapes.User,
        extensions={"x-problems": ["forbidden", "invalid"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Switch the account on again."""
        decode(shapes.NoContent, request.data or {})
        users.reactivate_user(actor=self.actor, user_id=id)
        return self.again(id)


class MoveUserView(UserView):
    """`POST /v1/users/{id}/move`."""

    @extend_schema(
        operation_id="users_move",
        tags=["users"],
        request=user_shapes.MoveUserRequest,
        responses=user_shapes.User,
        extensions={"x-problems": ["forbidden", "team_dissolved", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """To another team, and home with it."""
        body = decode(user_shapes.MoveUserRequest, request.data)
        move_user(actor=self.actor, user_id=id, **with_ids(body))
        return self.again(id)


def with_ids(body: dict[str, Any]) -> dict[str, Any]:
    """A decoded body with its ids as ids."""
    return {
        name: uuid.UUID(value) if value and (name == "id" or name.endswith("_id")) else value
        for name, value in body.items()
    }
