"""What patrols say of a person, for that person: where they took part, and the checkpoints that they reached."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from accounts.exports.own_data import register_own_data
from accounts.models import Membership
from activities.patrols.models import Patrol


def patrols(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """The patrols that somebody took part in; the path of each is at `/v1/patrols/{id}/track`."""
    found = _of_teams(user_id).filter(participant_ids__contains=[user_id]).order_by("started_at", "id")
    yield from found.values(
        *("id", "area_id", "team_id", "started_at", "ended_at", "status", "distance_m", "duration_s", "track_points")
    )


def checkpoint_visits(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """The visits of checkpoints that were made in somebody's name."""
    me = str(user_id)
    found = _of_teams(user_id).filter(checkpoint_visits__contains=[{"user_id": me}]).order_by("started_at", "id")
    for patrol_id, visits in found.values_list("id", "checkpoint_visits"):
        for visit in visits:
            if visit.get("user_id") == me:
                shown = {name: visit.get(name) for name in ("id", "checkpoint_id", "visited_at", "location", "method")}
                yield {"patrol_id": patrol_id, **shown}


def _of_teams(user_id: uuid.UUID) -> Any:
    """The patrols of all teams that somebody was ever in: that is how an index finds them."""
    teams = Membership.objects.filter(user_id=user_id).values("team_id")
    return Patrol.objects.filter(team_id__in=teams, deleted_at=None)


register_own_data("patrols", patrols)
register_own_data("checkpoint_visits", checkpoint_visits)
