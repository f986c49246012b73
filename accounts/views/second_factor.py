"""One's own one-time codes: `/v1/auth/totp` and what belongs to it; and taking another's away after a loss.

Answers hold secrets, so none is kept; attempts count whatever becomes of them, so no transaction is around these views.
"""

import uuid

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import second_factor
from accounts.scoping import SessionActor
from accounts.views.shapes import NoContent
from api.fields import ListOf, Text
from api.shapes import decode
from api.views import ApiView


class TotpBeginRequest(serializers.Serializer):
    """The password, said again."""

    password = Text(max_length=256)


class TotpEnrolment(serializers.Serializer):
    """A new secret; told once, and good after it was confirmed."""

    secret = Text(max_length=64)
    uri = Text(max_length=500)
    qr_svg = Text(max_length=50_000)


class TotpConfirmRequest(serializers.Serializer):
    """The first code that the app shows."""

    code = Text(max_length=20)


class RecoveryCodes(serializers.Serializer):
    """Ten codes, each good once; told once."""

    recovery_codes = ListOf(child=Text(max_length=20))


class TotpProof(serializers.Serializer):
    """The password, and a one-time or recovery code."""

    password = Text(max_length=256)
    otp = Text(max_length=20)


class _OwnView(ApiView):
    actor: SessionActor


class TotpView(_OwnView):
    """`POST /v1/auth/totp`."""

    @extend_schema(
        operation_id="totp_begin",
        tags=["auth"],
        request=TotpBeginRequest,
        responses=TotpEnrolment,
        extensions={"x-problems": ["too_many_attempts", "second_factor_exists"]},
    )
    def post(self, request: Request) -> Response:
        """A new secret for an authenticator app."""
        body = decode(TotpBeginRequest, request.data)
        made = second_factor.begin(actor=self.actor, password=body["password"])
        return Response({"secret": made.secret, "uri": made.uri, "qr_svg": made.qr_svg})


class TotpConfirmView(_OwnView):
    """`POST /v1/auth/totp/confirm`."""

    @extend_schema(
        operation_id="totp_confirm",
        tags=["auth"],
        request=TotpConfirmRequest,
        responses=RecoveryCodes,
        extensions={"x-problems": ["too_many_attempts", "second_factor_exists", "second_factor_missing"]},
    )
    def post(self, request: Request) -> Response:
        """Put the secret into use by its first code."""
        body = decode(TotpConfirmRequest, request.data)
        return Response({"recovery_codes": second_factor.confirm(actor=self.actor, code=body["code"])})


class RecoveryCodesView(_OwnView):
    """`POST /v1/auth/totp/recovery_codes`."""

    @extend_schema(
        operation_id="totp_recovery_codes",
        tags=["auth"],
        request=TotpProof,
        responses=RecoveryCodes,
        extensions={"x-problems": ["too_many_attempts", "second_factor_missing"]},
    )
    def post(self, request: Request) -> Response:
        """Ten new recovery codes in place of the old ones."""
        body = decode(TotpProof, request.data)
        codes = second_factor.make_recovery_codes(actor=self.actor, password=body["password"], otp=body["otp"])
        return Response({"recovery_codes": codes})


class TotpRemoveView(_OwnView):
    """`POST /v1/auth/totp/remove`."""

    @extend_schema(
        operation_id="totp_remove",
        tags=["auth"],
        request=TotpProof,
        responses={204: None},
        extensions={"x-problems": ["too_many_attempts", "second_factor_missing"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Sign in without one-time codes from now on."""
        body = decode(TotpProof, request.data)
        second_factor.remove(actor=self.actor, password=body["password"], otp=body["otp"])
        return HttpResponse(status=204)


class SecondFactorResetView(ApiView):
    """`POST /v1/users/{id}/reset_second_factor`."""

    transaction = "write"

    @extend_schema(
        operation_id="users_reset_second_factor",
        tags=["users"],
        request=None,
        responses={204: None},
        extensions={"x-problems": ["forbidden", "invalid"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Take a person's one-time codes away; all their sessions end."""
        decode(NoContent, request.data or {})
        second_factor.reset(actor=self.actor, user_id=id)
        return HttpResponse(status=204)
