"""`GET /v1/auth/security_events`: what happened to one's own account."""

import dataclasses
import datetime as dt
import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scoping import SessionActor
from accounts.security_events import security_events
from api.fields import Flag, Id, ListOf, Moment, Nested, Text
from api.pagination import decode_cursor, encode_cursor, page_params
from api.views import ApiView


class SecurityEvent(Nested):
    """Something that happened to one's own account."""

    id = Id()
    at = Moment()
    name = Text(max_length=80)
    own = Flag(allow_null=True)
    by_name = Text(max_length=200, allow_null=True)
    device_name = Text(max_length=100, allow_null=True, allow_blank=True)
    platform = Text(max_length=40, allow_null=True, allow_blank=True)
    because = Text(max_length=40, allow_null=True)
    role = Text(max_length=40, allow_null=True)


class SecurityEventList(serializers.Serializer):
    """The newest first."""

    items = ListOf(child=SecurityEvent())
    next_cursor = Text(max_length=500, allow_null=True)


class SecurityEventsView(ApiView):
    """`GET /v1/auth/security_events`."""

    actor: SessionActor
    transaction = "look"
    parameters = (
        OpenApiParameter("limit", int, description="1 to 200, 50 unless told"),
        OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
    )

    @extend_schema(operation_id="security_events", tags=["auth"], responses=SecurityEventList)
    def get(self, request: Request) -> Response:
        """What happened to one's own account, the newest first."""
        limit, cursor = page_params(request._request)
        scope = f"security_events {self.actor.user_id}"
        after = None
        if cursor:
            at, last = decode_cursor(cursor, scope)
            after = dt.datetime.fromisoformat(str(at)), uuid.UUID(str(last))
        found = security_events(actor=self.actor, after=after, limit=limit + 1)
        items, end = found[:limit], found[limit - 1] if len(found) > limit else None
        return Response(
            {
                "items": [dataclasses.asdict(event) for event in items],
                "next_cursor": encode_cursor([end.at.isoformat(), str(end.id)], scope) if end else None,
            }
        )
