"""`/v1/exports`: files that a worker writes; asked for, watched, fetched."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.events import event_names
from accounts.exports.kinds import CONTENT_TYPES, ExportFormat, ExportKind
from accounts.exports.services import KEPT_FOR, fetch_export, find_export, percent, request_export, selection_of
from accounts.models import Export as ExportRow
from accounts.scoping import SessionActor
from api.fields import Choice, Day, Id, Integer, Moment, Nested, Text
from api.problems import FieldError, Problem
from api.rendering import json_response
from api.shapes import decode
from api.views import ApiView


class ExportSelection(Nested):
    """Which events of the audit trail; all must hold."""

    area = Id(required=False, allow_null=True)
    user = Id(required=False, allow_null=True)
    about = Id(required=False, allow_null=True)
    name = Text(max_length=80, required=False, allow_null=True)
    subject_type = Text(max_length=60, required=False, allow_null=True)
    subject_id = Id(required=False, allow_null=True)
    since = Day(required=False, allow_null=True)
    until = Day(required=False, allow_null=True)


class ExportRequest(serializers.Serializer):
    """What to export, as what."""

    kind = Choice(choices=ExportKind.choices)
    format = Choice(choices=ExportFormat.choices)
    chosen = ExportSelection(required=False, allow_null=True)


class Export(serializers.Serializer):
    """An export, and how far it is."""

    id = Id()
    kind = Choice(choices=ExportKind.choices)
    format = Choice(choices=ExportFormat.choices)
    status = Choice(choices=["waiting", "writing", "ready", "failed"])
    problem = Text(max_length=60, allow_null=True)
    rows = Integer()
    percent = Integer()
    size = Integer()
    created_at = Moment()
    ready_at = Moment(allow_null=True)
    expires_at = Moment()


class ExportsView(ApiView):
    """`POST /v1/exports`."""

    actor: SessionActor
    transaction = "write"

    @extend_schema(
        operation_id="exports_create",
        tags=["exports"],
        request=ExportRequest,
        responses={202: Export},
        extensions={"x-problems": ["forbidden"]},
    )
    def post(self, request: Request) -> HttpResponse:
        """Have a file written."""
        body = decode(ExportRequest, request.data)
        chosen = {name: value for name, value in (body["chosen"] or {}).items() if value is not None}
        if "name" in chosen and chosen["name"] not in event_names():
            raise Problem("invalid", errors=[FieldError("/chosen/name", "not_found")])
        if chosen and body["kind"] != ExportKind.AUDIT_EVENTS:
            raise Problem("invalid", errors=[FieldError("/chosen", "invalid")])
        made = request_export(actor=self.actor, kind=body["kind"], form=body["format"], chosen=selection_of(chosen))
        return json_response(export_body(made), 202)


class ExportView(ApiView):
    """`GET /v1/exports/{id}`."""

    actor: SessionActor
    transaction = "look"

    @extend_schema(
        operation_id="exports_read", tags=["exports"], responses=Export, extensions={"x-problems": ["forbidden"]}
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """How far an export is."""
        return json_response(export_body(find_export(actor=self.actor, export_id=id)))


class ExportContentView(ApiView):
    """`GET /v1/exports/{id}/content`."""

    actor: SessionActor
    transaction = "look"
    media_types = frozenset({"application/json", *(each.partition(";")[0] for each in CONTENT_TYPES.values())})

    @extend_schema(
        operation_id="exports_content",
        tags=["exports"],
        responses={
            (200, each.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY) for each in CONTENT_TYPES.values()
        },
        extensions={"x-problems": ["forbidden", "export_not_ready"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """The file."""
        found, pieces = fetch_export(actor=self.actor, export_id=id)
        name = f"{found.kind}-{found.created_at:%Y%m%d-%H%M%S}.{found.format}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(found.size),
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[found.format], headers=headers)


def export_body(export: ExportRow) -> Mapping[str, Any]:
    """An export in its wire form."""
    return {
        "id": export.id,
        "kind": export.kind,
        "format": export.format,
        "status": export.status,
        "problem": export.problem,
        "rows": export.rows,
        "percent": percent(export),
        "size": export.size,
        "created_at": export.created_at,
        "ready_at": export.ready_at,
        "expires_at": export.created_at + KEPT_FOR,
    }
