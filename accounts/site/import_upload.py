"""Bringing a file: a new import, or the corrected file of one that was faulty."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.imports.kinds import ImportKind, import_kind
from accounts.imports.reading import CSV, XLSX
from accounts.imports.services import receive_import
from accounts.models import Import
from accounts.site.command import Command, Plan
from accounts.site.imports import ImportsAdmin, import_of, kinds_for, name_of, way_to
from accounts.site.lists import crumb
from accounts.site.names import in_words, places
from accounts.site.registration import MOST_UPLOADED_BYTES
from accounts.site.request import SiteRequest
from api.problems import Problem

_ZIP = b"PK\x03\x04"
MOST_FILLED = 5
"""So many areas' lists are offered; who has more roles takes the others over the API."""


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Spreadsheet (XLSX or CSV, at most 10 MB)"), allow_empty_file=False)
    kind = forms.ChoiceField(label=gettext_lazy("What it holds"), choices=())
    area_id = forms.ChoiceField(label=gettext_lazy("For the area"))


class UploadPage(Command):
    """`/admin/imports/new/`: bring a file; it is checked, and nothing is changed by it."""

    button, form_class, template = gettext_lazy("Bring it and check it"), UploadForm, "site/upload.html"
    for_importers = True
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
            return Plan(_("Corrected file for %(file)s") % {"file": name_of(wrong)}, told, *way_to(wrong))
        return Plan(_("New import"), told, reverse("admin:imports"), [crumb(ImportsAdmin)])

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        wrong = self.corrects
        return {"kind": wrong.kind, "area_id": str(wrong.area_id)} if wrong else {}

    def form(self, request: SiteRequest) -> forms.Form:
        form = super().form(request)
        offered = kinds_for(request.actor)
        held = {area_id for kind in offered for area_id in _areas(request, kind)}
        if wrong := self.corrects:
            offered = [kind for kind in offered if kind.name == wrong.kind]
            held.add(wrong.area_id)
        named = [(kind.name, in_words(kind.title)) for kind in offered]
        form.fields["kind"].choices = named  # type: ignore[attr-defined]
        form.fields["area_id"].choices = [(str(id_), name) for id_, name in places(held).items()]  # type: ignore[attr-defined]
        return form

    def more(self, request: SiteRequest) -> dict[str, Any]:
        """A template for each kind that isn't a part of another, and those that can be filled in with what stands."""
        offered = kinds_for(request.actor)
        whole = {sheet for kind in offered if not kind.one_sheet for sheet in kind.sheets}
        alone = [kind for kind in offered if not kind.one_sheet or kind.sheets[0] not in whole]
        templates = [(in_words(kind.title), urlencode({"kind": kind.name})) for kind in alone]
        filled = [
            (in_words(kind.title), name, urlencode({"kind": kind.name, "area": area_id}))
            for kind in alone
            if kind.present
            for area_id, name in places(_areas(request, kind)).items()
        ]
        return {"templates": templates, "filled": filled[:MOST_FILLED]}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        content: bytes = told["file"].read()
        kind = import_kind(told["kind"])
        content_type = XLSX if content.startswith(_ZIP) else CSV
        if content_type == CSV and not kind.one_sheet:
            raise Problem("import_type")
        found = receive_import(
            actor=request.actor,
            kind=kind.name,
            content=content,
            content_type=content_type,
            filename=told["file"].name,
            area_id=uuid.UUID(told["area_id"]),
            corrects=self.corrects,
        )
        return HttpResponseRedirect(reverse("admin:import", args=[found.id]))


def _areas(request: SiteRequest, kind: ImportKind) -> Iterable[uuid.UUID]:
    """The areas that somebody may import this for."""
    return {holding.area_id for holding in request.actor.holdings if holding.role in kind.roles}
