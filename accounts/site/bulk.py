"""What is done with several people at once: first shown, person by person, then done, all or none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.imports.switching import deactivate_users
from accounts.models import User
from accounts.rights import refused_over
from accounts.site.command import Command, Plan
from accounts.site.frame import Text
from accounts.site.lists import PAGE_SIZE, crumb
from accounts.site.page import SiteRequest
from accounts.site.people import PeopleAdmin


class DeactivatePeople(Command):
    """Switch off the accounts that were chosen. The list posts here; the preview posts again, with `sure`."""

    button, danger, template = gettext_lazy("Switch these accounts off"), True, "site/bulk.html"
    people: Sequence[User]
    left_out: Sequence[User]

    def plan(self, request: SiteRequest) -> Plan:
        chosen = list(visible.users(request.actor).filter(id__in=_chosen(request)).order_by("name_sort", "id"))
        refused = refused_over(request.actor, [user.id for user in chosen])
        own = request.actor.user_id
        self.people = [u for u in chosen if u.is_active and u.id not in refused and u.id != own]
        self.left_out = [u for u in chosen if u not in self.people]
        told = [
            _("All their devices are signed out at once, and signing in is no longer possible."),
            _("Records, teams and roles stay as they are, so that the account can be switched on again."),
        ]
        count = len(self.people)
        title = ngettext("Switch off %(n)d account", "Switch off %(n)d accounts", count) % {"n": count}
        return Plan(title, told, reverse("admin:people"), [crumb(PeopleAdmin)])

    def get(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:people"))

    def post(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        plan = self.plan(request)
        if "sure" not in request.POST or not self.people:
            return self._ask(request, plan, self.form(request))
        return super().post(request)

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return {"people": self.people, "left_out": self.left_out}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        deactivate_users(actor=request.actor, user_ids=[user.id for user in self.people])
        done = ngettext("%(n)d account is switched off.", "%(n)d accounts are switched off.", len(self.people))
        return done % {"n": len(self.people)}


def _chosen(request: SiteRequest) -> list[uuid.UUID]:
    """The boxes that were ticked, at most a page of them."""
    found = []
    for text in request.POST.getlist("chosen")[:PAGE_SIZE]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
