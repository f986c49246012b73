"""The two tokens of a session: the access token, a JWT that carries no rights, and the refresh token."""

import datetime as dt
import hashlib
import hmac
import os
import time
import uuid
from functools import cache
from typing import Any, NamedTuple

import jwt
import orjson
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken
from rest_framework_simplejwt.tokens import AccessToken

from api.keyed import derived, from_base64url, to_base64url
from api.problems import Problem

ACCESS_LIFETIME = dt.timedelta(minutes=15)
JWT_TYPE = "at+jwt"  # RFC 9068 §2.1
_SECRET_BYTES = 32


class KeyRing(TokenBackend):
    """Signs with the first of `settings.ACCESS_KEYS` and names it; checks with the key that a token names, if there."""

    def __init__(self, keys: dict[str, str]) -> None:
        jwt_settings = settings.SIMPLE_JWT
        super().__init__(jwt_settings["ALGORITHM"], audience=jwt_settings["AUDIENCE"], issuer=jwt_settings["ISSUER"])
        self.keys = keys
        self.signing_kid = next(iter(keys))
        # Every token of a key begins with the same header, so its text tells key, algorithm and type at once.
        self.by_header = {self._sign({}, kid).partition(".")[0]: secret.encode() for kid, secret in keys.items()}

    def encode(self, payload: dict[str, Any]) -> str:
        return self._sign({**payload, "aud": self.audience, "iss": self.issuer}, self.signing_kid)

    def _sign(self, claims: dict[str, Any], kid: str) -> str:
        headers = {"kid": kid, "typ": JWT_TYPE}
        return jwt.encode(claims, self.keys[kid], algorithm=self.algorithm, headers=headers)

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims of a token of ours; by hand, since PyJWT takes any header and several times as long."""
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        key = self.by_header.get(header, b"")
        try:
            expected = to_base64url(hmac.digest(key, signed.encode(), "sha256"))
            if not key or not hmac.compare_digest(signature, expected):
                raise TokenBackendError("Token is invalid")
            claims: dict[str, Any] = orjson.loads(from_base64url(payload))
            if (claims["iss"], claims["aud"]) != (self.issuer, self.audience):
                raise TokenBackendError("Token is invalid")
            if claims["token_type"] != AccessToken.token_type:
                raise TokenBackendError("Token is invalid")
            if claims["exp"] <= time.time():
                raise TokenBackendExpiredToken("Token is expired")
        except (ValueError, KeyError, TypeError):
            raise TokenBackendError("Token is invalid") from None
        return claims


class SessionAccessToken(AccessToken):
    """Fifteen minutes of being a user in a session; what that allows is read afresh at each request."""

    lifetime = ACCESS_LIFETIME

    def get_token_backend(self) -> TokenBackend:
        return key_ring()


@cache
def key_ring() -> KeyRing:
    """The keys of this process."""
    return KeyRing(settings.ACCESS_KEYS)


def access_token(*, user_id: uuid.UUID, session_id: uuid.UUID) -> str:
    """A signed access token, good from now."""
    token = SessionAccessToken()
    token["sub"] = str(user_id)
    token["sid"] = str(session_id)
    return str(token)


def read_access_token(text: str) -> tuple[uuid.UUID, uuid.UUID]:
    """User and session of a token that is good; else Problem `token_expired` or `token_invalid`."""
    try:
        claims = key_ring().decode(text)
        return uuid.UUID(claims["sub"]), uuid.UUID(claims["sid"])
    except TokenBackendExpiredToken:
        raise Problem("token_expired") from None
    except (TokenBackendError, KeyError, ValueError, AttributeError, TypeError):
        raise Problem("token_invalid") from None


class RefreshSecret(NamedTuple):
    """A refresh token taken apart: the session stands in it, so that one look finds both."""

    session_id: uuid.UUID
    secret: bytes

    @property
    def text(self) -> str:
        """As the phone holds it: 64 characters."""
        return to_base64url(self.session_id.bytes + self.secret)

    @property
    def hash(self) -> bytes:
        """As the database holds it."""
        return hashlib.sha256(self.session_id.bytes + self.secret).digest()

    def successor(self, kept: bytes | None) -> "RefreshSecret | None":
        """The one token that follows: whoever asks again, however late, gets the same.

        `kept` is its hash, if it was derived before; None if that was under a key that isn't there any more.
        """
        following = (
            RefreshSecret(self.session_id, each)
            for each in derived("refresh-token", self.secret, self.session_id.bytes)
        )
        return next((each for each in following if kept in (None, each.hash)), None)


def first_refresh_secret(session_id: uuid.UUID) -> RefreshSecret:
    """The random beginning of a session's chain."""
    return RefreshSecret(session_id, os.urandom(_SECRET_BYTES))


def read_refresh_secret(text: str) -> RefreshSecret:
    """The parts of a refresh token; Problem `refresh_invalid` for what can't be one."""
    try:
        raw = from_base64url(text)
    except ValueError:
        raise Problem("refresh_invalid") from None
    if len(raw) != 16 + _SECRET_BYTES:
        raise Problem("refresh_invalid")
    return RefreshSecret(uuid.UUID(bytes=raw[:16]), raw[16:])
