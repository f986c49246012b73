"""Activation sheets: `/v1/teams/{id}/sheet`, `/v1/users/{id}/sheet`, `/v1/areas/{id}/sheets` and what came of it.

Answers hold codes, so none is kept; sheets open their own transactions, since nothing may be held while they print.
"""

import uuid

from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import SheetPrint as Print
from accounts.scoping import SessionActor
from accounts.sheets.printing import print_team, print_user
from accounts.sheets.prints import SheetPrintStatus, ask_for_print, fetch_print, find_print
from accounts.views.shapes import NoContent
from api.fields import Choice, Id, Integer, ListOf, Moment, Text
from api.rendering import JSON
from api.shapes import decode
from api.views import ApiView

PDF = "application/pdf"
_SHEET = {(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="The sheets, A4")}


class TeamSheetRequest(serializers.Serializer):
    """For whom."""

    user_ids = ListOf(child=Id(), max_length=200, required=False, allow_null=True)


class SheetPrintKey(serializers.Serializer):
    """The key that came when the print began."""

    key = Text(max_length=100)


class SheetPrint(serializers.Serializer):
    """A print of sheets for a whole area. `problem` is the code of what made it fail."""

    id = Id()
    area_id = Id()
    status = Choice(choices=SheetPrintStatus.choices)
    people = Integer()
    printed = Integer()
    problem = Text(max_length=60, allow_null=True)
    created_at = Moment()
    ready_at = Moment(allow_null=True)


class SheetPrintBegun(SheetPrint):
    """A print that was begun. Keep `key`: it fetches the result, and is told this once."""

    key = Text(max_length=100)


class SheetView(ApiView):
    """What the views that answer with a PDF share."""

    actor: SessionActor
    keeps_answers = False
    media_types = frozenset({PDF, JSON})


class TeamSheetView(SheetView):
    """`POST /v1/teams/{id}/sheet`."""

    @extend_schema(
        operation_id="teams_sheet",
        tags=["teams"],
        request=TeamSheetRequest,
        responses=_SHEET,
        extensions={"x-problems": ["forbidden", "nobody_waiting", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Print activation slips with new codes for a team."""
        wanted = decode(TeamSheetRequest, request.data or {})["user_ids"]
        user_ids = None if wanted is None else [uuid.UUID(each) for each in wanted]
        pdf = print_team(actor=self.actor, team_id=id, user_ids=user_ids, server=_server(request._request))
        return _pdf(pdf, "phieu-kich-hoat")


class UserSheetView(SheetView):
    """`POST /v1/users/{id}/sheet`."""

    @extend_schema(
        operation_id="users_sheet",
        tags=["users"],
        request=None,
        responses=_SHEET,
        extensions={"x-problems": ["invalid", "forbidden", "conflict"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Print one person's activation slip with a new code."""
        decode(NoContent, request.data or {})
        return _pdf(print_user(actor=self.actor, user_id=id, server=_server(request._request)), "phieu-kich-hoat")


class AreaSheetsView(ApiView):
    """`POST /v1/areas/{id}/sheets`."""

    actor: SessionActor
    transaction = "write"
    keeps_answers = False

    @extend_schema(
        operation_id="areas_sheets",
        tags=["areas"],
        request=None,
        responses={202: SheetPrintBegun},
        extensions={"x-problems": ["invalid", "forbidden", "nobody_waiting", "too_many_sheets"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Begin to print the sheets of all teams of an area."""
        decode(NoContent, request.data or {})
        asked = ask_for_print(actor=self.actor, area_id=id, server=_server(request._request))
        return Response(_wire(asked.print) | {"key": asked.key}, status=202)


class SheetPrintView(ApiView):
    """`GET /v1/sheet_prints/{id}`."""

    actor: SessionActor
    transaction = "read"

    @extend_schema(operation_id="sheet_prints_read", tags=["areas"], responses=SheetPrint)
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """See how far one's own print is."""
        return Response(_wire(find_print(actor=self.actor, print_id=id)))


class SheetPrintFetchView(SheetView):
    """`POST /v1/sheet_prints/{id}/fetch`."""

    transaction = "write"

    @extend_schema(
        operation_id="sheet_prints_fetch",
        tags=["areas"],
        request=SheetPrintKey,
        responses=_SHEET,
        extensions={"x-problems": ["forbidden", "sheets_not_ready"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Fetch the sheets of one's own print."""
        key = decode(SheetPrintKey, request.data)["key"]
        return _pdf(fetch_print(actor=self.actor, print_id=id, key=key), "phieu-kich-hoat-dia-ban")


def _wire(row: Print) -> dict[str, object]:
    names = ("id", "area_id", "status", "people", "printed", "problem", "created_at", "ready_at")
    return {name: getattr(row, name) for name in names}


def _pdf(pdf: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type=PDF, headers=headers)


def _server(request: HttpRequest) -> str:
    """The address that phones are to speak to: that by which this was asked."""
    return request.build_absolute_uri("/").rstrip("/")
