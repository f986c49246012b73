"""`/v1/webhooks`: which systems are told of what happens in one's areas."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts import models, visible
from accounts.pages import AREA, OF_PAGE, page
from accounts.rights import require_somewhere
from accounts.webhooks.services import create_webhook, delete_webhook, read_webhook
from api.fields import Id, Integer, ListOf, Moment, Nested, Text
from api.listing import as_uuid
from api.pagination import page_params
from api.rendering import json_response
from api.shapes import decode
from api.transactions import Mode
from api.views import ApiView

_TOLD = (
    *("id", "area_id", "url", "events", "description", "created_at", "created_by"),
    *("last_sent_at", "last_status", "failing_since", "ended_at", "ended_because"),
)


class Webhook(Nested):
    """A system that is told of events in an area and all below it, and how that went lately."""

    id = Id()
    area_id = Id()
    url = Text(max_length=2000)
    events = ListOf(child=Text(max_length=80), max_length=50)
    description = Text(max_length=200, allow_blank=True)
    created_at = Moment()
    created_by = Id(allow_null=True)
    last_sent_at = Moment(allow_null=True)
    last_status = Integer(allow_null=True)
    failing_since = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)
    ended_because = Text(max_length=80, allow_null=True)


class WebhookList(serializers.Serializer):
    """Subscriptions, the newest first."""

    items = ListOf(child=Webhook())
    next_cursor = Text(max_length=500, allow_null=True)


class WebhookInput(serializers.Serializer):
    """A subscription to make."""

    id = Id(required=False)
    area_id = Id()
    url = Text(max_length=2000)
    events = ListOf(child=Text(max_length=80), max_length=50)
    description = Text(max_length=200, allow_blank=True, required=False, default="")


class WebhookMade(Webhook):
    """A subscription as it was made."""

    secret = Text(max_length=200, allow_null=True)


def tell(row: models.Webhook) -> dict[str, Any]:
    """A subscription as it is shown."""
    return {name: getattr(row, name) for name in _TOLD}


class WebhooksView(ApiView):
    """`GET` and `POST /v1/webhooks`."""

    keeps_answers = False
    parameters = (*OF_PAGE, AREA)

    def _mode(self) -> Mode:
        return "snapshot" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    @extend_schema(
        operation_id="webhooks_list",
        tags=["webhooks"],
        responses=WebhookList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """The subscriptions of one's areas, the newest first."""
        require_somewhere(self.actor, {"admin"})
        query = request.GET.dict()
        limit, _ = page_params(request._request)
        found = visible.webhooks(self.actor, within=as_uuid("area", query["area"]) if "area" in query else None)
        rows, cursor = page(found, order=("-id",), actor=self.actor, what="webhooks", query=query, limit=limit)
        return json_response({"items": [tell(row) for row in rows], "next_cursor": cursor})

    @extend_schema(
        operation_id="webhooks_create",
        tags=["webhooks"],
        request=WebhookInput,
        responses={201: WebhookMade, 200: WebhookMade},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists", "webhooks_too_many"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Have a system told. Its secret stands in this answer, and nowhere else."""
        body = decode(WebhookInput, request.data)
        for name in ("id", "area_id"):
            body[name] = uuid.UUID(body[name]) if body[name] else None
        made, secret = create_webhook(actor=self.actor, **body)
        told = tell(made) | {"secret": secret}
        return json_response(told, 201, {"Location": f"/v1/webhooks/{made.id}"}) if secret else json_response(told)


class WebhookView(ApiView):
    """`GET` and `DELETE /v1/webhooks/{id}`."""

    def _mode(self) -> Mode:
        return "snapshot" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    @extend_schema(
        operation_id="webhooks_read", tags=["webhooks"], responses=Webhook, extensions={"x-problems": ["forbidden"]}
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One subscription."""
        return json_response(tell(read_webhook(actor=self.actor, webhook_id=id)))

    @extend_schema(
        operation_id="webhooks_delete",
        tags=["webhooks"],
        responses={204: None},
        extensions={"x-problems": ["forbidden"]},
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Nothing more is sent to it, not even what waits."""
        delete_webhook(actor=self.actor, webhook_id=id)
        return HttpResponse(status=204)
