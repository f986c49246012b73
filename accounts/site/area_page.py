"""An area's page: what lies below it, its teams, what it was and became, and what can be changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.areas.names import AreaKind, AreaLevel
from accounts.models import Area, AreaPast, AreaPlacement, AreaSuccession, Team
from accounts.roles import TeamStatus
from accounts.scoping import SessionActor
from accounts.site.areas import choice_of, rows_of, target_of
from accounts.site.frame import Crumb, FramePage
from accounts.site.lists import Tool
from accounts.site.names import area_name, centre_words, label, places
from accounts.site.request import SiteRequest
from accounts.site.teams import status_tag
from api.problems import Problem

MOST = 500
_LABEL = 13
BELOW = {AreaLevel.PROVINCE: AreaLevel.COMMUNE, AreaLevel.COMMUNE: AreaLevel.HAMLET}
"""What is made, merged and split where; districts ended in 2025."""


class AreaPage(FramePage):
    """`/admin/areas/{id}/`: what an area is, what lies below it, and what it was."""

    def get(self, request: SiteRequest, area_id: uuid.UUID) -> HttpResponse:
        area = visible.areas(request.actor).filter(id=area_id).first()
        if area is None:
            raise Problem("not_found")
        children = list(
            Area.objects.filter(parent_id=area_id, deleted_at=None, valid_to=None).order_by("name_sort", "id")[:MOST]
        )
        before, after = _before(area), _after(area)
        return self.show(
            "site/area.html",
            title=area_name(area),
            subtitle=label(AreaLevel, area.level),
            crumbs=crumbs_of(request, area),
            context={
                "area": area,
                "target": target_of(request),
                "choose": choice_of(request, area),
                "areas": rows_of(children, request),
                "children": _counted(children),
                "teams": _teams(area, before),
                "before": _links(before),
                "after": _links(after),
                "changes": _changes(request, area, len(children)),
                "past": _past(area),
                "centre": centre_words(area),
                "people_link": f"{reverse('admin:people')}?{urlencode({'area': area.id})}",
                "teams_link": f"{reverse('admin:teams')}?{urlencode({'area': area.id})}",
                "sessions_link": f"{reverse('admin:sessions')}?{urlencode({'area': area.id})}",
            },
        )


def _counted(children: Sequence[Area]) -> str:
    if not children:
        return ""
    if children[0].level == AreaLevel.HAMLET:
        return ngettext("%(n)d hamlet", "%(n)d hamlets", len(children)) % {"n": len(children)}
    return ngettext("%(n)d area below", "%(n)d areas below", len(children)) % {"n": len(children)}


def crumbs_of(request: SiteRequest, area: Area) -> list[Crumb]:
    """What lies above within the own areas, from the top."""
    found: list[Crumb] = [(_("Areas"), reverse("admin:areas"))]
    place = AreaPlacement.objects.filter(area_id=area.id, valid_to=None).order_by("tree").first()
    if place is None:
        return found
    above = [place.path[:end] for end in range(_LABEL, len(place.path), _LABEL)]
    own = [path for path in above if any(h.role == "admin" and h.covers(path) for h in request.actor.holdings)]
    by_path = dict(AreaPlacement.objects.filter(path__in=own, valid_to=None).values_list("path", "area_id"))
    areas = Area.objects.in_bulk(by_path.values())
    for path in own:
        if (found_area := areas.get(by_path.get(path))) is not None:
            found.append((area_name(found_area), reverse("admin:area", args=[found_area.id])))
    return found


_ATTRIBUTES = {
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "code": gettext_lazy("Code"),
    "household_count": gettext_lazy("Households"),
}


def _past(area: Area) -> list[dict[str, Any]]:
    """What it was called or counted before."""
    rows: Iterable[AreaPast] = AreaPast.objects.filter(area_id=area.id).order_by("-valid_to", "attribute")[:50]
    return [
        {
            "what": _ATTRIBUTES.get(row.attribute, row.attribute),
            "value": label(AreaKind, str(row.value)) if row.attribute == "kind" else row.value,
            "until": row.valid_to,
        }
        for row in rows
    ]


def _before(area: Area) -> list[uuid.UUID]:
    """What ended in it."""
    return list(AreaSuccession.objects.filter(to_area_id=area.id).values_list("from_area_id", flat=True)[:MOST])


def _after(area: Area) -> list[uuid.UUID]:
    """What took its place, if it ended."""
    return list(AreaSuccession.objects.filter(from_area_id=area.id).values_list("to_area_id", flat=True))


def _links(area_ids: Iterable[uuid.UUID]) -> list[tuple[str, str]]:
    return sorted((name, reverse("admin:area", args=[area_id])) for area_id, name in places(area_ids).items())


def _teams(area: Area, before: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """The teams, and those at work that go on from what ended in it, with the place that they are of."""
    own = Q(area_id=area.id) | (Q(area_id__in=before) & ~Q(status=TeamStatus.DISSOLVED))
    teams = list(Team.objects.filter(own, deleted_at=None).order_by("name_fold", "id")[:100])
    named = places(team.area_id for team in teams if team.area_id != area.id)
    return [{"team": team, "status": status_tag(team), "place": named.get(team.area_id, "")} for team in teams]


def may_reform(actor: SessionActor, area: Area) -> bool:
    """Whether somebody looks after what it hangs below as well: moving and splitting change that too."""
    return area.parent_id is not None and visible.areas(actor).filter(id=area.parent_id).exists()


def _changes(request: SiteRequest, area: Area, children: int) -> list[Tool]:
    """What can be changed about it by whoever looks at it."""
    if area.valid_to:
        return []

    def tool(title: str, route: str, icon: str, *, danger: bool = False) -> Tool:
        return Tool(title, reverse(f"admin:{route}", args=[area.id]), icon, danger)

    hamlets = BELOW.get(AreaLevel(area.level)) == AreaLevel.HAMLET
    tools = []
    if area.level in BELOW:
        tools.append(tool(_("New hamlet") if hamlets else _("New commune"), "area_new", "plus"))
    tools += [
        tool(_("Name, kind, code, centre"), "area_edit", "edit"),
        tool(_("Count the households"), "area_households", "building"),
    ]
    if area.level in BELOW and children > 1:
        tools.append(tool(_("Merge hamlets") if hamlets else _("Merge communes"), "area_merge", "merge"))
    if area.level in BELOW.values() and may_reform(request.actor, area):
        tools.append(tool(_("Split it"), "area_split", "split"))
        tools.append(tool(_("Move it below another area"), "area_move", "move"))
    return tools
