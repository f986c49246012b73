"""The tree of areas, opened level by level, and an area's page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.areas.names import AreaKind, AreaLevel
from accounts.models import Area, AreaPast, AreaPlacement, AreaSuccession, Membership, Team
from accounts.roles import TeamRole, TeamStatus
from accounts.site.cookies import PATH
from accounts.site.frame import Crumb, FramePage
from accounts.site.names import area_name, label, places
from accounts.site.page import SiteRequest
from accounts.site.teams import status_tag
from api.problems import Problem
from api.text import fold

MOST, MOST_FOUND = 500, 200
"""So many areas are shown of a level, or of what was found."""
_LABEL = 13


class AreasPage(FramePage):
    """`/admin/areas/`: where the own areas begin, and the search. With `for`, to choose one for that page's list."""

    def get(self, request: SiteRequest) -> HttpResponse:
        words = request.GET.get("q", "")[:100].replace("\x00", "").strip()
        without_leader = "leaderless" in request.GET
        if words or without_leader:
            areas = self._found(request, words, without_leader=without_leader)
        else:
            roots = {h.area_id for h in request.actor.holdings if h.role == "admin"}
            areas = list(Area.objects.filter(id__in=roots).order_by("name_sort", "id"))
        parents = places(area.parent_id for area in areas)
        return self.show(
            "site/areas.html",
            title=_("Hamlets without a leader") if without_leader else _("Areas"),
            subtitle=_("Choose an area, or open it to see what lies below.") if _target(request) else "",
            context={
                "words": words,
                "areas": _rows(areas, request, parents=parents),
                "target": _target(request),
                "searched": bool(words or without_leader),
                "more": len(areas) == MOST_FOUND,
            },
        )

    @staticmethod
    def _found(request: SiteRequest, words: str, *, without_leader: bool) -> list[Area]:
        found = visible.areas(request.actor).filter(valid_to=None)
        if without_leader:
            found = leaderless(request.actor)
        for word in fold(words).split():
            found = found.filter(name_fold__contains=word)
        return list(found.order_by("name_sort", "id")[:MOST_FOUND])


def leaderless(actor: Any) -> Any:
    """The hamlets of the own areas in which no team at work has a leader."""
    leaders = Membership.objects.holding().filter(area_id=OuterRef("id"), role=TeamRole.LEADER)
    return visible.areas(actor).filter(~Exists(leaders), level=AreaLevel.HAMLET, valid_to=None)


class AreaPage(FramePage):
    """`/admin/areas/{id}/`: what an area is, what lies below it, and what it was."""

    def get(self, request: SiteRequest, area_id: uuid.UUID) -> HttpResponse:
        area = visible.areas(request.actor).filter(id=area_id).first()
        if area is None:
            raise Problem("not_found")
        children = list(
            Area.objects.filter(parent_id=area_id, deleted_at=None, valid_to=None).order_by("name_sort", "id")[:MOST]
        )
        teams = list(Team.objects.filter(area_id=area_id, deleted_at=None).order_by("name_fold", "id")[:100])
        return self.show(
            "site/area.html",
            title=area_name(area),
            subtitle=label(AreaLevel, area.level),
            crumbs=_crumbs(request, area),
            context={
                "area": area,
                "target": _target(request),
                "choose": _chosen(request, area),
                "areas": _rows(children, request),
                "children": _counted(children),
                "teams": [(team, status_tag(team)) for team in teams],
                "past": _past(area),
                "successors": _successors(area),
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


def _rows(
    areas: Sequence[Area], request: SiteRequest, parents: dict[uuid.UUID, str] | None = None
) -> list[dict[str, Any]]:
    """Areas with what lies right below them; two queries."""
    ids = [area.id for area in areas]
    below = _counts(Area.objects.filter(parent_id__in=ids, deleted_at=None, valid_to=None).values("parent_id"))
    teams = _counts(
        Team.objects.filter(area_id__in=ids, deleted_at=None).exclude(status=TeamStatus.DISSOLVED).values("area_id")
    )
    target = {"for": request.GET["for"]} if _target(request) else {}
    return [
        {
            "area": area,
            "name": area_name(area),
            "parent": (parents or {}).get(area.parent_id, "") if area.parent_id else "",
            "below": below.get(area.id, 0),
            "teams": teams.get(area.id, 0),
            "link": reverse("admin:area", args=[area.id]) + (f"?{urlencode(target)}" if target else ""),
            "choose": _chosen(request, area),
        }
        for area in areas
    ]


def _counts(rows: Any) -> dict[uuid.UUID, int]:
    [name] = rows.query.values_select
    return dict(rows.annotate(n=Count("id")).values_list(name, "n").order_by())


def _target(request: SiteRequest) -> str:
    """The list that an area is chosen for, if it is one of this site."""
    wanted = request.GET.get("for", "")
    return wanted if wanted.startswith(f"{PATH}/") and not wanted.startswith(f"{PATH}//") else ""


def _chosen(request: SiteRequest, area: Area) -> str:
    """That list with this area for its filter."""
    target = urlsplit(_target(request))
    if not target.path:
        return ""
    kept = {name: value for name, value in parse_qsl(target.query) if name != "cursor"}
    return f"{target.path}?{urlencode({**kept, 'area': str(area.id)})}"


def _crumbs(request: SiteRequest, area: Area) -> list[Crumb]:
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


def _successors(area: Area) -> list[str]:
    """What took its place, if it ended."""
    ids = list(AreaSuccession.objects.filter(from_area_id=area.id).values_list("to_area_id", flat=True))
    return sorted(places(ids).values())
