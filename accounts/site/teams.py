"""The list of teams, and a team's page."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib.admin import register
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.looks import at_people
from accounts.models import Membership, Team, User
from accounts.roles import TeamRole, TeamStatus, TeamType
from accounts.site.frame import FramePage
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, Tool, crumb, house
from accounts.site.names import choices, label, places
from accounts.site.request import SiteRequest
from api.problems import Problem
from api.text import fold

_ORDER = {role: place for place, role in enumerate(TeamRole.values)}


def status_tag(team: Team) -> SafeString:
    """Whether a team is at work, as a tag."""
    tone = {TeamStatus.ACTIVE: "good", TeamStatus.SUSPENDED: "warm"}.get(TeamStatus(team.status), "")
    return format_html('<span class="an-tag {}">{}</span>', tone, label(TeamStatus, team.status))


@register(Team, site=house)
class TeamsAdmin(SiteAdmin):
    title = gettext_lazy("Teams")
    subtitle = gettext_lazy("The teams of the hamlets in your area.")
    route = "teams"
    search = gettext_lazy("Name of the team")
    filters = (
        Filter("status", gettext_lazy("Status"), lambda: choices(TeamStatus)),
        Filter("type", gettext_lazy("Type"), lambda: choices(TeamType)),
        Filter("leader", gettext_lazy("Leader"), lambda: [("none", _("Without a leader"))]),
    )

    def tools(self, request: SiteRequest) -> Sequence[Tool]:
        return (Tool(_("New team"), reverse("admin:team_new"), "plus"),)

    def find(self, request: SiteRequest, query: Query) -> QuerySet[Team]:
        found = visible.teams(request.actor, within=query.area)
        if status := query.chosen.get("status"):
            found = found.filter(status=status)
        if team_type := query.chosen.get("type"):
            found = found.filter(team_type=team_type)
        if "leader" in query.chosen:
            leaders = Membership.objects.holding().filter(team_id=OuterRef("id"), role=TeamRole.LEADER)
            found = found.filter(~Exists(leaders), status=TeamStatus.ACTIVE)
        return found.filter(name_fold__contains=fold(query.words)) if query.words else found

    def show(self, request: SiteRequest, found: Sequence[Team]) -> list[Row]:
        named = places(team.area_id for team in found)
        members: dict[uuid.UUID, list[Membership]] = defaultdict(list)
        for membership in Membership.objects.holding().filter(team_id__in=[team.id for team in found]):
            members[membership.team_id].append(membership)
        return [self._row(team, members[team.id], named) for team in found]

    @staticmethod
    def _row(team: Team, members: Sequence[Membership], named: dict[uuid.UUID, str]) -> Row:
        leaders = ", ".join(m.full_name for m in members if m.role == TeamRole.LEADER)
        name = format_html('<a href="{}">{}</a>', reverse("admin:team", args=[team.id]), team.name)
        return Row(
            (
                Cell(name, _("Team"), "main"),
                Cell(label(TeamType, team.team_type), _("Type")),
                Cell(named.get(team.area_id, "–"), _("Area")),
                Cell(leaders or format_html('<span class="an-tag warm">{}</span>', _("none")), _("Leader")),
                Cell(str(len(members)), _("Members"), "an-number"),
                Cell(status_tag(team), _("Status")),
            ),
            str(team.id),
        )


class TeamPage(FramePage):
    """`/admin/teams/{id}/`: who is in a team, and who was."""

    def get(self, request: SiteRequest, team_id: uuid.UUID) -> HttpResponse:
        team = visible.teams(request.actor).filter(id=team_id).first()
        if team is None:
            raise Problem("not_found")
        memberships = list(
            Membership.objects.filter(team_id=team_id, deleted_at=None).order_by("-starts_at", "id")[:200]
        )
        standing = {m.id for m in Membership.objects.holding().filter(team_id=team_id)}
        phones = User.objects.filter(id__in=[m.user_id for m in memberships]).in_bulk()
        now = sorted((m for m in memberships if m.id in standing), key=lambda m: (_ORDER.get(m.role, 9), m.full_name))
        self.seen = at_people("site_team", [m.user_id for m in memberships])
        return self.show(
            "site/team.html",
            title=team.name,
            subtitle=places([team.area_id]).get(team.area_id, ""),
            crumbs=[crumb(TeamsAdmin)],
            context={
                "team": team,
                "status": status_tag(team),
                "type": label(TeamType, team.team_type),
                "members": [_member(m, phones) for m in now],
                "former": [_member(m, phones) for m in memberships if m.id not in standing],
                "tools": _tools(team),
                "count": ngettext("%(n)d member", "%(n)d members", len(now)) % {"n": len(now)},
            },
        )


def _tools(team: Team) -> list[Tool]:
    if team.status == TeamStatus.DISSOLVED:
        return []
    return [
        Tool(_("Print activation sheets"), reverse("admin:team_sheet", args=[team.id]), "print"),
        Tool(_("Add a person"), f"{reverse('admin:enrol')}?{urlencode({'team': team.id})}", "plus"),
        Tool(_("Change the team"), reverse("admin:team_edit", args=[team.id]), "edit"),
        Tool(_("Close the team"), reverse("admin:team_close", args=[team.id]), "alert", danger=True),
    ]


def _member(membership: Membership, users: dict[uuid.UUID, User]) -> dict[str, object]:
    user = users.get(membership.user_id)
    return {
        "user_id": membership.user_id,
        "name": membership.full_name,
        "phone": user.phone if user else "",
        "waiting": bool(user and user.is_active and not user.password),
        "role": label(TeamRole, membership.role),
        "badge": membership.badge_number,
        "starts_at": membership.starts_at,
        "ends_at": membership.ends_at,
    }
