"""`/v1/data_requests` and `/v1/breaches`: the registers of the personal-data law, by the admins of their areas."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.looks import Look, LookingView
from accounts.models import Breach, DataRequest
from accounts.models.requests import BreachStatus, DataRequestKind, DataRequestStatus
from accounts.pages import AREA, OF_PAGE, one_of, page
from accounts.requests import breaches, data_requests
from accounts.rights import require_somewhere
from accounts.views import request_shapes, shapes
from api.listing import as_uuid
from api.localtime import local_day, now
from api.pagination import page_params
from api.rendering import json_response
from api.shapes import decode, shape_of
from api.transactions import Mode

OVERDUE = OpenApiParameter("overdue", str, enum=["true"], description="Only what should have happened already")


class RegisterView(LookingView):
    """What the views of both registers share."""

    def _mode(self) -> Mode:
        return "snapshot" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    def listed(
        self, find: Callable[..., QuerySet[Any]], what: str, tell: Callable[[Any], Any], **equal: Any
    ) -> HttpResponse:
        """A page of what somebody administers."""
        require_somewhere(self.actor, {"admin"})
        query = self.request.GET.dict()
        limit, _ = page_params(self.request._request)
        area = as_uuid("area", query["area"]) if "area" in query else None
        late = one_of(query, "overdue", ["true"]) is not None
        found = find(actor=self.actor, area=area, late=late, **{name: value for name, value in equal.items() if value})
        rows, cursor = page(found, order=("-id",), actor=self.actor, what=what, query=query, limit=limit)
        if what == "data_requests":
            self.seen = Look("data_requests.viewed", "data_requests_list", count=len(rows), asked=query)
        return json_response({"items": [tell(row) for row in rows], "next_cursor": cursor})


class OneRequestView(RegisterView):
    """What the views of one request share: it names who asked, so showing it is a look."""

    def told(self, found: DataRequest) -> HttpResponse:
        """The request as it stands."""
        subject = ("data_request", found.id)
        self.seen = Look("data_requests.viewed", "data_requests_read", (), 1, subject, found.area_id)
        return json_response(tell_request(found))


def tell_request(row: DataRequest) -> dict[str, Any]:
    """A request as it is shown."""
    today = local_day(now())
    unanswered = row.status == DataRequestStatus.RECEIVED and row.answer_due_on < today
    late = row.settled_at is None and (unanswered or row.due_on < today)
    return _columns(row, request_shapes.DataRequest) | {"overdue": late}


def tell_breach(row: Breach) -> dict[str, Any]:
    """A breach as it is shown."""
    late = row.reported_at is None and row.closed_at is None and row.report_due_at < now()
    return _columns(row, request_shapes.Breach) | {"overdue": late}


def _columns(row: Model, shape: type[Serializer[Any]]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in shape_of(shape).fields if name != "overdue"}


def read(body: Mapping[str, Any]) -> dict[str, Any]:
    """A decoded body with ids, days and moments as Python has them."""
    kinds: dict[str, Callable[[str], Any]] = {
        "id": uuid.UUID,
        "at": dt.datetime.fromisoformat,
        "on": dt.date.fromisoformat,
    }
    made = {name: kinds.get(name.rpartition("_")[2]) for name in body}
    return {name: value if value is None or not (kind := made[name]) else kind(value) for name, value in body.items()}


class DataRequestsView(RegisterView):
    """`GET` and `POST /v1/data_requests`."""

    parameters = (
        *OF_PAGE,
        AREA,
        OVERDUE,
        OpenApiParameter("kind", str, enum=DataRequestKind.values, description="Only this kind"),
        OpenApiParameter("status", str, enum=DataRequestStatus.values, description="Only these"),
    )

    @extend_schema(
        operation_id="data_requests_list",
        tags=["data_requests"],
        responses=request_shapes.DataRequestList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Requests of one's areas, the newest first."""
        query = request.GET.dict()
        return self.listed(
            data_requests.find_data_requests,
            "data_requests",
            tell_request,
            kind=one_of(query, "kind", DataRequestKind.values),
            status=one_of(query, "status", DataRequestStatus.values),
        )

    @extend_schema(
        operation_id="data_requests_create",
        tags=["data_requests"],
        request=request_shapes.DataRequestInput,
        responses={201: request_shapes.DataRequest, 200: request_shapes.DataRequest},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Enter a request."""
        body = read(decode(request_shapes.DataRequestInput, request.data))
        repeated = body["id"] is not None and DataRequest.objects.filter(id=body["id"]).exists()
        made = data_requests.receive(actor=self.actor, **body)
        headers = {"Location": f"/v1/data_requests/{made.id}"}
        return json_response(tell_request(made), 200 if repeated else 201, None if repeated else headers)


class DataRequestView(OneRequestView):
    """`GET /v1/data_requests/{id}`."""

    @extend_schema(
        operation_id="data_requests_read",
        tags=["data_requests"],
        responses=request_shapes.DataRequest,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One request."""
        return self.told(data_requests.request_of(self.actor, id))


class DataRequestAnswerView(OneRequestView):
    """`POST /v1/data_requests/{id}/answer`."""

    @extend_schema(
        operation_id="data_requests_answer",
        tags=["data_requests"],
        request=None,
        responses=request_shapes.DataRequest,
        extensions={"x-problems": ["forbidden", "invalid"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The requester was answered."""
        decode(shapes.NoContent, request.data or {})
        return self.told(data_requests.answer(actor=self.actor, request_id=id))


class DataRequestExtendView(OneRequestView):
    """`POST /v1/data_requests/{id}/extend`."""

    @extend_schema(
        operation_id="data_requests_extend",
        tags=["data_requests"],
        request=request_shapes.DataRequestExtendInput,
        responses=request_shapes.DataRequest,
        extensions={"x-problems": ["forbidden", "request_settled"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """As many days more."""
        body = decode(request_shapes.DataRequestExtendInput, request.data)
        return self.told(data_requests.extend(actor=self.actor, request_id=id, **body))


class DataRequestDoneView(OneRequestView):
    """`POST /v1/data_requests/{id}/complete`."""

    @extend_schema(
        operation_id="data_requests_complete",
        tags=["data_requests"],
        request=request_shapes.DataRequestDoneInput,
        responses=request_shapes.DataRequest,
        extensions={"x-problems": ["forbidden", "request_settled", "cannot_erase"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """It was done."""
        body = decode(request_shapes.DataRequestDoneInput, request.data)
        return self.told(data_requests.settle(actor=self.actor, request_id=id, refused=False, **body))


class DataRequestRefuseView(OneRequestView):
    """`POST /v1/data_requests/{id}/refuse`."""

    @extend_schema(
        operation_id="data_requests_refuse",
        tags=["data_requests"],
        request=request_shapes.DataRequestSettleInput,
        responses=request_shapes.DataRequest,
        extensions={"x-problems": ["forbidden", "request_settled"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """It is refused, for a reason that the law gives."""
        body = decode(request_shapes.DataRequestSettleInput, request.data)
        return self.told(data_requests.settle(actor=self.actor, request_id=id, refused=True, **body))


class BreachesView(RegisterView):
    """`GET` and `POST /v1/breaches`."""

    parameters = (
        *OF_PAGE,
        AREA,
        OVERDUE,
        OpenApiParameter("status", str, enum=BreachStatus.values, description="Only these"),
    )

    @extend_schema(
        operation_id="breaches_list",
        tags=["data_requests"],
        responses=request_shapes.BreachList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Breaches in one's areas, the newest first."""
        status = one_of(request.GET.dict(), "status", BreachStatus.values)
        return self.listed(breaches.find_breaches, "breaches", tell_breach, status=status)

    @extend_schema(
        operation_id="breaches_create",
        tags=["data_requests"],
        request=request_shapes.BreachInput,
        responses={201: request_shapes.Breach, 200: request_shapes.Breach},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Enter a breach."""
        body = read(decode(request_shapes.BreachInput, request.data))
        repeated = body["id"] is not None and Breach.objects.filter(id=body["id"]).exists()
        made = breaches.notice(actor=self.actor, **body)
        headers = {"Location": f"/v1/breaches/{made.id}"}
        return json_response(tell_breach(made), 200 if repeated else 201, None if repeated else headers)


class BreachView(RegisterView):
    """`GET /v1/breaches/{id}`."""

    @extend_schema(
        operation_id="breaches_read",
        tags=["data_requests"],
        responses=request_shapes.Breach,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One breach."""
        return json_response(tell_breach(breaches.breach_of(self.actor, id)))


class BreachReportView(RegisterView):
    """`POST /v1/breaches/{id}/report`."""

    @extend_schema(
        operation_id="breaches_report",
        tags=["data_requests"],
        request=request_shapes.BreachReportInput,
        responses=request_shapes.Breach,
        extensions={"x-problems": ["forbidden", "request_settled"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The authority was told."""
        body = read(decode(request_shapes.BreachReportInput, request.data))
        return json_response(tell_breach(breaches.report(actor=self.actor, breach_id=id, **body)))


class BreachCloseView(RegisterView):
    """`POST /v1/breaches/{id}/close`."""

    @extend_schema(
        operation_id="breaches_close",
        tags=["data_requests"],
        request=request_shapes.BreachCloseInput,
        responses=request_shapes.Breach,
        extensions={"x-problems": ["forbidden", "request_settled"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """It is over."""
        body = decode(request_shapes.BreachCloseInput, request.data)
        return json_response(tell_breach(breaches.close(actor=self.actor, breach_id=id, **body)))
