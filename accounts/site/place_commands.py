"""Where people belong and what they may: moving, roles over areas, places in teams, sessions. Each asks first."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.enrolling import enrol
from accounts.grants import NEEDS_A_SECOND, confirm_grant, end_grant, give_grant
from accounts.looks import at_person
from accounts.memberships import change_role, end_membership
from accounts.models import Grant, Membership, Session, Team, User
from accounts.moving import move_user
from accounts.roles import GrantRole, TeamRole, TeamStatus
from accounts.sessions import end_sessions
from accounts.site.command import Command, Plan
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.names import choices, label, places
from accounts.site.page import SiteRequest
from accounts.site.people import PeopleAdmin
from accounts.site.person import person_of
from accounts.site.person_commands import PersonCommand
from accounts.site.sessions import device_name
from accounts.site.teams import TeamsAdmin
from accounts.site.wording import type_words
from accounts.teams import close_team
from api.localtime import day_bounds
from api.problems import Problem
from api.text import fold

_MOST_TEAMS = 30


def _team_roles() -> list[tuple[str, str]]:
    return choices(TeamRole)


def _grant_roles() -> list[tuple[str, str]]:
    return choices(GrantRole)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=_grant_roles)
    area_id = forms.UUIDField(widget=forms.HiddenInput)
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("Without one the role holds until somebody ends it."),
    )


class GiveGrant(PersonCommand):
    """A role over an area."""

    button, form_class, template = gettext_lazy("Give the role"), GrantForm, "site/grant.html"

    def heading(self) -> Text:
        return _("Give %(name)s a role") % {"name": self.person.full_name}

    def consequences(self) -> list[str]:
        return [
            _("The role holds over the area and all that lies below it, from the person's next request on."),
            _("A police officer's role waits until a second administrator, or the police above, confirm it."),
        ]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return {"area_id": self._area(request)}

    def _area(self, request: SiteRequest) -> uuid.UUID | None:
        try:
            return uuid.UUID(request.POST.get("area_id") or request.GET.get("area") or str(self.person.area_id))
        except ValueError:
            own = [h.area_id for h in request.actor.holdings if h.role == "admin"]
            return own[0] if own else None

    def more(self, request: SiteRequest) -> dict[str, Any]:
        area_id = self._area(request)
        seen = visible.areas(request.actor).filter(id=area_id).exists() if area_id else False
        return {
            "area_name": places([area_id]).get(area_id, "") if seen and area_id else "",
            "areas_link": f"{reverse('admin:areas')}?{urlencode({'for': request.path})}",
        }

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        ends_at = day_bounds(None, told["ends_on"])[1] if told["ends_on"] else None
        give_grant(
            actor=request.actor, user_id=self.person.id, role=told["role"], area_id=told["area_id"], ends_at=ends_at
        )
        if told["role"] in NEEDS_A_SECOND:
            return _("The role is proposed. It holds once a second person has confirmed it.")
        return _("The role holds from now on.")


class MoveForm(forms.Form):
    team_id = forms.UUIDField(widget=forms.HiddenInput)
    role = forms.ChoiceField(label=gettext_lazy("Role in the team"), choices=_team_roles, initial="member")


class Move(PersonCommand):
    """Another team."""

    button, form_class, template = gettext_lazy("Move"), MoveForm, "site/move.html"

    def heading(self) -> Text:
        return _("Move %(name)s to another team") % {"name": self.person.full_name}

    def consequences(self) -> list[str]:
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


def chosen_team(request: SiteRequest) -> Team | None:
    """The team that the address or the form names, if it is one of the own areas."""
    try:
        team_id = uuid.UUID(request.POST.get("team_id") or request.GET.get("team") or "")
    except ValueError:
        return None
    return visible.teams(request.actor).filter(id=team_id).first()


def team_choice(request: SiteRequest, near: uuid.UUID | None) -> dict[str, Any]:
    """What a page needs to let somebody choose a team: the one chosen, or those found, the nearest without a search."""
    team = chosen_team(request)
    words = (request.POST.get("q") or request.GET.get("q", ""))[:100].replace("\x00", "").strip()
    found: list[Team] = []
    area = _uuid(request.GET.get("area"))
    if team is None:
        within = area or (None if words else near)
        teams = visible.teams(request.actor, within=within).exclude(status=TeamStatus.DISSOLVED)
        for word in fold(words).split():
            teams = teams.filter(name_fold__contains=word)
        found = list(teams.order_by("-id")[:_MOST_TEAMS])
    named = places([*(each.area_id for each in found), *([team.area_id] if team else [])])
    return {
        "team": team,
        "place": named.get(team.area_id, "") if team else "",
        "words": words,
        "teams": [{"team": each, "place": named.get(each.area_id, "")} for each in found],
        "here": request.path,
        "area": area,
        "areas_link": f"{reverse('admin:areas')}?{urlencode({'for': request.path})}",
    }


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


class EnrolForm(forms.Form):
    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=200)
    phone = forms.CharField(
        label=gettext_lazy("Phone number"), max_length=40, widget=forms.TextInput({"type": "tel", "inputmode": "tel"})
    )
    team_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    area_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role in the team"), choices=_team_roles, initial="member")
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

    def heading(self) -> Text:
        raise NotImplementedError

    def consequences(self) -> list[str]:
        raise NotImplementedError

    @property
    def team_name(self) -> str:
        return Team.objects.get(id=self.membership.team_id).name


class EndMembership(_OfMembership):
    """Leave a team."""

    button, danger = gettext_lazy("End the place in the team"), True

    def heading(self) -> Text:
        return _("%(name)s leaves %(team)s") % {"name": self.membership.full_name, "team": self.team_name}

    def consequences(self) -> list[str]:
        return [
            _("From the next request on, the phone gets no more of this team's records."),
            _("What was recorded until now stays, and may still be delivered for 30 days."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        end_membership(actor=request.actor, membership_id=self.membership.id)
        return _("The place in the team has ended.")


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role in the team"), choices=_team_roles)


class ChangeRole(_OfMembership):
    """Another role in the same team."""

    button, form_class = gettext_lazy("Change the role"), RoleForm

    def heading(self) -> Text:
        return _("Role of %(name)s in %(team)s") % {"name": self.membership.full_name, "team": self.team_name}

    def consequences(self) -> list[str]:
        return [_("The old role ends now and the new one begins; both stay in the history.")]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return {"role": self.membership.role}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        change_role(actor=request.actor, membership_id=self.membership.id, role=told["role"])
        return _("The role is now: %(role)s.") % {"role": label(TeamRole, told["role"])}


class _OfGrant(Command):
    """About one role over an area."""

    grant: Grant

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.grants(request.actor).filter(id=self.kwargs["grant_id"]).first()
        user = User.objects.filter(id=found.user_id).first() if found else None
        if found is None or user is None:
            raise Problem("not_found")
        self.seen = at_person("site_grant_command", user.id)
        self.grant, self.named = found, places([found.area_id]).get(found.area_id, "")
        self.name, page = user.full_name, reverse("admin:person", args=[user.id])
        return Plan(self.heading(), self.consequences(), page, [crumb(PeopleAdmin), (user.full_name, page)])

    def heading(self) -> Text:
        raise NotImplementedError

    def consequences(self) -> list[str]:
        raise NotImplementedError

    def told(self) -> dict[str, str]:
        return {"name": self.name, "role": label(GrantRole, self.grant.role), "area": self.named}


class EndGrant(_OfGrant):
    """A role ends now."""

    button, danger = gettext_lazy("End the role"), True

    def heading(self) -> Text:
        return _("%(name)s is no longer %(role)s, %(area)s") % self.told()

    def consequences(self) -> list[str]:
        return [_("The role ends with the person's next request; it stays in the history.")]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        end_grant(actor=request.actor, grant_id=self.grant.id)
        return _("The role has ended.")


class ConfirmGrant(_OfGrant):
    """The second person's word."""

    button = gettext_lazy("Confirm the role")

    def heading(self) -> Text:
        return _("Confirm: %(name)s becomes %(role)s, %(area)s") % self.told()

    def consequences(self) -> list[str]:
        return [_("The role holds from now on. Who proposed it can't confirm it.")]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        confirm_grant(actor=request.actor, grant_id=self.grant.id)
        return _("The role holds from now on.")


class CloseTeam(Command):
    """A team is dissolved."""

    button, danger = gettext_lazy("Close the team"), True
    reading = "write"  # a dry run is the thing itself, taken back
    team: Team

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.teams(request.actor).filter(id=self.kwargs["team_id"]).first()
        if found is None:
            raise Problem("not_found")
        self.team, page = found, reverse("admin:team", args=[found.id])
        closing = close_team(actor=request.actor, team_id=found.id, dry_run=True)
        ends = ngettext("%(n)d place in the team ends now.", "%(n)d places in the team end now.", closing.memberships)
        told = [
            ends % {"n": closing.memberships},
            *(
                _("%(what)s: %(n)d stay with the team.") % {"what": type_words(kind), "n": count}
                for kind, count in closing.records.items()
                if count
            ),
            _("The phones still deliver for 30 days what was recorded until now."),
            _("A team that was closed can't be opened again; a new one can be founded."),
        ]
        return Plan(_("Close %(team)s") % {"team": found.name}, told, page, [crumb(TeamsAdmin), (found.name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        close_team(actor=request.actor, team_id=self.team.id)
        return _("%(team)s is closed.") % {"team": self.team.name}


class EndSession(Command):
    """Sign one device out."""

    button, danger = gettext_lazy("Sign the device out"), True
    session: Session

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.sessions(request.actor).filter(id=self.kwargs["session_id"]).first()
        if found is None:
            raise Problem("not_found")
        self.session, self.seen = found, at_person("site_session_command", found.user_id)
        user, page = person_of(request.actor, found.user_id), reverse("admin:person", args=[found.user_id])
        told = {"name": user.full_name, "device": device_name(found)}
        return Plan(
            _("Sign %(name)s out on %(device)s") % told,
            [
                _("The device is signed out at its next request; it can sign in again with the password."),
                _("What it hasn't sent yet stays on it."),
            ],
            page,
            [crumb(PeopleAdmin), (user.full_name, page)],
        )

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        end_sessions(
            user_id=self.session.user_id,
            because="revoked",
            by_user_id=request.actor.user_id,
            request_id=request.actor.request_id,
            session_ids=[self.session.id],
        )
        return _("The device is signed out.")
