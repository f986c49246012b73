"""Imports as pages over the import engine: bring a file, see what is wrong row by row, apply it, take it back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.admin import register
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import visible
from accounts.imports.columns import SHEETS, ImportKind, ImportThingType, RowStatus
from accounts.imports.reading import CSV, XLSX, read_file
from accounts.imports.services import apply_import, check_again, fault_count, receive_import, undo_import
from accounts.imports.sheets_out import faults_xlsx, template_xlsx
from accounts.imports.states import CORRECTABLE, ImportStatus, ImportStep
from accounts.imports.telling import find_import, import_told, open_faults, row_told, rows_of
from accounts.imports.undoing import look_at
from accounts.looks import at_rows
from accounts.models import Import, User
from accounts.site.command import Command, Plan
from accounts.site.frame import FramePage, Text
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, Tool, crumb, house
from accounts.site.names import choices, label, places
from accounts.site.page import SiteRequest
from accounts.site.registration import MOST_UPLOADED_BYTES
from accounts.templatetags.site import count, moment
from api.problems import Problem
from api.transactions import run_in

ROWS_SHOWN = 100
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Note:
    """A word beside an import, and how it looks."""

    tone: str
    text: Text


_BUSY = frozenset({ImportStatus.RECEIVED, ImportStatus.APPLYING, ImportStatus.DEACTIVATING})
_TONES = {
    ImportStatus.READY: "good",
    ImportStatus.APPLIED: "good",
    ImportStatus.FAULTY: "warm",
    ImportStatus.FAILED: "bad",
}


def status_tag(found: Import) -> SafeString:
    """How far an import is, as a tag."""
    status = ImportStatus(found.status)
    return format_html('<span class="an-tag {}">{}</span>', _TONES.get(status, ""), label(ImportStatus, status))


def import_of(request: SiteRequest, import_id: uuid.UUID) -> Import:
    """The import, if it is for an area that one administers; what lies beyond isn't there."""
    try:
        return find_import(request.actor, import_id)
    except Problem:
        raise Problem("not_found") from None


@register(Import, site=house)
class ImportsAdmin(SiteAdmin):
    title = gettext_lazy("Imports")
    subtitle = gettext_lazy("Spreadsheets of hamlets, teams, people and roles; checked first, then applied as a whole.")
    route = "imports"
    filters = (Filter("status", gettext_lazy("Status"), lambda: choices(ImportStatus)),)

    def find(self, request: SiteRequest, query: Query) -> QuerySet[Import]:
        found = visible.imports(request.actor, within=query.area)
        return found.filter(status=query.chosen["status"]) if "status" in query.chosen else found

    def show(self, request: SiteRequest, found: Sequence[Import]) -> list[Row]:
        people = User.objects.in_bulk({each.author_id for each in found})
        named = places(each.area_id for each in found)
        return [
            Row(
                (
                    Cell(
                        format_html(
                            '<a href="{}">{}</a>',
                            reverse("admin:import", args=[each.id]),
                            each.filename or label(ImportKind, each.kind),
                        ),
                        _("File"),
                        "main",
                    ),
                    Cell(status_tag(each), _("Status")),
                    Cell(count(fault_count(each) or None), _("Faulty rows"), "an-number"),
                    Cell(named.get(each.area_id, "–"), _("Area")),
                    Cell(people[each.author_id].full_name if each.author_id in people else "–", _("Brought by")),
                    Cell(moment(each.created_at), _("On")),
                )
            )
            for each in found
        ]

    def tools(self, request: SiteRequest) -> Sequence[Tool]:
        return (Tool(_("New import"), reverse("admin:import_new"), "upload"),)


def _kinds() -> list[tuple[str, str]]:
    return choices(ImportKind)


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Spreadsheet (XLSX or CSV, at most 10 MB)"), allow_empty_file=False)
    kind = forms.ChoiceField(label=gettext_lazy("What it holds"), choices=_kinds, initial=ImportKind.WORKBOOK)
    area_id = forms.ChoiceField(label=gettext_lazy("For the area"))


class UploadPage(Command):
    """`/admin/imports/new/`: bring a file; it is checked, and nothing is changed by it."""

    button, form_class, template = gettext_lazy("Bring it and check it"), UploadForm, "site/upload.html"
    max_body_bytes = MOST_UPLOADED_BYTES

    @property
    def corrects(self) -> Import | None:
        """The import that the file brings anew."""
        wrong = self.kwargs.get("import_id")
        return import_of(self.request, wrong) if wrong else None

    def plan(self, request: SiteRequest) -> Plan:
        told = [
            _("Every row is checked first: you see what is wrong, and what would be created, changed or ended."),
            _("Nothing changes before you apply it; then all rows count, or none."),
        ]
        if wrong := self.corrects:
            page, name = reverse("admin:import", args=[wrong.id]), wrong.filename or label(ImportKind, wrong.kind)
            title = _("Corrected file for %(file)s") % {"file": name}
            return Plan(title, told, page, [crumb(ImportsAdmin), (name, page)])
        return Plan(_("New import"), told, reverse("admin:imports"), [crumb(ImportsAdmin)])

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        wrong = self.corrects
        return {"kind": wrong.kind, "area_id": str(wrong.area_id)} if wrong else {}

    def form(self, request: SiteRequest) -> forms.Form:
        form = super().form(request)
        held = {holding.area_id for holding in request.actor.holdings if holding.role == "admin"}
        if wrong := self.corrects:
            held.add(wrong.area_id)
        form.fields["area_id"].choices = [(str(id_), name) for id_, name in places(held).items()]  # type: ignore[attr-defined]
        return form

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        content: bytes = told["file"].read()
        kind = ImportKind(told["kind"])
        content_type = XLSX if content.startswith(_ZIP) else CSV
        if content_type == CSV and kind == ImportKind.WORKBOOK:
            raise Problem("import_type")
        found = receive_import(
            actor=request.actor,
            kind=kind.value,
            content=content,
            content_type=content_type,
            filename=told["file"].name,
            area_id=uuid.UUID(told["area_id"]),
            corrects=self.corrects,
        )
        return HttpResponseRedirect(reverse("admin:import", args=[found.id]))


class ImportPage(FramePage):
    """`/admin/imports/{id}/`: how far it is, what it amounts to, and what is wrong, row by row."""

    def get(self, request: SiteRequest, import_id: uuid.UUID) -> HttpResponse:
        found, language = import_of(request, import_id), get_language() or "vi"
        told, shown = import_told(found, language), self._shown(request, found)
        rows = self._rows(request, found, shown)
        self.seen = at_rows("site_import", found, len(rows), {"status": shown})
        done, of = found.rows_done, found.rows_total
        return self.show(
            "site/import.html",
            title=found.filename or label(ImportKind, found.kind),
            subtitle=places([found.area_id]).get(found.area_id, ""),
            crumbs=[crumb(ImportsAdmin)],
            context={
                "import": found,
                "told": told,
                "status": status_tag(found),
                "busy": found.status in _BUSY,
                "step": found.step and label(ImportStep, found.step),
                "percent": round(100 * done / of) if of else 0,
                "counts": _counts(found),
                "next": _next(found),
                "shown": shown,
                "statuses": [(s.value, label(RowStatus, s)) for s in RowStatus if _total(found, s)],
                "rows": [row_told(row, language) for row in rows[:ROWS_SHOWN]],
                "corrects": _link(found.corrects_id),
                "corrected_by": _link(found.corrected_by_id),
                "more": rows[ROWS_SHOWN - 1].no if len(rows) > ROWS_SHOWN else 0,
                "tools": _tools(found),
            },
        )

    @staticmethod
    def _shown(request: SiteRequest, found: Import) -> str:
        """Which rows: what was asked for, else the faulty ones if there are any."""
        asked = request.GET.get("rows", "")
        return asked if asked in RowStatus.values else RowStatus.FAULT.value if fault_count(found) else ""

    @staticmethod
    def _rows(request: SiteRequest, found: Import, shown: str) -> list[Any]:
        after = request.GET.get("after", "")
        try:
            rows = rows_of(found, status=shown or None)
        except Problem:
            return []  # gone with the file, after a year
        if after.isascii() and after.isdigit() and len(after) < 8:
            rows = rows.filter(no__gt=int(after))
        return list(rows[: ROWS_SHOWN + 1])


def _total(found: Import, status: RowStatus) -> int:
    return sum(counts.get(status.value, 0) for counts in found.counts.values())


def _counts(found: Import) -> dict[str, Any]:
    """Sheets × verdicts, those that occur."""
    statuses = [status for status in RowStatus if _total(found, status)]
    return {
        "titles": [label(RowStatus, status) for status in statuses],
        "rows": [
            (
                label(ImportKind, kind),
                [(label(RowStatus, s), found.counts.get(kind.value, {}).get(s.value, 0)) for s in statuses],
            )
            for kind in SHEETS
            if any(found.counts.get(kind.value, {}).values())
        ],
    }


def _next(found: Import) -> Note | None:
    """What has happened, and what to do next."""
    if found.problem or found.corrected_by_id:
        return None  # which says so itself
    match ImportStatus(found.status):
        case ImportStatus.FAULTY:
            wrong = ngettext(
                "%(n)s row is wrong, and nothing was written.",
                "%(n)s rows are wrong, and nothing was written.",
                fault_count(found),
            ) % {"n": count(fault_count(found))}
            then = _(
                "Download the file with the faults marked, correct them there, then choose “Bring the corrected file”."
            )
            return Note("warning", f"{wrong} {then}")
        case ImportStatus.READY:
            return Note(
                "", _("Every row is right, and nothing is written yet. Look through the counts, then apply it.")
            )
        case ImportStatus.APPLIED:
            return Note("success", _("All of it is written. Next, print the activation sheets and hand them out."))
        case ImportStatus.DEACTIVATED:
            return Note("", _("What it made has ended, but for what was changed or used since."))
    return None


def _link(import_id: uuid.UUID | None) -> str:
    return reverse("admin:import", args=[import_id]) if import_id else ""


def _tools(found: Import) -> list[Tool]:
    def tool(title: str, route: str, icon: str, *, danger: bool = False) -> Tool:
        return Tool(title, reverse(f"admin:{route}", args=[found.id]), icon, danger)

    tools = []
    if found.status == ImportStatus.READY:
        tools.append(tool(_("Apply"), "import_apply", "check"))
    if found.status == ImportStatus.FAULTY:
        tools.append(tool(_("Download with the faults marked"), "import_faults", "file"))
    if found.status in CORRECTABLE:
        tools.append(tool(_("Bring the corrected file"), "import_correct", "upload"))
        tools.append(tool(_("Check it again"), "import_check_again", "check"))
    if found.status == ImportStatus.APPLIED:
        tools.append(Tool(_("Print activation sheets"), reverse("admin:area_sheets", args=[found.area_id]), "print"))
        tools += [
            Tool(title, f"{reverse(f'admin:{route}')}?{urlencode({'area': found.area_id})}", drawn)
            for title, route, drawn in ((_("People"), "people", "person"), (_("Teams"), "teams", "team"))
        ]
        tools.append(tool(_("Take it back"), "import_undo", "alert", danger=True))
    return tools


class ApplyImport(Command):
    """Apply a checked import."""

    button = gettext_lazy("Apply it")
    found: Import

    def plan(self, request: SiteRequest) -> Plan:
        self.found = import_of(request, self.kwargs["import_id"])
        page = reverse("admin:import", args=[self.found.id])
        counted = _counts(self.found)
        told = [
            f"{sheet}: " + ", ".join(f"{title} {count(n)}" for title, n in numbers if n)
            for sheet, numbers in counted["rows"]
        ]
        told += [
            _("All of it happens at once, or nothing does."),
            _("What it made can be listed afterwards, and taken back."),
        ]
        name = self.found.filename or label(ImportKind, self.found.kind)
        return Plan(_("Apply %(file)s") % {"file": name}, told, page, [crumb(ImportsAdmin), (name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        apply_import(actor=request.actor, found=self.found)
        return _("It is being applied; this page shows how far it is.")


class CheckAgain(Command):
    """The same file once more, as a new import."""

    button = gettext_lazy("Check it again")
    found: Import

    def plan(self, request: SiteRequest) -> Plan:
        self.found = import_of(request, self.kwargs["import_id"])
        page, name = reverse("admin:import", args=[self.found.id]), self.found.filename or _("Import")
        told = [
            _("The same file is checked against what there is now, as a new import."),
            _("Nothing changes before you apply it; then all rows count, or none."),
        ]
        return Plan(_("Check %(file)s again") % {"file": name}, told, page, [crumb(ImportsAdmin), (name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        again = check_again(actor=request.actor, found=self.found)
        return HttpResponseRedirect(reverse("admin:import", args=[again.id]))


class UndoImport(Command):
    """Deactivate all that an import made."""

    button, danger = gettext_lazy("Take it back"), True
    found: Import

    def plan(self, request: SiteRequest) -> Plan:
        self.found = import_of(request, self.kwargs["import_id"])
        page, name = reverse("admin:import", args=[self.found.id]), self.found.filename or _("Import")
        told = []
        if self.found.applied_at is not None:
            counts = look_at(self.found.id, request.actor).counts()
            told = [
                _("%(what)s: %(n)s end, %(kept)s stay, since they were changed or used since.")
                % {
                    "what": label(ImportThingType, kind),
                    "n": count(each["deactivate"]),
                    "kept": count(each["keep"]),
                }
                for kind, each in counts.items()
                if any(each.values())
            ]
        told = told or [_("Nothing that it made is left to take back.")]
        return Plan(_("Take back %(file)s") % {"file": name}, told, page, [crumb(ImportsAdmin), (name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        undo_import(actor=request.actor, found=self.found)
        return _("It is being taken back; this page shows how far it is.")


class TemplateFile(FramePage):
    """`/admin/imports/template.xlsx`: a workbook to fill in."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return _xlsx(template_xlsx(ImportKind.WORKBOOK, get_language() or "vi"), "an-thon-mau.xlsx")


class FaultsFile(Command):
    """`/admin/imports/{id}/faults/`: the file again with what is wrong beside each row; who took it is in the trail."""

    # Reading and making a spreadsheet takes seconds: nothing is held meanwhile.
    transaction = "none"
    button = gettext_lazy("Download")

    def plan(self, request: SiteRequest) -> Plan:
        self.found = import_of(request, self.kwargs["import_id"])
        page, name = reverse("admin:import", args=[self.found.id]), self.found.filename or _("Import")
        told = [
            _("Your file again, with a column that says what is wrong in each row; faulty rows come first."),
            _("Correct it there, then choose “Bring the corrected file”."),
        ]
        return Plan(_("Faults of %(file)s") % {"file": name}, told, page, [crumb(ImportsAdmin), (name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        found, content, rows = run_in("write", lambda: open_faults(request.actor, self.found))
        sheets = read_file(content, found.content_type, ImportKind(found.kind))
        return _xlsx(faults_xlsx(sheets, rows, get_language() or "vi"), "an-thon-loi.xlsx")


def _xlsx(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
