"""Roles over areas: given, confirmed by a second person, ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.grants import NEEDS_A_SECOND, confirm_grant, end_grant, give_grant
from accounts.looks import at_person
from accounts.models import Area, Grant, User
from accounts.roles import GrantRole
from accounts.site.area_choice import area_choice, chosen_area
from accounts.site.command import Command, Plan
from accounts.site.fields import Day
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.names import choices, label, places
from accounts.site.people import PeopleAdmin
from accounts.site.person_commands import PersonCommand
from accounts.site.request import SiteRequest
from api.localtime import day_bounds
from api.problems import Problem


def _grant_roles() -> list[tuple[str, str]]:
    return choices(GrantRole)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=_grant_roles)
    area_id = forms.UUIDField(widget=forms.HiddenInput)
    ends_on = Day(
        gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Without one the role holds until somebody ends it."),
    )


class GiveGrant(PersonCommand):
    """A role over an area."""

    button, form_class, template = gettext_lazy("Give the role"), GrantForm, "site/grant.html"

    def heading(self) -> Text:
        return _("Give %(name)s a role") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("The role holds over the area and all that lies below it, from the person's next request on."),
            _("A police officer's role waits until a second administrator, or the police above, confirm it."),
        ]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        area = self._area(request)
        return {"area_id": area.id if area else None}

    def _area(self, request: SiteRequest) -> Area | None:
        """The one that was chosen, else where the person belongs."""
        return chosen_area(request, otherwise=self.person.area_id)

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return area_choice(request, self._area(request))

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        ends_at = day_bounds(None, told["ends_on"])[1] if told["ends_on"] else None
        give_grant(
            actor=request.actor, user_id=self.person.id, role=told["role"], area_id=told["area_id"], ends_at=ends_at
        )
        if told["role"] in NEEDS_A_SECOND:
            return _("The role is proposed. It holds once a second person has confirmed it.")
        return _("The role holds from now on.")


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

    def told(self) -> dict[str, str]:
        return {"name": self.name, "role": label(GrantRole, self.grant.role), "area": self.named}


class EndGrant(_OfGrant):
    """A role ends now."""

    button, danger = gettext_lazy("End the role"), True

    def heading(self) -> Text:
        return _("%(name)s is no longer %(role)s, %(area)s") % self.told()

    def consequences(self) -> Sequence[Text]:
        return [_("The role ends with the person's next request; it stays in the history.")]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        end_grant(actor=request.actor, grant_id=self.grant.id)
        return _("The role has ended.")


class ConfirmGrant(_OfGrant):
    """The second person's word."""

    button = gettext_lazy("Confirm the role")

    def heading(self) -> Text:
        return _("Confirm: %(name)s becomes %(role)s, %(area)s") % self.told()

    def consequences(self) -> Sequence[Text]:
        return [_("The role holds from now on. Who proposed it can't confirm it.")]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        confirm_grant(actor=request.actor, grant_id=self.grant.id)
        return _("The role holds from now on.")
