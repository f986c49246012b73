"""Where people belong: taken in, moved, their places in teams. Each asks first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.enrolling import enrol
from accounts.looks import at_person
from accounts.memberships import change_role, end_membership
from accounts.models import Membership, Team
from accounts.moving import move_user
from accounts.roles import TeamRole
from accounts.site.command import Command, Plan
from accounts.site.fields import FullName, Phone, RoleInTeam
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.names import label
from accounts.site.people import PeopleAdmin
from accounts.site.person_commands import PersonCommand
from accounts.site.request import SiteRequest
from accounts.site.team_choice import chosen_team, team_choice
from api.problems import Problem


class MoveForm(forms.Form):
    team_id = forms.UUIDField(widget=forms.HiddenInput)
    role = RoleInTeam()


class Move(PersonCommand):
    """Another team."""

    button, form_class, template = gettext_lazy("Move"), MoveForm, "site/move.html"

    def heading(self) -> Text:
        return _("Move %(name)s to another team") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("All places in teams end now; the place in the new team begins, and its hamlet is the new home."),
            _("What was recorded before stays with the old team, under the same name."),
            _("For 30 days the phone still delivers what was recorded before the move."),
        ]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        team = chosen_team(request)
        return {"team_id": team.id if team else None, "role": "member"}

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return team_choice(request, self.person.area_id)

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        move_user(actor=request.actor, user_id=self.person.id, team_id=told["team_id"], role=told["role"])
        return _("%(name)s is in the new team from now on.") % {"name": self.person.full_name}


class EnrolForm(forms.Form):
    full_name = FullName()
    phone = Phone()
    team_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    area_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    role = RoleInTeam()
    badge_number = forms.CharField(label=gettext_lazy("Badge number"), max_length=40, required=False)


class Enrol(Command):
    """A new account, and the place in a team with it."""

    button, form_class, template = gettext_lazy("Create the account"), EnrolForm, "site/move.html"

    def plan(self, request: SiteRequest) -> Plan:
        told = [
            _("The account is there at once, but nobody can sign in to it yet."),
            _("A code from this site, read out or on a printed sheet, lets the person choose a password."),
        ]
        return Plan(_("New person"), told, reverse("admin:people"), [crumb(PeopleAdmin)])

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        team = chosen_team(request)
        return {"team_id": team.id if team else None, "role": "member"}

    def more(self, request: SiteRequest) -> dict[str, Any]:
        own = [h.area_id for h in request.actor.holdings if h.role == "admin"]
        return team_choice(request, own[0] if own else None)

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        team = chosen_team(request)
        if team is None:
            raise Problem("not_found")
        user, _made = enrol(
            actor=request.actor,
            phone=told["phone"],
            full_name=told["full_name"],
            team_id=team.id,
            role=told["role"],
            badge_number=told["badge_number"] or None,
        )
        return HttpResponseRedirect(reverse("admin:person", args=[user.id]))


class _OfMembership(Command):
    """About one place in a team."""

    membership: Membership

    def plan(self, request: SiteRequest) -> Plan:
        found = Membership.objects.filter(id=self.kwargs["membership_id"], deleted_at=None).first()
        if found is None or not visible.teams(request.actor).filter(id=found.team_id).exists():
            raise Problem("not_found")
        self.seen = at_person("site_membership_command", found.user_id)
        self.membership, page = found, reverse("admin:person", args=[found.user_id])
        return Plan(self.heading(), self.consequences(), page, [crumb(PeopleAdmin), (found.full_name, page)])

    @property
    def team_name(self) -> str:
        return Team.objects.get(id=self.membership.team_id).name


class EndMembership(_OfMembership):
    """Leave a team."""

    button, danger = gettext_lazy("End the place in the team"), True

    def heading(self) -> Text:
        return _("%(name)s leaves %(team)s") % {"name": self.membership.full_name, "team": self.team_name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("From the next request on, the phone gets no more of this team's records."),
            _("What was recorded until now stays, and may still be delivered for 30 days."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        end_membership(actor=request.actor, membership_id=self.membership.id)
        return _("The place in the team has ended.")


class RoleForm(forms.Form):
    role = RoleInTeam()


class ChangeRole(_OfMembership):
    """Another role in the same team."""

    button, form_class = gettext_lazy("Change the role"), RoleForm

    def heading(self) -> Text:
        return _("Role of %(name)s in %(team)s") % {"name": self.membership.full_name, "team": self.team_name}

    def consequences(self) -> Sequence[Text]:
        return [_("The old role ends now and the new one begins; both stay in the history.")]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return {"role": self.membership.role}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        change_role(actor=request.actor, membership_id=self.membership.id, role=told["role"])
        return _("The role is now: %(role)s.") % {"role": label(TeamRole, told["role"])}
