"""Signing in and going on: `/v1/auth/token`, `/activate`, `/refresh`. Answers hold secrets, so none is kept."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import signing_in
from accounts.sessions import Caller, Device, refresh_session
from accounts.throttles import client_network
from accounts.views import shapes
from api.shapes import decode
from api.views import ApiView


class TokenView(ApiView):
    """`POST /v1/auth/token`."""

    public = True

    @extend_schema(
        operation_id="sign_in",
        tags=["auth"],
        request=shapes.TokenRequest,
        responses=shapes.SignedIn,
        extensions={
            "x-problems": [
                *("credentials_invalid", "otp_required", "otp_invalid"),
                *("device_not_enrolled", "account_inactive", "too_many_attempts"),
            ]
        },
    )
    def post(self, request: Request) -> Response:
        """Sign in with phone number and password.

        An unknown number and a wrong password get the same answer. A session that this user had on this device is
        replaced.
        """
        body = decode(shapes.TokenRequest, request.data)
        signed_in = signing_in.sign_in(
            phone=body["phone"],
            password=body["password"],
            device=_device(body["device"]),
            caller=_caller(request._request),
            otp=body["otp"],
        )
        return _signed_in(signed_in)


class ActivateView(ApiView):
    """`POST /v1/auth/activate`."""

    public = True

    @extend_schema(
        operation_id="activate",
        tags=["auth"],
        request=shapes.ActivateRequest,
        responses=shapes.SignedIn,
        extensions={"x-problems": ["code_invalid", "account_inactive", "too_many_attempts"]},
    )
    def post(self, request: Request) -> Response:
        """Set the password with a one-time code, and sign in.

        The phone is enrolled by it, and all other sessions of the account end. The same code, phone and password
        again, because the answer was lost, sign in again. A code for a deactivated account leaves the password
        alone and opens a session that only delivers what the phone still holds.
        """
        body = decode(shapes.ActivateRequest, request.data)
        signed_in = signing_in.activate(
            code=body["code"],
            password=body["password"],
            device=_device(body["device"]),
            caller=_caller(request._request),
        )
        return _signed_in(signed_in)


class RefreshView(ApiView):
    """`POST /v1/auth/refresh`."""

    public = True

    @extend_schema(
        operation_id="refresh",
        tags=["auth"],
        request=shapes.RefreshRequest,
        responses=shapes.TokenPair,
        extensions={"x-problems": ["refresh_invalid", "refresh_reused", "session_ended", "account_inactive"]},
    )
    def post(self, request: Request) -> Response:
        """The next pair of tokens.

        The same refresh token again gives the same successor until 60 s after that one was first used, however
        late; a later repeat ends the session.
        """
        body = decode(shapes.RefreshRequest, request.data)
        pair = refresh_session(
            refresh=body["refresh"],
            device_id=uuid.UUID(body["device_id"]),
            request_id=_caller(request._request).request_id,
        )
        return Response(pair.wire)


def _signed_in(signed_in: signing_in.SignedIn) -> Response:
    user = signed_in.user
    return Response(
        {
            **signed_in.tokens.wire,
            "user": {"id": user.id, "phone": user.phone, "full_name": user.full_name, "locale": user.locale},
        }
    )


def _device(body: Mapping[str, Any]) -> Device:
    return Device(
        id=uuid.UUID(body["id"]), name=body["name"], platform=body["platform"], app_version=body["app_version"]
    )


def _caller(request: HttpRequest) -> Caller:
    return Caller(network=client_network(request), request_id=request.request_id)  # type: ignore[attr-defined]
