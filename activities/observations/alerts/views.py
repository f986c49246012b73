"""The routes of alerts beside those that every record type has: a list made to be asked every few seconds, and SOS."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views.shapes import NoContent
from activities.observations.alerts import services
from activities.observations.alerts.registration import ALERT
from activities.observations.alerts.serializers import Alert, AlertCall, AlertCancelInput, AlertCloseInput
from api import listing
from api.actors import Actor, Held, Statement
from api.etags import etag_of, not_modified
from api.pagination import page_params
from api.rendering import json_response
from api.resource_schema import IF_NEWER, page_of
from api.shapes import decode
from api.views import ApiView


class AlertCalls:
    """`GET` and `POST /v1/alerts`."""

    actor: Actor
    request: Request
    create: Any

    def along(self, held: Held) -> Statement | None:
        """What the first page holds is found out in the statement that finds out who asks."""
        request = self.request._request
        if request.method == "POST" or "cursor" in request.GET:
            return None
        return listing.state(held, ALERT, request.GET.dict(), page_params(request)[0])

    @extend_schema(
        operation_id="alerts_list",
        tags=["alerts"],
        parameters=[IF_NEWER],
        responses={200: page_of(Alert), 304: None},
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """What was received last comes first, within one's areas."""
        listing.check_reader(self.actor, ALERT)
        limit, _ = page_params(request._request)
        headers = {} if "cursor" in request.GET else {"ETag": f'"{self.actor.found[0][:32]}"'}
        if headers and not_modified(request._request, headers["ETag"]):
            return HttpResponse(status=304, headers=headers)
        # Older than its tag the page must never be, so no replica is asked.
        return json_response(listing.page(self.actor, ALERT, request.GET.dict(), limit, fresh=True), headers=headers)

    @extend_schema(
        operation_id="alerts_create",
        tags=["alerts"],
        request=AlertCall,
        responses={201: Alert, 200: Alert},
        extensions={"x-problems": ["forbidden", "not_found", "gone", "already_exists", "membership_ended"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Call for help, with whatever is known."""
        data = request.data
        home = next(iter(self.actor.home_areas()), None)
        if isinstance(data, dict) and "area_id" not in data and home:
            data = {**data, "area_id": str(home)}
        return self.create(data)


class AlertItem:
    """`/v1/alerts/{id}`: read and changed as every record, but never taken away."""

    http_method_names = ("get", "put", "patch", "head", "options")


class AlertAcknowledgeView(ApiView):
    """`POST /v1/alerts/{id}/acknowledge`."""

    transaction = "write"

    @extend_schema(
        operation_id="alerts_acknowledge",
        tags=["alerts"],
        request=None,
        responses=Alert,
        extensions={"x-problems": ["forbidden", "gone", "invalid"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Say that somebody is on it: it is passed on no further."""
        decode(NoContent, request.data or {})
        return _told(services.acknowledge_alert(actor=self.actor, alert_id=id))


class AlertCancelView(ApiView):
    """`POST /v1/alerts/{id}/cancel`."""

    transaction = "write"

    @extend_schema(
        operation_id="alerts_cancel",
        tags=["alerts"],
        request=AlertCancelInput,
        responses=Alert,
        extensions={"x-problems": ["forbidden", "gone", "membership_ended"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Its sender is safe."""
        body = decode(AlertCancelInput, request.data or {})
        return _told(services.cancel_alert(actor=self.actor, alert_id=id, **body))


class AlertCloseView(ApiView):
    """`POST /v1/alerts/{id}/close`."""

    transaction = "write"

    @extend_schema(
        operation_id="alerts_close",
        tags=["alerts"],
        request=AlertCloseInput,
        responses=Alert,
        extensions={"x-problems": ["forbidden", "gone", "alert_closed"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """How it ended, by the police."""
        return _told(services.close_alert(actor=self.actor, alert_id=id, **decode(AlertCloseInput, request.data)))


def _told(alert: dict[str, Any]) -> Response:
    return Response(alert, headers={"ETag": etag_of(alert["version"])})
