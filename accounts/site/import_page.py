"""An import's page: how far it is, what it amounts to, what is wrong row by row, and what to do next."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.imports.columns import RowStatus
from accounts.imports.kinds import import_kind
from accounts.imports.load import WARNED
from accounts.imports.services import fault_count
from accounts.imports.states import CORRECTABLE, ImportStatus, ImportStep
from accounts.imports.telling import import_told, row_told, rows_of
from accounts.looks import at_rows
from accounts.models import Import
from accounts.site.frame import FramePage, Text
from accounts.site.imports import ImportsAdmin, counted, import_of, name_of, status_tag, total
from accounts.site.lists import Tool, crumb
from accounts.site.names import label, places
from accounts.site.request import SiteRequest
from accounts.templatetags.site import count
from api.problems import Problem

ROWS_SHOWN = 100
_BUSY = frozenset({ImportStatus.RECEIVED, ImportStatus.APPLYING, ImportStatus.DEACTIVATING})


@dataclass(frozen=True)
class Note:
    """A word beside an import, and how it looks."""

    tone: str
    text: Text


class ImportPage(FramePage):
    """`/admin/imports/{id}/`: how far it is, what it amounts to, and what is wrong, row by row."""

    for_importers = True

    def get(self, request: SiteRequest, import_id: uuid.UUID) -> HttpResponse:
        found, language = import_of(request, import_id), get_language() or "vi"
        told, shown = import_told(found, language), self._shown(request, found)
        rows = self._rows(request, found, shown)
        self.seen = at_rows("site_import", found, len(rows), {"status": shown})
        done, of = found.rows_done, found.rows_total
        return self.show(
            "site/import.html",
            title=name_of(found),
            subtitle=places([found.area_id]).get(found.area_id, ""),
            crumbs=[crumb(ImportsAdmin)],
            context={
                "import": found,
                "told": told,
                "status": status_tag(found),
                "busy": found.status in _BUSY,
                "step": found.step and label(ImportStep, found.step),
                "percent": round(100 * done / of) if of else 0,
                "counts": counted(found),
                "next": _next(found),
                "shown": shown,
                "statuses": [(s.value, label(RowStatus, s)) for s in RowStatus if total(found, s)]
                + ([(WARNED, _("Worth a look"))] if total(found, WARNED) else []),
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
        if asked in (*RowStatus.values, WARNED):
            return asked
        return RowStatus.FAULT.value if fault_count(found) else WARNED if total(found, WARNED) else ""

    @staticmethod
    def _rows(request: SiteRequest, found: Import, shown: str) -> list[Any]:
        after = request.GET.get("after", "")
        try:
            status = None if shown in ("", WARNED) else shown
            rows = rows_of(found, status=status, warned=shown == WARNED)
        except Problem:
            return []  # gone with the file, after its time
        if after.isascii() and after.isdigit() and len(after) < 8:
            rows = rows.filter(no__gt=int(after))
        return list(rows[: ROWS_SHOWN + 1])


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
            if "user" not in import_kind(found.kind).things:
                return Note("success", _("All of it is written; phones get it when they sync next."))
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
    if found.status == ImportStatus.APPLIED and "user" in import_kind(found.kind).things:
        tools.append(Tool(_("Print activation sheets"), reverse("admin:area_sheets", args=[found.area_id]), "print"))
        tools += [
            Tool(title, f"{reverse(f'admin:{route}')}?{urlencode({'area': found.area_id})}", drawn)
            for title, route, drawn in ((_("People"), "people", "person"), (_("Teams"), "teams", "team"))
        ]
    if found.status == ImportStatus.APPLIED:
        tools.append(tool(_("Take it back"), "import_undo", "alert", danger=True))
    return tools
