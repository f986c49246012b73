"""The list of imports, and what its pages share: finding one, how far it is, what its rows amount to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.admin import register
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.imports.columns import RowStatus
from accounts.imports.kinds import ImportKind, import_kinds, kind_names, sheet_kinds, sheet_names
from accounts.imports.services import fault_count
from accounts.imports.states import ImportStatus
from accounts.imports.telling import find_import
from accounts.models import Import, User
from accounts.scoping import SessionActor
from accounts.site.frame import Crumb
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, Tool, crumb, house
from accounts.site.names import choices, label, places
from accounts.site.request import SiteRequest, holds
from accounts.templatetags.site import count, moment
from api.problems import Problem

_TONES = {
    ImportStatus.READY: "good",
    ImportStatus.APPLIED: "good",
    ImportStatus.FAULTY: "warm",
    ImportStatus.FAILED: "bad",
}


def kinds_for(actor: SessionActor) -> list[ImportKind]:
    """What somebody may import somewhere."""
    return [kind for kind in import_kinds() if holds(actor, kind.roles)]


def status_tag(found: Import) -> SafeString:
    """How far an import is, as a tag."""
    status = ImportStatus(found.status)
    return format_html('<span class="an-tag {}">{}</span>', _TONES.get(status, ""), label(ImportStatus, status))


def import_of(request: SiteRequest, import_id: uuid.UUID) -> Import:
    """The import, if it is one that somebody may look at; what lies beyond isn't there."""
    try:
        return find_import(request.actor, import_id)
    except Problem:
        raise Problem("not_found") from None


@register(Import, site=house)
class ImportsAdmin(SiteAdmin):
    title = gettext_lazy("Imports")
    subtitle = gettext_lazy("Spreadsheets, checked first, then applied as a whole.")
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
                            each.filename or label(kind_names(), each.kind),
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


def name_of(found: Import) -> str:
    """What an import is called: its file, else what it holds."""
    return found.filename or label(kind_names(), found.kind)


def way_to(found: Import) -> tuple[str, Sequence[Crumb]]:
    """An import's page, and the way there."""
    page = reverse("admin:import", args=[found.id])
    return page, [crumb(ImportsAdmin), (name_of(found), page)]


def total(found: Import, status: str) -> int:
    """How many rows come to a status, or are warned of."""
    return sum(counts.get(str(status), 0) for counts in found.counts.values())


def counted(found: Import) -> dict[str, Any]:
    """Sheets × verdicts, those that occur."""
    statuses = [status for status in RowStatus if total(found, status)]
    return {
        "titles": [label(RowStatus, status) for status in statuses],
        "rows": [
            (
                label(sheet_names(), name),
                [(label(RowStatus, s), found.counts.get(name, {}).get(s.value, 0)) for s in statuses],
            )
            for name in sheet_kinds()
            if any(found.counts.get(name, {}).values())
        ],
    }
