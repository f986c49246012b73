"""`/v1/data_requests` and `/v1/breaches`: the registers of the personal-data law, by the admins of their areas.

Both are a list, its entries, and the steps that an entry takes; what differs stands in a `Register`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.looks import Look, LookingView
from accounts.models import Breach, DataRequest
from accounts.models.requests import BreachStatus, DataRequestKind, DataRequestStatus
from accounts.pages import AREA, OF_PAGE, one_of, page
from accounts.requests import breaches, data_requests
from accounts.requests.entries import TYPES
from accounts.rights import require_somewhere
from accounts.views import request_shapes, shapes
from api.listing import as_uuid
from api.localtime import now
from api.pagination import page_params
from api.rendering import json_response
from api.shapes import decode, shape_of
from api.transactions import Mode

Shape = type[Serializer[Any]]
Entry = DataRequest | Breach
OVERDUE = OpenApiParameter("overdue", str, enum=["true"], description="Only what should have happened already")
WORDS = OpenApiParameter("q", str, description="Words that all stand somewhere in it, with or without accents")
FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "id": uuid.UUID,
    "at": dt.datetime.fromisoformat,
    "on": dt.date.fromisoformat,
}
"""What a field holds, by the end of its name."""


@dataclass(frozen=True)
class Step:
    """What can be done with an entry: by which service, told what."""

    take: Callable[..., Entry]
    shape: Shape | None
    problems: Sequence[str] = ("request_settled",)


@dataclass(frozen=True)
class Register:
    """One of the two registers. `look`: the event of showing an entry, where entries name somebody."""

    name: str
    model: type[Entry]
    shape: Shape
    listed: Shape
    entered: Shape
    find: Callable[..., QuerySet[Any]]
    read: Callable[..., Entry]
    enter: Callable[..., Entry]
    steps: Mapping[str, Step]
    filters: Mapping[str, list[str]]
    look: str = ""

    def tell(self, row: Entry) -> dict[str, Any]:
        """An entry as it is shown."""
        columns = {name: getattr(row, name) for name in shape_of(self.shape).fields if name != "overdue"}
        return columns | {"overdue": row.due_at is not None and row.due_at <= now()}


class RegisterView(LookingView):
    register: ClassVar[Register]

    def _mode(self) -> Mode:
        return "snapshot" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    def told(self, row: Entry, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """The entry as it stands; showing it is a look, unless this very request changed it."""
        register = self.register
        if register.look:
            what = f"{register.name}_read"
            self.seen = Look(register.look, what, (), 1, (TYPES[register.model], row.id), row.area_id)
        return json_response(register.tell(row), status, headers)

    def listed(self) -> HttpResponse:
        """A page of what somebody administers."""
        require_somewhere(self.actor, {"admin"})
        register, query = self.register, self.request.GET.dict()
        limit, _ = page_params(self.request._request)
        equal = {name: one_of(query, name, values) for name, values in register.filters.items() if name in query}
        found = register.find(
            actor=self.actor,
            area=as_uuid("area", query["area"]) if "area" in query else None,
            late=one_of(query, "overdue", ["true"]) is not None,
            words=query.get("q"),
            **equal,
        )
        rows, cursor = page(found, order=("-id",), actor=self.actor, what=register.name, query=query, limit=limit)
        if register.look:
            self.seen = Look(register.look, f"{register.name}_list", count=len(rows), asked=query)
        return json_response({"items": [register.tell(row) for row in rows], "next_cursor": cursor})

    def entered(self) -> HttpResponse:
        """A new entry, or the same again."""
        register, body = self.register, read(decode(self.register.entered, self.request.data))
        repeated = body["id"] is not None and register.model._default_manager.filter(id=body["id"]).exists()
        made = register.enter(actor=self.actor, **body)
        if repeated:
            return self.told(made)
        return self.told(made, 201, {"Location": f"/v1/{register.name}/{made.id}"})


def read(body: Mapping[str, Any]) -> dict[str, Any]:
    """A decoded body with ids, days and moments as Python has them."""
    kinds = {name: FROM_TEXT.get(name.rpartition("_")[2]) for name in body}
    return {name: value if value is None or not (kind := kinds[name]) else kind(value) for name, value in body.items()}


def routes(register: Register) -> list[URLPattern]:
    """The routes of a register: its list, an entry, and the steps of an entry."""
    base, one = register.name, f"{register.name}/<uuid:id>"
    return [
        path(base, _collection(register).as_view()),
        path(one, _item(register).as_view()),
        *(path(f"{one}/{verb}", _step(register, verb, step).as_view()) for verb, step in register.steps.items()),
    ]


def _collection(register: Register) -> type[RegisterView]:
    @extend_schema(
        operation_id=f"{register.name}_list",
        tags=["data_requests"],
        responses=register.listed,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self: RegisterView, request: Request) -> HttpResponse:
        return self.listed()

    @extend_schema(
        operation_id=f"{register.name}_create",
        tags=["data_requests"],
        request=register.entered,
        responses={201: register.shape, 200: register.shape},
        extensions={"x-problems": ["forbidden", "not_found", "already_exists"]},
    )
    def post(self: RegisterView, request: Request) -> HttpResponse:
        return self.entered()

    filters = [
        OpenApiParameter(name, str, enum=values, description="Only this kind" if name == "kind" else "Only these")
        for name, values in register.filters.items()
    ]
    parameters = (*OF_PAGE, AREA, OVERDUE, WORDS, *filters)
    return type("Collection", (RegisterView,), _members(register, parameters=parameters, get=get, post=post))


def _item(register: Register) -> type[RegisterView]:
    @extend_schema(
        operation_id=f"{register.name}_read",
        tags=["data_requests"],
        responses=register.shape,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self: RegisterView, request: Request, id: uuid.UUID) -> HttpResponse:
        return self.told(register.read(self.actor, id))

    return type("Item", (RegisterView,), _members(register, get=get))


def _step(register: Register, verb: str, step: Step) -> type[RegisterView]:
    @extend_schema(
        operation_id=f"{register.name}_{verb}",
        tags=["data_requests"],
        request=step.shape,
        responses=register.shape,
        extensions={"x-problems": ["forbidden", *step.problems]},
    )
    def post(self: RegisterView, request: Request, id: uuid.UUID) -> HttpResponse:
        body = read(decode(step.shape, request.data) if step.shape else decode(shapes.NoContent, request.data or {}))
        return self.told(step.take(actor=self.actor, id=id, **body))

    return type("Step", (RegisterView,), _members(register, post=post))


def _members(register: Register, **members: Any) -> dict[str, Any]:
    return {"register": register, "__module__": __name__, **members}


DATA_REQUESTS = Register(
    name="data_requests",
    model=DataRequest,
    shape=request_shapes.DataRequest,
    listed=request_shapes.DataRequestList,
    entered=request_shapes.DataRequestInput,
    find=data_requests.find_data_requests,
    read=data_requests.request_of,
    enter=data_requests.receive,
    steps={
        "answer": Step(data_requests.answer, None, ["invalid"]),
        "extend": Step(data_requests.extend, request_shapes.DataRequestExtendInput),
        "complete": Step(
            partial(data_requests.settle, refused=False),
            request_shapes.DataRequestDoneInput,
            ["request_settled", "cannot_erase"],
        ),
        "refuse": Step(partial(data_requests.settle, refused=True), request_shapes.DataRequestSettleInput),
    },
    filters={"kind": DataRequestKind.values, "status": DataRequestStatus.values},
    look="data_requests.viewed",
)
BREACHES = Register(
    name="breaches",
    model=Breach,
    shape=request_shapes.Breach,
    listed=request_shapes.BreachList,
    entered=request_shapes.BreachInput,
    find=breaches.find_breaches,
    read=breaches.breach_of,
    enter=breaches.notice,
    steps={
        "report": Step(breaches.report, request_shapes.BreachReportInput),
        "close": Step(breaches.close, request_shapes.BreachCloseInput),
    },
    filters={"status": BreachStatus.values},
)
urlpatterns = [*routes(DATA_REQUESTS), *routes(BREACHES)]
