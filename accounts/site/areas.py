"""The tree of areas, opened level by level, searched, and chosen from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import visible
from accounts.areas.names import AreaLevel
from accounts.models import Area, Membership, Team
from accounts.roles import TeamRole, TeamStatus
from accounts.site.cookies import PATH
from accounts.site.frame import FramePage
from accounts.site.names import area_name, places
from accounts.site.request import SiteRequest
from api.text import fold

MOST, MOST_FOUND = 500, 200
"""So many areas are shown of a level, or of what was found."""
_LABEL = 13


class AreasPage(FramePage):
    """`/admin/areas/`: where the own areas begin, and the search. With `for`, to choose one for that page, of
    a `level` where it says so."""

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
            subtitle=_("Choose an area, or open it to see what lies below.") if target_of(request) else "",
            context={
                "words": words,
                "areas": rows_of(areas, request, parents=parents),
                "target": target_of(request),
                "level": request.GET.get("level", ""),
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


def rows_of(
    areas: Sequence[Area], request: SiteRequest, parents: dict[uuid.UUID, str] | None = None
) -> list[dict[str, Any]]:
    """Areas with what lies right below them; two queries."""
    ids = [area.id for area in areas]
    below = _counts(Area.objects.filter(parent_id__in=ids, deleted_at=None, valid_to=None).values("parent_id"))
    teams = _counts(
        Team.objects.filter(area_id__in=ids, deleted_at=None).exclude(status=TeamStatus.DISSOLVED).values("area_id")
    )
    kept = {name: request.GET[name] for name in ("for", "level") if request.GET.get(name)}
    asked = f"?{urlencode(kept)}" if target_of(request) else ""
    return [
        {
            "area": area,
            "name": area_name(area),
            "parent": (parents or {}).get(area.parent_id, "") if area.parent_id else "",
            "below": below.get(area.id, 0),
            "teams": teams.get(area.id, 0),
            "link": reverse("admin:area", args=[area.id]) + asked,
            "choose": choice_of(request, area),
        }
        for area in areas
    ]


def _counts(rows: Any) -> dict[uuid.UUID, int]:
    [name] = rows.query.values_select
    return dict(rows.annotate(n=Count("id")).values_list(name, "n").order_by())


def target_of(request: SiteRequest) -> str:
    """The page that an area is chosen for, if it is one of this site."""
    wanted = request.GET.get("for", "")
    return wanted if wanted.startswith(f"{PATH}/") and not wanted.startswith(f"{PATH}//") else ""


def choice_of(request: SiteRequest, area: Area) -> str:
    """That page with this area, if it is of the level that is wanted there."""
    target = urlsplit(target_of(request))
    if not target.path or request.GET.get("level", area.level) != area.level:
        return ""
    kept = {name: value for name, value in parse_qsl(target.query) if name != "cursor"}
    return f"{target.path}?{urlencode({**kept, 'area': str(area.id)})}"
