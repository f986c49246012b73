"""Who is called when something happens in an area: its police and admins, the nearest first, its teams' heads."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from accounts.areas.tree import above
from api.postgres import ask

_LOCAL = 1_000_000
_HOLDERS = f"""
WITH place AS (SELECT path FROM area_placement WHERE area_id = %s AND valid_to IS NULL),
  over AS (SELECT p.area_id, max(length(p.path)) AS depth FROM area_placement p
    WHERE p.valid_to IS NULL AND p.path = ANY({above("place")} || ARRAY(SELECT path FROM place)) GROUP BY p.area_id)
SELECT g.user_id, max(CASE WHEN a.level IN ('commune', 'hamlet') THEN {_LOCAL} ELSE o.depth END)
FROM over o JOIN area a ON a.id = o.area_id JOIN role_grant g ON g.area_id = o.area_id
WHERE g.role = %s AND g.confirmed_at IS NOT NULL AND g.starts_at <= now()
  AND (g.ends_at IS NULL OR g.ends_at > now())
GROUP BY g.user_id
"""
_HEADS = """
SELECT user_id, team_id FROM membership
WHERE area_id = %s AND role IN ('leader', 'deputy_leader') AND deleted_at IS NULL AND starts_at <= now()
  AND (ends_at IS NULL OR ends_at > now())
"""


@dataclass(frozen=True)
class OnCall:
    """Whom an area has: officers with how near they are (those of the commune and its hamlets alike), heads with their
    team."""

    officers: Collection[tuple[uuid.UUID, int]]
    heads: Collection[tuple[uuid.UUID, uuid.UUID]]

    @property
    def nearest_police(self) -> set[uuid.UUID]:
        """The officers of the commune; where it has none, of what lies above."""
        return _nearest(self.officers)

    @property
    def all_police(self) -> set[uuid.UUID]:
        return {user for user, _ in self.officers}

    def heads_of(self, team_id: uuid.UUID | None) -> set[uuid.UUID]:
        """The heads of a team; where it has none, of all teams of the hamlet."""
        return {user for user, team in self.heads if team == team_id} or self.all_heads

    @property
    def all_heads(self) -> set[uuid.UUID]:
        return {user for user, _ in self.heads}


def on_call(area_id: uuid.UUID) -> OnCall:
    """Whom an area has at this moment. Two queries."""
    return OnCall(_holders(area_id, "police_officer"), ask(_HEADS, [area_id]))


def nearest_admins(area_id: uuid.UUID) -> set[uuid.UUID]:
    """The admins of the commune; where it has none, of what lies above. One query."""
    return _nearest(_holders(area_id, "admin"))


def _holders(area_id: uuid.UUID, role: str) -> Collection[tuple[uuid.UUID, int]]:
    return ask(_HOLDERS, [area_id, role])


def _nearest(holders: Collection[tuple[uuid.UUID, int]]) -> set[uuid.UUID]:
    nearest = max((near for _, near in holders), default=0)
    return {user for user, near in holders if near == nearest}
