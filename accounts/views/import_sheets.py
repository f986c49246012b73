"""The spreadsheets of imports over HTTP: the file as it came, its faults to correct, and templates to fill in."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.imports.kinds import import_kind, import_kinds, kind_names, sheet_kinds, sheet_names
from accounts.imports.reading import CSV, XLSX, read_file
from accounts.imports.sheets_out import faults_csv, faults_xlsx, template_csv, template_xlsx
from accounts.imports.telling import find_import, open_faults, open_file
from accounts.rights import require_in
from accounts.views.imports import ImportView
from api.problems import Problem
from api.rendering import JSON
from api.transactions import Mode, run_in


class SheetView(ImportView):
    """A spreadsheet as an answer."""

    transaction: ClassVar[Mode] = "write"  # that it was taken is in the trail
    media_types = frozenset({XLSX, CSV, JSON})
    keeps_answers = False

    def sheet(self, content: bytes, content_type: str, name: str) -> HttpResponse:
        """The file, to be kept rather than shown."""
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=content_type, headers=headers)


class ImportFileView(SheetView):
    """`/v1/imports/{id}/file`."""

    @extend_schema(
        operation_id="imports_file",
        tags=["imports"],
        responses={(200, XLSX): OpenApiTypes.BINARY, (200, CSV): OpenApiTypes.BINARY},
        extensions={"x-problems": ["forbidden", "not_found", "import_file_gone"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The file as it was brought, byte for byte."""
        found = find_import(self.actor, id)
        content = open_file(self.actor, found, what="file")
        return self.sheet(content, found.content_type, f"{id}.{'csv' if found.content_type == CSV else 'xlsx'}")


class ImportFaultsView(SheetView):
    """`/v1/imports/{id}/faults.xlsx` and `.csv`."""

    # Reading and making a spreadsheet takes seconds: only what is read and told is within a transaction.
    transaction = "none"
    form = XLSX

    @extend_schema(
        operation_id="imports_faults",
        tags=["imports"],
        responses={(200, XLSX): OpenApiTypes.BINARY},
        extensions={"x-problems": ["forbidden", "not_found", "import_file_gone", "import_not_ready"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The file again with what is wrong beside each row, to be corrected there and sent anew."""
        actor = self.actor
        found, content, rows = run_in("write", lambda: open_faults(actor, find_import(actor, id)))
        sheets = read_file(content, found.content_type, import_kind(found.kind))
        make = faults_csv if self.form == CSV else faults_xlsx
        return self.sheet(make(sheets, rows, self.language), self.form, f"{id}-faults.{_ENDS[self.form]}")


class ImportFaultsCsvView(ImportFaultsView):
    """The same as CSV, of a file with one sheet."""

    form = CSV

    @extend_schema(
        operation_id="imports_faults_csv",
        tags=["imports"],
        responses={(200, CSV): OpenApiTypes.BINARY},
        extensions={"x-problems": ["forbidden", "not_found", "import_file_gone", "import_not_ready"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The same as CSV: the first sheet that holds rows."""
        return super().get(request, id)


_ENDS = {XLSX: "xlsx", CSV: "csv"}


class ImportTemplateView(SheetView):
    """`/v1/imports/templates/{kind}.xlsx`."""

    transaction = "look"
    parameters = (
        OpenApiParameter(
            "area",
            OpenApiTypes.UUID,
            description="Filled in with what stands in this area, to be corrected there; "
            f"only for {', '.join(kind.name for kind in import_kinds() if kind.present)}",
        ),
    )

    @extend_schema(
        operation_id="imports_template",
        tags=["imports"],
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=kind_names().values, description="What it is for")
        ],
        responses={(200, XLSX): OpenApiTypes.BINARY},
        extensions={"x-problems": ["forbidden", "not_found", "parameter_invalid"]},
    )
    def get(self, request: Request, kind: str) -> HttpResponse:
        """A workbook to fill in, with instructions, an example and drop-downs."""
        if kind not in kind_names().values:
            raise Problem("not_found")
        about, area_id, present = import_kind(kind), self.query_id("area"), None
        if area_id is not None:
            if about.present is None:
                raise Problem("parameter_invalid", params={"parameter": "area"})
            require_in(self.actor, area_id, about.roles)
            present = about.present(self.actor, area_id)
        return self.sheet(template_xlsx(about, self.language, present or ()), XLSX, f"anthon-{kind}.xlsx")


class ImportTemplateCsvView(SheetView):
    """`/v1/imports/templates/{kind}.csv`."""

    transaction = "look"

    @extend_schema(
        operation_id="imports_template_csv",
        tags=["imports"],
        parameters=[
            OpenApiParameter(
                "kind", str, OpenApiParameter.PATH, enum=sheet_names().values, description="What it is for"
            )
        ],
        responses={(200, CSV): OpenApiTypes.BINARY},
        extensions={"x-problems": ["not_found"]},
    )
    def get(self, request: Request, kind: str) -> HttpResponse:
        """The titles of one sheet and an example, as CSV."""
        if kind not in sheet_names().values:
            raise Problem("not_found")
        return self.sheet(template_csv(sheet_kinds()[kind]), CSV, f"anthon-{kind}.csv")
