"""Activation sheets: PDFs with new codes, for a person, a team, or all teams of an area."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.issuing import CODE_LIFETIME
from accounts.models import Area, Membership, SheetPrint, User
from accounts.sheets.printing import print_team, print_user
from accounts.sheets.prints import SheetPrintStatus, ask_for_print, fetch_print, find_print, waiting_in
from accounts.site import cookies
from accounts.site.command import Command, Plan
from accounts.site.faults import words
from accounts.site.frame import Text
from accounts.site.lists import Crumb
from accounts.site.names import area_name
from accounts.site.person_commands import PersonCommand
from accounts.site.request import SiteRequest
from accounts.site.team_commands import TeamCommand
from accounts.templatetags.site import count
from api.problems import Problem


def pdf(content: bytes, name: str) -> HttpResponse:
    """A file to keep or print."""
    safe = re.sub(r"[^a-z0-9.]+", "-", name).strip("-")  # names of people and teams may hold anything
    headers = {"Content-Disposition": f'attachment; filename="{safe[-100:]}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def server_of(request: SiteRequest) -> str:
    """The address that phones sign in at: that of this site."""
    return f"{request.scheme}://{request.get_host()}"


class PrintPerson(PersonCommand):
    """One person's slip."""

    # The press works for a second; nothing is held meanwhile.
    transaction = "none"
    button = gettext_lazy("Make the sheet")

    def heading(self) -> Text:
        return _("Activation sheet for %(name)s") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("A PDF with a new code, to print and hand over. It is good for %(days)d days.")
            % {"days": CODE_LIFETIME.days},
            _("Codes that were given before are no longer good."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        content = print_user(actor=request.actor, user_id=self.person.id, server=server_of(request))
        return pdf(content, f"an-thon-{self.person.name_fold}.pdf")


class PrintTeam(TeamCommand):
    """The slips of all members of a team who wait for their first code, with a list to tick off."""

    transaction = "none"
    button = gettext_lazy("Make the sheets")

    def heading(self) -> Text:
        return _("Activation sheets for %(team)s") % {"team": self.team.name}

    def plan(self, request: SiteRequest) -> Plan:
        plan = super().plan(request)
        members = Membership.objects.holding().filter(team_id=self.team.id).values("user_id")
        waiting = User.objects.filter(id__in=members, is_active=True, password="").count()
        slips = ngettext("A PDF with one slip.", "A PDF with %(n)d slips, and a list to tick off.", waiting)
        return _of_slips(plan, slips % {"n": waiting}, waiting)

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        content = print_team(actor=request.actor, team_id=self.team.id, server=server_of(request))
        return pdf(content, f"an-thon-{self.team.name_fold}.pdf")


def _of_slips(plan: Plan, slips: str, waiting: int) -> Plan:
    """The plan of a print for so many; where nobody waits it says so, and what else helps."""
    if not waiting:
        nothing = _(
            "Nobody here waits for a first code: all have activated their accounts, or nobody is in a team yet. "
            "Who forgot the password gets a new code on their own page."
        )
        return replace(plan, nothing=nothing)
    told = [
        slips,
        _("Only who has never activated gets a slip; each holds a new code, good for %(days)d days.")
        % {"days": CODE_LIFETIME.days},
        _("Codes that were given before are no longer good."),
    ]
    return replace(plan, consequences=told)


def _area_of(request: SiteRequest, area_id: uuid.UUID) -> tuple[Area, str, list[Crumb]]:
    """The area, its page, and the way there."""
    area = visible.areas(request.actor).filter(id=area_id, valid_to=None).first()
    if area is None:
        raise Problem("not_found")
    page = reverse("admin:area", args=[area.id])
    return area, page, [(_("Areas"), reverse("admin:areas")), (area_name(area), page)]


class PrintArea(Command):
    """The slips of all teams of an area and below, as a job."""

    button = gettext_lazy("Make the sheets")

    def plan(self, request: SiteRequest) -> Plan:
        area, page, crumbs = _area_of(request, self.kwargs["area_id"])
        waiting = waiting_in(area.id)
        slips = ngettext(
            "A PDF with one slip, and a list to tick off.",
            "A PDF with %(n)s slips, and for each team a list to tick off.",
            waiting,
        )
        plan = Plan(_("Activation sheets for %(area)s") % {"area": area_name(area)}, (), page, crumbs)
        return _of_slips(plan, slips % {"n": count(waiting)}, waiting)

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        asked = ask_for_print(actor=request.actor, area_id=self.kwargs["area_id"], server=server_of(request))
        response = HttpResponseRedirect(reverse("admin:print", args=[asked.print.id]))
        cookies.keep_print(response, asked.print.id, asked.key)
        return response


class PrintedArea(Command):
    """`/admin/prints/{id}/`: how far one's own print is, then its PDF, in the browser that asked for it."""

    button, template = gettext_lazy("Download"), "site/print.html"
    found: SheetPrint

    def plan(self, request: SiteRequest) -> Plan:
        self.found = find_print(actor=request.actor, print_id=self.kwargs["print_id"])
        area, page, crumbs = _area_of(request, self.found.area_id)
        slips = ngettext("One slip is ready.", "%(n)s slips are ready.", self.found.people)
        told = [
            slips % {"n": count(self.found.people)},
            _("Print on A4, cut along the dashes, and hand each slip to its person alone."),
            _("The file can be fetched for a day, in this browser only; afterwards print anew."),
        ]
        return Plan(_("Activation sheets for %(area)s") % {"area": area_name(area)}, told, page, crumbs)

    def more(self, request: SiteRequest) -> dict[str, Any]:
        status, of = SheetPrintStatus(self.found.status), self.found.people
        return {
            "print": self.found,
            "busy": status in (SheetPrintStatus.WAITING, SheetPrintStatus.PRINTING),
            "percent": round(100 * self.found.printed / of) if of else 0,
            "failed": words(Problem(self.found.problem)) if self.found.problem else None,
            "elsewhere": not cookies.key_of_print(request, self.found.id),
            "again": reverse("admin:area_sheets", args=[self.found.area_id]),
        }

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text | HttpResponse:
        key = cookies.key_of_print(request, self.found.id)
        content = fetch_print(actor=request.actor, print_id=self.found.id, key=key)
        return pdf(content, "an-thon-phieu-kich-hoat.pdf")
