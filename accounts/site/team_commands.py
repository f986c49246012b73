"""Teams: founded, changed, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.areas.names import AreaLevel
from accounts.models import Area, Team
from accounts.roles import TeamStatus, TeamType
from accounts.site.area_choice import area_choice, chosen_area
from accounts.site.command import Command, Plan
from accounts.site.fields import Day
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.names import choices
from accounts.site.request import SiteRequest
from accounts.site.teams import TeamsAdmin
from accounts.site.wording import type_words
from accounts.teams import change_team, close_team, found_team
from api.ids import uuid7
from api.problems import Problem
from api.records import Wire


class TeamForm(forms.Form):
    team_type = forms.ChoiceField(label=gettext_lazy("Type"), choices=lambda: choices(TeamType))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    founding_decision = forms.CharField(label=gettext_lazy("Founding decision"), max_length=200, required=False)
    founded_on = Day(gettext_lazy("Founded on"), required=False)

    def data_of(self) -> Wire:
        """The team as the service takes it."""
        told = self.cleaned_data
        founded = told["founded_on"]
        return {
            "team_type": told["team_type"],
            "name": told["name"],
            "founding_decision": told["founding_decision"] or None,
            "founded_on": founded.isoformat() if founded else None,
        }


class NewTeamForm(TeamForm):
    area_id = forms.UUIDField(widget=forms.HiddenInput)
    id = forms.UUIDField(widget=forms.HiddenInput)  # so that what is sent twice is one team


class FoundTeam(Command):
    """`/admin/teams/new/`: a team of a hamlet."""

    button, template = gettext_lazy("Found the team"), "site/team_new.html"
    hamlet: Area | None

    def plan(self, request: SiteRequest) -> Plan:
        self.hamlet = chosen_area(request)
        told = [
            _("The team is there at once, with nobody in it yet."),
            _("Then add its people on its page, or bring them by an import."),
        ]
        return Plan(_("New team"), told, reverse("admin:teams"), [crumb(TeamsAdmin)])

    def form(self, request: SiteRequest) -> NewTeamForm:
        if request.method == "POST":
            return NewTeamForm(request.POST)
        return NewTeamForm(initial={"area_id": self.hamlet.id if self.hamlet else None, "id": uuid7()})

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return area_choice(request, self.hamlet, AreaLevel.HAMLET)

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        if self.hamlet is None:
            raise Problem("not_found")
        data = self.filled.data_of()
        made = found_team(actor=request.actor, area_id=self.hamlet.id, data=data, id=told["id"]).record or {}
        messages.success(request, _("%(team)s is founded.") % {"team": made["name"]})
        return HttpResponseRedirect(reverse("admin:team", args=[made["id"]]))


class TeamCommand(Command):
    """About one team."""

    team: Team

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.teams(request.actor).filter(id=self.kwargs["team_id"]).first()
        if found is None:
            raise Problem("not_found")
        self.team, page = found, reverse("admin:team", args=[found.id])
        return Plan(self.heading(), self.consequences(), page, [crumb(TeamsAdmin), (found.name, page)])


class EditTeamForm(TeamForm):
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=lambda: choices(TeamStatus)[:2])
    version = forms.IntegerField(widget=forms.HiddenInput)


class EditTeam(TeamCommand):
    """Another name, type or founding decision; at work or suspended."""

    button = gettext_lazy("Save")

    def heading(self) -> Text:
        return _("Change %(team)s") % {"team": self.team.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("All phones of the team get it with their next sync."),
            _("A suspended team keeps its people and records, and can go to work again."),
        ]

    def form(self, request: SiteRequest) -> EditTeamForm:
        if request.method == "POST":
            return EditTeamForm(request.POST)
        named = ("team_type", "name", "founding_decision", "founded_on", "status", "version")
        return EditTeamForm(initial={name: getattr(self.team, name) for name in named})

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text | HttpResponse:
        data = {**self.filled.data_of(), "status": told["status"]}
        try:
            change_team(actor=request.actor, team_id=self.team.id, data=data, expected_version=told["version"])
        except Problem as problem:
            if problem.code != "precondition_failed":
                raise
            messages.warning(request, _("Somebody changed the team meanwhile. This is how it is now: change it again."))
            return HttpResponseRedirect(request.path)
        return _("%(team)s is changed.") % {"team": told["name"]}


class CloseTeam(TeamCommand):
    """A team is dissolved."""

    button, danger = gettext_lazy("Close the team"), True
    reading = "write"  # a dry run is the thing itself, taken back

    def heading(self) -> Text:
        return _("Close %(team)s") % {"team": self.team.name}

    def consequences(self) -> Sequence[Text]:
        closing = close_team(actor=self.request.actor, team_id=self.team.id, dry_run=True)
        ends = ngettext("%(n)d place in the team ends now.", "%(n)d places in the team end now.", closing.memberships)
        return [
            ends % {"n": closing.memberships},
            *(
                _("%(what)s: %(n)d stay with the team.") % {"what": type_words(kind), "n": number}
                for kind, number in closing.records.items()
                if number
            ),
            _("The phones still deliver for 30 days what was recorded until now."),
            _("A team that was closed can't be opened again; a new one can be founded."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        close_team(actor=request.actor, team_id=self.team.id)
        return _("%(team)s is closed.") % {"team": self.team.name}
