"""Choosing a team: the one that was chosen, or those that are found."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts import visible
from accounts.models import Team
from accounts.roles import TeamStatus
from accounts.site.names import places
from accounts.site.request import SiteRequest
from api.text import fold

_MOST_TEAMS = 30


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
