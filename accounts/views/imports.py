"""Imports over HTTP: a file comes as the body, is checked by a job, looked through, applied and, if need be, undone."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import IO, Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.imports.columns import RowStatus
from accounts.imports.kinds import (
    import_kind,
    importing_roles,
    kind_names,
    sheet_names,
    thing_names,
)
from accounts.imports.reading import CSV, MOST_BYTES, XLSX
from accounts.imports.services import apply_import, check_again, receive_import, undo_import
from accounts.imports.states import ImportStatus
from accounts.imports.telling import find_import, import_told, row_told, rows_of
from accounts.imports.undoing import Undo
from accounts.looks import LookingView, at_rows
from accounts.models import Import, ImportThing
from accounts.rights import require_somewhere
from accounts.views import import_shapes as shapes
from accounts.visible import imports as visible_imports
from api.negotiation import language_of
from api.pagination import decode_cursor, encode_cursor, page_params
from api.parsing import StrictJSONParser
from api.problems import Problem
from api.shapes import decode
from api.transactions import Mode
from api.views import ApiView

_CURSOR = (
    OpenApiParameter("limit", int, description="1 to 200, 50 unless told"),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
)
_STATUS = OpenApiParameter("status", enum=ImportStatus.values, description="Only those that are so far")
_AREA = OpenApiParameter("area", OpenApiTypes.UUID, description="Only those for this area or one below it")


class FileParser(StrictJSONParser):
    """Takes whatever comes as a file. What is given back tells files apart; the bytes stay in the request's body."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        context = parser_context or {}
        return {
            "sha256": hashlib.sha256(stream.read()).hexdigest(),
            "query": sorted(context["request"].query_params.items()),
        }


class ImportView(ApiView):
    """What the views of imports share."""

    @property
    def language(self) -> str:
        """The reader's language."""
        return language_of(self.request.META.get("HTTP_ACCEPT_LANGUAGE"))

    def told(self, found: Import, status: int = 200) -> Response:
        """An import as an answer, in the reader's language."""
        headers = {"Content-Language": self.language, "Vary": "Accept-Language"}
        if status == 201:
            headers["Location"] = f"/v1/imports/{found.id}"
        return Response(import_told(found, self.language), status=status, headers=headers)

    def query(self, name: str, choices: list[str]) -> str | None:
        """A filter whose values are a closed list."""
        value = self.request.GET.get(name)
        if value is not None and value not in choices:
            raise Problem("parameter_invalid", params={"parameter": name, "choices": ", ".join(choices)})
        return value

    def query_id(self, name: str) -> uuid.UUID | None:
        """A filter that is an id."""
        value = self.request.GET.get(name)
        try:
            return uuid.UUID(value) if value is not None else None
        except ValueError:
            raise Problem("parameter_invalid", params={"parameter": name}) from None

    def page(self, rows: QuerySet[Any], key: str, scope: str, *, newest_first: bool = False) -> tuple[list[Any], Any]:
        """A page of rows in the order of one unique column, and the cursor of the next."""
        limit, cursor = page_params(self.request._request)
        scope = f"{scope} {self.actor.user_id} {_filters(self.request)}"
        if cursor:
            [last] = decode_cursor(cursor, scope)
            rows = rows.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": last})
        found = list(rows.order_by(f"-{key}" if newest_first else key)[: limit + 1])
        if len(found) <= limit:
            return found, None
        last = getattr(found[limit - 1], key)
        return found[:limit], encode_cursor([last if isinstance(last, int) else str(last)], scope)


def _filters(request: Request) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in request.GET.items() if name not in ("limit", "cursor"))


class ImportsView(ImportView):
    """`/v1/imports`."""

    parser_classes = (FileParser,)
    max_body_bytes = MOST_BYTES
    parameters = (
        *_CURSOR,
        _AREA,
        _STATUS,
        OpenApiParameter("kind", enum=kind_names().values, description="Only those of this kind"),
    )
    posted_parameters = (
        OpenApiParameter(
            "kind",
            enum=kind_names().values,
            default="workbook",
            description="What the file brings; a CSV file holds one sheet, so its kind has to be said",
        ),
        OpenApiParameter("filename", str, description="What the file is called"),
        OpenApiParameter(
            "corrects",
            OpenApiTypes.UUID,
            description="The import that went wrong and that this file brings anew; its kind and area are taken over",
        ),
        OpenApiParameter(
            "area", OpenApiTypes.UUID, description="The area that it is for; may be left out by who administers one"
        ),
    )

    def _mode(self) -> Mode:
        return "write" if self.request.method == "POST" else "read"

    @extend_schema(
        operation_id="imports_list",
        tags=["imports"],
        responses=shapes.ImportList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> Response:
        """The imports that one may look at, the newest first."""
        require_somewhere(self.actor, importing_roles())
        found = visible_imports(self.actor, within=self.query_id("area"))
        if status := self.query("status", ImportStatus.values):
            found = found.filter(status=status)
        if kind := self.query("kind", kind_names().values):
            found = found.filter(kind=kind)
        items, cursor = self.page(found, "id", "imports", newest_first=True)
        return Response({"items": [import_told(item, self.language) for item in items], "next_cursor": cursor})

    @extend_schema(
        operation_id="imports_create",
        tags=["imports"],
        request={XLSX: OpenApiTypes.BINARY, CSV: OpenApiTypes.BINARY},
        responses={201: shapes.Import},
        extensions={
            "x-problems": [
                "forbidden",
                "not_found",
                "parameter_invalid",
                "import_type",
                "import_area_needed",
                "import_stands",
                "import_unreadable",
                "import_too_large",
                "import_id_numbers",
            ]
        },
    )
    def post(self, request: Request) -> Response:
        """Bring a file, and have it checked; nothing is changed by it."""
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        wrong = self.query_id("corrects")
        corrects = find_import(self.actor, wrong) if wrong else None
        kind = self.query("kind", kind_names().values) or (corrects.kind if corrects else "workbook")
        if content_type not in (XLSX, CSV) or (content_type == CSV and not import_kind(kind).one_sheet):
            raise Problem("import_type")
        found = receive_import(
            actor=self.actor,
            kind=kind,
            content=request._request.body,
            content_type=content_type,
            filename=request.GET.get("filename", ""),
            area_id=self.query_id("area") or (corrects.area_id if corrects else None),
            corrects=corrects,
        )
        return self.told(found, 201)


class ImportItemView(ImportView):
    """`/v1/imports/{id}`."""

    transaction = "read"

    @extend_schema(
        operation_id="imports_read",
        tags=["imports"],
        responses=shapes.Import,
        extensions={"x-problems": ["forbidden", "not_found"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """How far an import is, and what it amounts to."""
        return self.told(find_import(self.actor, id))


class ImportRowsView(ImportView, LookingView):
    """`/v1/imports/{id}/rows`."""

    transaction = "read"
    parameters = (
        *_CURSOR,
        OpenApiParameter("status", enum=RowStatus.values, description="Only rows that amount to this"),
        OpenApiParameter("warned", enum=["true"], description="Only rows with something worth a look"),
        OpenApiParameter("kind", enum=sheet_names().values, description="Only rows of this kind of sheet"),
    )

    @extend_schema(
        operation_id="imports_rows",
        tags=["imports"],
        responses=shapes.ImportRowList,
        extensions={"x-problems": ["forbidden", "not_found", "import_file_gone"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """The rows of an import with their verdicts, in the file's order."""
        found = find_import(self.actor, id)
        status, kind = self.query("status", RowStatus.values), self.query("kind", sheet_names().values)
        warned = self.query("warned", ["true"]) is not None
        rows = rows_of(found, status=status, kind=kind, warned=warned)
        items, cursor = self.page(rows, "no", f"import rows {id}")
        self.seen = at_rows("imports_rows", found, len(items), request.GET.dict())
        return Response({"items": [row_told(row, self.language) for row in items], "next_cursor": cursor})


class ImportThingsView(ImportView):
    """`/v1/imports/{id}/things`."""

    transaction = "read"
    parameters = (
        *_CURSOR,
        OpenApiParameter("type", enum=thing_names().values, description="Only things of this type"),
    )

    @extend_schema(
        operation_id="imports_things",
        tags=["imports"],
        responses=shapes.ImportThingList,
        extensions={"x-problems": ["forbidden", "not_found"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """All that an applied import made, in the order of its rows."""
        found, kind = find_import(self.actor, id), self.query("type", thing_names().values)
        things = ImportThing.objects.filter(import_id=id)
        if found.applied_at is None:
            things = things.none()
        if kind:
            things = things.filter(type=kind)
        items, cursor = self.page(things, "subject_id", f"import things {id}")
        told = [{"type": thing.type, "id": thing.subject_id, "no": thing.no} for thing in items]
        return Response({"items": told, "next_cursor": cursor})


class ImportCheckAgainView(ImportView):
    """`/v1/imports/{id}/check_again`."""

    transaction = "write"

    @extend_schema(
        operation_id="imports_check_again",
        tags=["imports"],
        request=None,
        responses={201: shapes.Import},
        extensions={"x-problems": ["forbidden", "not_found", "import_stands", "import_file_gone"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Have the same file checked once more, as a new import: things may have changed since."""
        return self.told(check_again(actor=self.actor, found=find_import(self.actor, id)), 201)


class ImportApplyView(ImportView):
    """`/v1/imports/{id}/apply`."""

    transaction = "write"

    @extend_schema(
        operation_id="imports_apply",
        tags=["imports"],
        request=None,
        responses={202: shapes.Import},
        extensions={"x-problems": ["forbidden", "not_found", "import_faulty", "import_not_ready"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Have a checked import applied, all or nothing."""
        return self.told(apply_import(actor=self.actor, found=find_import(self.actor, id)), 202)


class ImportUndoView(ImportView):
    """`/v1/imports/{id}/deactivate`."""

    transaction = "write"

    @extend_schema(
        operation_id="imports_deactivate",
        tags=["imports"],
        request=shapes.ImportUndoRequest,
        responses={200: shapes.ImportUndo, 202: shapes.ImportUndo},
        extensions={"x-problems": ["forbidden", "not_found", "import_not_applied", "invalid"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Deactivate all that an import made and that still stands as it made it."""
        dry_run = decode(shapes.ImportUndoRequest, request.data)["dry_run"]
        found = find_import(self.actor, id)
        if found.applied_at is None:
            raise Problem("import_not_applied")
        plan = import_kind(found.kind).look_at(id, self.actor)
        if not dry_run:
            found = undo_import(actor=self.actor, found=found)
        return Response(
            {"dry_run": dry_run, "things": _counted(plan), "import": import_told(found, self.language)},
            status=200 if dry_run else 202,
        )


def _counted(plan: Undo) -> list[dict[str, object]]:
    return [{"type": kind, **counts} for kind, counts in plan.counts().items()]
