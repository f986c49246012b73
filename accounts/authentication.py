"""Who asks: the access token names user and session, one query makes the actor, rights are read afresh each time."""

import uuid
from dataclasses import dataclass

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import User
from accounts.scoping import SessionActor, make_actor
from accounts.tokens import read_access_token
from api.actors import Along
from api.problems import Problem


@dataclass(frozen=True)
class SignedInUser:
    """As much of a user as REST framework asks for."""

    id: uuid.UUID
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> uuid.UUID:
        return self.id


class SessionAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access>`. `request.auth` is the actor.

    Raises Problem `token_expired` or `token_invalid` (401), `session_ended` (401), `account_inactive` (403).
    """

    def authenticate(self, request: Request, along: Along | None = None) -> tuple[SignedInUser, SessionActor] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        user_id, session_id = read_access_token(token.strip())
        request_id: uuid.UUID = request._request.request_id  # type: ignore[attr-defined]
        actor = make_actor(session_id=session_id, user_id=user_id, request_id=request_id, along=along)
        if actor is None:
            # Deactivation ends the sessions too; the phone should hear of the account, not only of the session.
            inactive = User.objects.filter(id=user_id, is_active=False).exists()
            raise Problem("account_inactive" if inactive else "session_ended")
        return SignedInUser(user_id), actor

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="anthon"'


class SessionScheme(OpenApiAuthenticationExtension):
    """The same in the document."""

    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a session, from `POST /v1/auth/token`; good for 15 minutes.",
        }
