"""What is done with several people at once: first shown, person by person, then done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import visible
from accounts.looks import at_people
from accounts.many import ManyStatus, Told, deactivate_users, move_users
from accounts.models import Team, User
from accounts.roles import TeamRole
from accounts.site.command import Command, Plan
from accounts.site.faults import words
from accounts.site.fields import RoleInTeam
from accounts.site.frame import Text
from accounts.site.lists import PAGE_SIZE, crumb
from accounts.site.people import PeopleAdmin
from accounts.site.request import SiteRequest
from accounts.site.team_choice import chosen_team, team_choice
from api.problems import FIELD_ERRORS, PROBLEMS, FieldError, Problem
from api.problems.render import field_error_text


class _ManyPeople(Command):
    """The list posts the boxes here; the preview is a dry run, and posts again with `sure`."""

    template = "site/bulk.html"
    people: Sequence[User]

    def get(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:people"))

    def plan(self, request: SiteRequest) -> Plan:
        self.people = list(visible.users(request.actor).filter(id__in=_chosen(request)).order_by("name_sort", "id"))
        self.seen = at_people("site_people_command", [user.id for user in self.people])
        return Plan(self.heading(), self.consequences(), reverse("admin:people"), [crumb(PeopleAdmin)])

    def do(self, request: SiteRequest, told: dict[str, Any], *, dry_run: bool) -> Sequence[Told]:
        """By the service."""
        raise NotImplementedError

    def ready(self, request: SiteRequest) -> bool:
        """Whether all is said that the preview needs."""
        return True

    def post(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        plan = self.plan(request)
        if "sure" in request.POST and self.people and self.ready(request):
            return super().post(request)
        return self._ask(request, plan, self.form_class() if self.form_class else forms.Form())

    def more(self, request: SiteRequest) -> dict[str, Any]:
        if not self.people or not self.ready(request):
            return {"people": self.people, "left_out": [], "asks": True}
        outcome = {each.user_id: each for each in self.do(request, {}, dry_run=True)}
        done = [user for user in self.people if outcome[user.id].status == ManyStatus.DONE]
        return {
            "people": done,
            "left_out": [(user, _why(outcome[user.id])) for user in self.people if user not in done],
        }

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        outcome = self.do(request, told, dry_run=False)
        count = sum(each.status == ManyStatus.DONE for each in outcome)
        return ngettext("Done for %(n)d person.", "Done for %(n)d people.", count) % {"n": count}


class DeactivatePeople(_ManyPeople):
    """Switch off the accounts that were chosen."""

    button, danger = gettext_lazy("Switch these accounts off"), True

    def heading(self) -> Text:
        count = len(self.people)
        return ngettext("Switch off %(n)d account", "Switch off %(n)d accounts", count) % {"n": count}

    def consequences(self) -> Sequence[Text]:
        return [
            _("All their devices are signed out at once, and signing in is no longer possible."),
            _("Records, teams and roles stay as they are, so that the account can be switched on again."),
        ]

    def do(self, request: SiteRequest, told: dict[str, Any], *, dry_run: bool) -> Sequence[Told]:
        others = [user.id for user in self.people if user.id != request.actor.user_id]
        own = [Told(u.id, ManyStatus.REFUSED, "own_account") for u in self.people if u.id == request.actor.user_id]
        return [*own, *deactivate_users(actor=request.actor, user_ids=others, dry_run=dry_run)]


class MoveManyForm(forms.Form):
    role = RoleInTeam()


class MovePeople(_ManyPeople):
    """Move the people that were chosen to one team."""

    button, form_class = gettext_lazy("Move them"), MoveManyForm

    def heading(self) -> Text:
        count = len(self.people)
        return ngettext("Move %(n)d person to a team", "Move %(n)d people to a team", count) % {"n": count}

    def consequences(self) -> Sequence[Text]:
        return [
            _("All places in teams end now; the place in the new team begins, and its hamlet is the new home."),
            _("For 30 days the phone still delivers what was recorded before the move."),
        ]

    def ready(self, request: SiteRequest) -> bool:
        return chosen_team(request) is not None

    def do(self, request: SiteRequest, told: dict[str, Any], *, dry_run: bool) -> Sequence[Told]:
        team = chosen_team(request)
        if team is None:
            raise Problem("not_found")
        role = told.get("role", TeamRole.MEMBER.value)
        ids = [user.id for user in self.people]
        return move_users(actor=request.actor, user_ids=ids, team_id=team.id, role=role, dry_run=dry_run)

    def more(self, request: SiteRequest) -> dict[str, Any]:
        near = next((user.area_id for user in self.people if user.area_id), None)
        team: Team | None = chosen_team(request)
        return {**super().more(request), "choice": team_choice(request, near), "chosen": team}


def _why(told: Told) -> str:
    """Why somebody is left out, in words."""
    if told.status == ManyStatus.UNCHANGED:
        return _("nothing would change")
    if told.code in PROBLEMS:
        return words(Problem(told.code))["title"]
    if told.code in FIELD_ERRORS:
        return field_error_text(FieldError("", told.code), get_language() or "vi")
    return ""


def _chosen(request: SiteRequest) -> list[uuid.UUID]:
    """The boxes that were ticked, at most a page of them."""
    found = []
    for text in request.POST.getlist("chosen")[:PAGE_SIZE]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
