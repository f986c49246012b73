"""What alerts say of a person, for that person: those that they raised, took or closed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from accounts.exports.own_data import made_by, register_own_data
from activities.observations.models import Alert

_SHOWN = ("id", "area_id", "kind", "severity", "status", "occurred_at", "observation_id")
_OWN = ("location_lon", "location_lat", "located_at", "place_text", "note", "cancelled_at")
"""What whoever raised it said of themself."""


def alerts(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """With what somebody did about each; place and words only of the own calls."""
    did = {"raised": "author_id", "acknowledged": "acknowledged_by_id", "closed": "closed_by_id"}
    concerned = Q()
    for column in did.values():
        concerned |= Q(**{column: user_id})
    found = Alert.objects.filter(concerned, id__in=made_by(user_id, "alert"), deleted_at=None)
    for alert in found.order_by("occurred_at", "id"):
        shown = (*_SHOWN, *_OWN) if alert.author_id == user_id else _SHOWN
        done = [verb for verb, column in did.items() if getattr(alert, column) == user_id]
        yield {name: getattr(alert, name) for name in shown} | {"did": done}


register_own_data("alerts", alerts)
