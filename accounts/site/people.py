"""The list of people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.admin import register
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.people import UserStatus, find_users, tell
from accounts.roles import GrantRole, TeamRole
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, Tool, house
from accounts.site.names import choices, label, places
from accounts.site.request import SiteRequest
from accounts.templatetags.site import ago, day, phone

_TONES = {UserStatus.WAITING: "warm", UserStatus.ACTIVE: "good", UserStatus.INACTIVE: "bad"}


def status_tag(status: str) -> SafeString:
    """How far an account has come, as a tag."""
    return format_html('<span class="an-tag {}">{}</span>', _TONES[UserStatus(status)], label(UserStatus, status))


def roles_of(told: dict[str, Any]) -> list[tuple[str, Any]]:
    """What somebody is, and where (the id of the area): places in teams first."""
    teams = [(f"{label(TeamRole, m['role'])}, {m['team_name']}", m["area_id"]) for m in told["memberships"]]
    return teams + [(label(GrantRole, g["role"]), g["area_id"]) for g in told["grants"]]


@register(User, site=house)
class PeopleAdmin(SiteAdmin):
    title = gettext_lazy("People")
    subtitle = gettext_lazy("Everyone who belongs to your area, or holds a role in it.")
    route = "people"
    search = gettext_lazy("Name or phone number")
    order = ("name_sort", "id")
    filters = (
        Filter("status", gettext_lazy("Account"), lambda: choices(UserStatus)),
        Filter("role", gettext_lazy("Role"), lambda: [*choices(TeamRole), *choices(GrantRole)]),
    )

    def find(self, request: SiteRequest, query: Query) -> QuerySet[User]:
        return find_users(
            actor=request.actor,
            area=query.area,
            role=query.chosen.get("role"),
            status=query.chosen.get("status"),
            words=query.words,
        )

    def people_in(self, found: Sequence[User]) -> Sequence[uuid.UUID]:
        return [user.id for user in found]

    def show(self, request: SiteRequest, found: Sequence[User]) -> list[Row]:
        people = tell(actor=request.actor, users=found)
        named = places([*(p["area_id"] for p in people), *(area for p in people for _, area in roles_of(p))])
        return [self._row(told, named) for told in people]

    @staticmethod
    def _row(told: dict[str, Any], named: dict[Any, str]) -> Row:
        held = roles_of(told)
        first = held[0][0] if held else _("No team or role yet")
        more = format_html(" <small>+{}</small>", len(held) - 1) if len(held) > 1 else ""
        where = named.get(held[0][1] if held else told["area_id"], "–")
        used = ago(told["last_used_at"]) if told["last_used_at"] else _("never")
        if told["status"] == UserStatus.WAITING and told["code_expires_at"]:
            used = _("code until %(day)s") % {"day": day(told["code_expires_at"])}
        name = format_html(
            '<a href="{}">{}</a><small class="an-number">{}</small>',
            reverse("admin:person", args=[told["id"]]),
            told["full_name"],
            phone(told["phone"]),
        )
        return Row(
            (
                Cell(name, _("Name"), "main"),
                Cell(format_html("{}{}", first, more), _("Role")),
                Cell(where, _("Area")),
                Cell(status_tag(told["status"]), _("Account")),
                Cell(used, _("Last used")),
            ),
            str(told["id"]),
        )

    def tools(self, request: SiteRequest) -> Sequence[Tool]:
        return (
            Tool(_("New person"), reverse("admin:enrol"), "plus"),
            Tool(_("Import from a spreadsheet"), reverse("admin:import_new"), "upload"),
        )

    def bulk(self, request: SiteRequest) -> Sequence[Tool]:
        return (
            Tool(_("Move to a team"), reverse("admin:people_move"), "team"),
            Tool(_("Switch off"), reverse("admin:people_deactivate"), "alert"),
        )
