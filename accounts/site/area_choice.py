"""Choosing an area in the tree for a form that needs one."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts import visible
from accounts.areas.names import AreaLevel
from accounts.models import Area
from accounts.site.names import places
from accounts.site.request import SiteRequest


def chosen_area(request: SiteRequest, field: str = "area_id", *, otherwise: uuid.UUID | None = None) -> Area | None:
    """The area that the form or the address names, if there is such a one among the own."""
    try:
        area_id = uuid.UUID(request.POST.get(field) or request.GET.get("area") or str(otherwise))
    except ValueError:
        return None
    return visible.areas(request.actor).filter(id=area_id, valid_to=None).first()


def area_choice(request: SiteRequest, area: Area | None, level: AreaLevel | None = None) -> dict[str, Any]:
    """What a page needs to let somebody choose one of a level: the one chosen, and the way to the tree."""
    asked = {"for": request.path} | ({"level": level.value} if level else {})
    return {
        "chosen_area": area,
        "place": places([area.id]).get(area.id, "") if area else "",
        "areas_link": f"{reverse('admin:areas')}?{urlencode(asked)}",
    }
