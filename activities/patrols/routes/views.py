"""The routes of routes and checkpoints beside those that every record type has."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views.shapes import NoContent
from activities.patrols.routes.figures import figures
from activities.patrols.routes.reading import checkpoints_of
from activities.patrols.routes.serializers import (
    Checkpoint,
    CheckpointCode,
    CheckpointRenewInput,
    FiguresBy,
    PatrolCheckpoints,
    RouteFigures,
)
from activities.patrols.routes.services import print_area, print_checkpoint, print_route, renew_code, tell_code
from api.etags import etag_of
from api.listing import as_day, as_uuid
from api.problems import Problem
from api.rendering import JSON
from api.shapes import decode
from api.views import ApiView

PDF = "application/pdf"
_REFUSED = ("invalid", "forbidden", "second_factor_required")
_SHEET = {(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="The codes, A4, two a page")}


class PatrolCheckpointsView(ApiView):
    """What a patrol did of its route."""

    transaction = "read"

    @extend_schema(
        operation_id="patrol_checkpoints",
        responses=PatrolCheckpoints,
        tags=["patrols"],
        extensions={"x-problems": ["forbidden", "gone"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        return Response(checkpoints_of(actor=self.actor, patrol_id=id))


class RouteFiguresView(ApiView):
    """What patrols did of their routes, in figures."""

    transaction = "read"
    parameters = (
        OpenApiParameter("by", str, enum=FiguresBy.values, default="route", description="What to group by"),
        OpenApiParameter("area", uuid.UUID, description="This area and all below it"),
        OpenApiParameter("route", uuid.UUID, description="Only patrols with this `route_id`"),
        OpenApiParameter("since", {"type": "string", "format": "date"}, description="From this local day on"),
        OpenApiParameter("until", {"type": "string", "format": "date"}, description="To this local day, inclusive"),
    )

    @extend_schema(
        operation_id="route_figures",
        responses=RouteFigures,
        tags=["routes"],
        extensions={"x-problems": ["too_much_to_count"]},
    )
    def get(self, request: Request) -> Response:
        asked = request.GET
        by = asked.get("by", FiguresBy.ROUTE.value)
        if by not in FiguresBy.values:
            raise Problem("parameter_invalid", params={"parameter": "by", "choices": ", ".join(FiguresBy.values)})
        ids = {name: as_uuid(name, asked[name]) if name in asked else None for name in ("area", "route")}
        days = {name: as_day(name, asked.get(name)) for name in ("since", "until")}
        return Response(figures(actor=self.actor, by=by, area_id=ids["area"], route_id=ids["route"], **days))


class CheckpointRenewView(ApiView):
    """Give a checkpoint a new code."""

    transaction = "write"

    @extend_schema(
        operation_id="checkpoint_renew",
        request=CheckpointRenewInput,
        responses=Checkpoint,
        tags=["checkpoints"],
        extensions={"x-problems": [*_REFUSED, "gone", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        wanted = decode(CheckpointRenewInput, request.data)
        checkpoint = renew_code(actor=self.actor, checkpoint_id=id, code_version=wanted["code_version"])
        return Response(checkpoint, headers={"ETag": etag_of(checkpoint["version"])})


class CheckpointCodeView(ApiView):
    """A checkpoint's code as text."""

    transaction = "write"
    keeps_answers = False

    @extend_schema(
        operation_id="checkpoint_code",
        request=None,
        responses=CheckpointCode,
        tags=["checkpoints"],
        extensions={"x-problems": [*_REFUSED, "gone"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        decode(NoContent, request.data or {})
        return Response(tell_code(actor=self.actor, checkpoint_id=id))


class CodeSheetView(ApiView):
    """What the views that print codes share: nothing is held while the press works."""

    keeps_answers = False
    media_types = frozenset({PDF, JSON})

    def answer(self, pdf: bytes) -> HttpResponse:
        """The PDF, to be saved."""
        headers = {"Content-Disposition": 'attachment; filename="ma-chot.pdf"', "Cache-Control": "no-store"}
        return HttpResponse(pdf, content_type=PDF, headers=headers)


class CheckpointSheetView(CodeSheetView):
    """Print a checkpoint's code."""

    @extend_schema(
        operation_id="checkpoint_sheet",
        request=None,
        responses=_SHEET,
        tags=["checkpoints"],
        extensions={"x-problems": [*_REFUSED, "gone"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        decode(NoContent, request.data or {})
        return self.answer(print_checkpoint(actor=self.actor, checkpoint_id=id))


class RouteSheetView(CodeSheetView):
    """Print the codes of a route."""

    @extend_schema(
        operation_id="route_sheet",
        request=None,
        responses=_SHEET,
        tags=["routes"],
        extensions={"x-problems": [*_REFUSED, "gone", "no_checkpoints"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        decode(NoContent, request.data or {})
        return self.answer(print_route(actor=self.actor, route_id=id))


class AreaCheckpointSheetView(CodeSheetView):
    """Print the codes of an area."""

    @extend_schema(
        operation_id="area_checkpoint_sheet",
        request=None,
        responses=_SHEET,
        tags=["checkpoints"],
        extensions={
            "x-problems": ["invalid", "forbidden", "second_factor_required", "no_checkpoints", "too_many_codes"]
        },
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        decode(NoContent, request.data or {})
        return self.answer(print_area(actor=self.actor, area_id=id))
