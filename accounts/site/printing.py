"""Activation sheets: PDFs with new codes, for a person or a team."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.issuing import CODE_LIFETIME
from accounts.models import Membership, Team, User
from accounts.sheets.printing import print_team, print_user
from accounts.site.command import Command, Plan
from accounts.site.lists import crumb
from accounts.site.page import SiteRequest
from accounts.site.person_commands import PersonCommand
from accounts.site.teams import TeamsAdmin
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

    def heading(self) -> str:
        return _("Activation sheet for %(name)s") % {"name": self.person.full_name}

    def consequences(self) -> list[str]:
        return [
            _("A PDF with a new code, to print and hand over. It is good for %(days)d days.")
            % {"days": CODE_LIFETIME.days},
            _("Codes that were given before are no longer good."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        content = print_user(actor=request.actor, user_id=self.person.id, server=server_of(request))
        return pdf(content, f"an-thon-{self.person.name_fold}.pdf")


class PrintTeam(Command):
    """The slips of all members of a team who wait for their first code, with a list to tick off."""

    transaction = "none"
    button = gettext_lazy("Make the sheets")
    team: Team

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.teams(request.actor).filter(id=self.kwargs["team_id"]).first()
        if found is None:
            raise Problem("not_found")
        self.team, page = found, reverse("admin:team", args=[found.id])
        members = Membership.objects.holding().filter(team_id=found.id).values("user_id")
        waiting = User.objects.filter(id__in=members, is_active=True, password="").count()
        slips = ngettext("A PDF with one slip.", "A PDF with %(n)d slips, and a list to tick off.", waiting)
        told = [
            slips % {"n": waiting},
            _("Only who has never activated gets a slip; each holds a new code, good for %(days)d days.")
            % {"days": CODE_LIFETIME.days},
            _("Codes that were given before are no longer good."),
        ]
        title = _("Activation sheets for %(team)s") % {"team": found.name}
        return Plan(title, told, page, [crumb(TeamsAdmin), (found.name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        content = print_team(actor=request.actor, team_id=self.team.id, server=server_of(request))
        return pdf(content, f"an-thon-{self.team.name_fold}.pdf")
