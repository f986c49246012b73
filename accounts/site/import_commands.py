"""What is done with an import that was checked: applied, checked again, taken back, its faults fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.imports.kinds import import_kind, thing_names
from accounts.imports.reading import XLSX, read_file
from accounts.imports.services import apply_import, check_again, undo_import
from accounts.imports.sheets_out import faults_xlsx, template_xlsx
from accounts.imports.telling import open_faults
from accounts.models import Import
from accounts.rights import require_in
from accounts.site.command import Command, Plan
from accounts.site.frame import FramePage, Text
from accounts.site.imports import counted, import_of, kinds_for, name_of, way_to
from accounts.site.names import label
from accounts.site.request import SiteRequest
from accounts.templatetags.site import count
from api.listing import as_uuid
from api.problems import Problem
from api.transactions import run_in


class ImportCommand(Command):
    """About one import."""

    for_importers = True
    found: Import

    def plan(self, request: SiteRequest) -> Plan:
        self.found = import_of(request, self.kwargs["import_id"])
        return Plan(self.heading(), self.consequences(), *way_to(self.found))


class ApplyImport(ImportCommand):
    """Apply a checked import."""

    button = gettext_lazy("Apply it")

    def heading(self) -> Text:
        return _("Apply %(file)s") % {"file": name_of(self.found)}

    def consequences(self) -> Sequence[Text]:
        return [
            *(
                f"{sheet}: " + ", ".join(f"{title} {count(n)}" for title, n in numbers if n)
                for sheet, numbers in counted(self.found)["rows"]
            ),
            _("All of it happens at once, or nothing does."),
            _("What it made can be listed afterwards, and taken back."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        apply_import(actor=request.actor, found=self.found)
        return _("It is being applied; this page shows how far it is.")


class CheckAgain(ImportCommand):
    """The same file once more, as a new import."""

    button = gettext_lazy("Check it again")

    def heading(self) -> Text:
        return _("Check %(file)s again") % {"file": name_of(self.found)}

    def consequences(self) -> Sequence[Text]:
        return [
            _("The same file is checked against what there is now, as a new import."),
            _("Nothing changes before you apply it; then all rows count, or none."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        again = check_again(actor=request.actor, found=self.found)
        return HttpResponseRedirect(reverse("admin:import", args=[again.id]))


class UndoImport(ImportCommand):
    """Deactivate all that an import made."""

    button, danger = gettext_lazy("Take it back"), True

    def heading(self) -> Text:
        return _("Take back %(file)s") % {"file": name_of(self.found)}

    def consequences(self) -> Sequence[Text]:
        if self.found.applied_at is None:
            return [_("Nothing that it made is left to take back.")]
        told: list[Text] = [
            _("%(what)s: %(n)s end, %(kept)s stay, since they were changed or used since.")
            % {"what": label(thing_names(), kind), "n": count(each["deactivate"]), "kept": count(each["keep"])}
            for kind, each in import_kind(self.found.kind).look_at(self.found.id, self.request.actor).counts().items()
            if any(each.values())
        ]
        return told or [_("Nothing that it made is left to take back.")]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        undo_import(actor=request.actor, found=self.found)
        return _("It is being taken back; this page shows how far it is.")


class TemplateFile(FramePage):
    """`/admin/imports/template.xlsx`: a workbook to fill in, of a `kind`; with `area`, what stands there is in it."""

    for_importers = True
    reading = "look"

    def get(self, request: SiteRequest) -> HttpResponse:
        offered = {kind.name: kind for kind in kinds_for(request.actor)}
        kind = offered.get(request.GET.get("kind", next(iter(offered))))
        if kind is None:
            raise Problem("not_found")
        rows: Iterable[Mapping[str, str]] = ()
        if (area := request.GET.get("area")) and kind.present:
            area_id = as_uuid("area", area)
            require_in(request.actor, area_id, kind.roles)
            rows = kind.present(request.actor, area_id)
        return _xlsx(template_xlsx(kind, get_language() or "vi", rows), f"an-thon-{kind.name}.xlsx")


class FaultsFile(ImportCommand):
    """`/admin/imports/{id}/faults/`: the file again with what is wrong beside each row; who took it is in the trail."""

    # Reading and making a spreadsheet takes seconds: nothing is held meanwhile.
    transaction = "none"
    button = gettext_lazy("Download")

    def heading(self) -> Text:
        return _("Faults of %(file)s") % {"file": name_of(self.found)}

    def consequences(self) -> Sequence[Text]:
        return [
            _("Your file again, with a column that says what is wrong in each row; faulty rows come first."),
            _("Correct it there, then choose “Bring the corrected file”."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        found, content, rows = run_in("write", lambda: open_faults(request.actor, self.found))
        sheets = read_file(content, found.content_type, import_kind(found.kind))
        return _xlsx(faults_xlsx(sheets, rows, get_language() or "vi"), "an-thon-loi.xlsx")


def _xlsx(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
