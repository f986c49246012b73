"""`/v1/auth/push_token`: where the phone of this session can be reached."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.push.tokens import PushProvider, drop_token, keep_token
from accounts.scoping import SessionActor
from api.fields import Choice, Text
from api.shapes import decode
from api.views import ApiView


class PushTokenInput(serializers.Serializer):
    """The address that the push service gave this app."""

    provider = Choice(choices=PushProvider.choices, required=False, default=PushProvider.FCM.value)
    token = Text(max_length=4096, pattern=r"^[\x21-\x7e]+$")


class PushTokenView(ApiView):
    """`PUT` and `DELETE /v1/auth/push_token`."""

    actor: SessionActor
    transaction = "write"

    @extend_schema(operation_id="set_push_token", tags=["auth"], request=PushTokenInput, responses={204: None})
    def put(self, request: Request) -> HttpResponse:
        """Name the address under which this phone is rung; the same again changes nothing."""
        keep_token(actor=self.actor, **decode(PushTokenInput, request.data))
        return HttpResponse(status=204)

    @extend_schema(operation_id="delete_push_token", tags=["auth"], responses={204: None})
    def delete(self, request: Request) -> HttpResponse:
        """Not to be rung any more; 204 too if it wasn't."""
        drop_token(actor=self.actor)
        return HttpResponse(status=204)
