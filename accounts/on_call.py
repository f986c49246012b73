"""Who is called when something happens in an area: its police, the nearest first, and the heads of its teams."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from accounts.areas.tree import above

_LOCAL = 1_000_000
_POLICE = f"""
WITH place AS (SELECT path FROM area_placement WHERE area_id = %s AND valid_to IS NULL),
  over AS (SELECT p.area_id, max(length(p.path)) AS depth FROM area_placement p
    WHERE p.valid_to IS NULL AND p.path = ANY({above("place")} || ARRAY(SELECT path FROM place)) GROUP BY p.area_id)
SELECT g.user_id, max(CASE WHEN a.level IN ('commune', 'hamlet') THEN {_LOCAL} ELSE o.depth END)
FROM over o JOIN area a ON a.id = o.area_id JOIN role_grant g ON g.area_id = o.area_id
WHERE g.role = 'police_officer' AND g.confirmed_at IS NOT NULL AND g.starts_at <= now()
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
        nearest = max((near for _, near in self.officers), default=0)
        return {user for user, near in self.officers if near == nearest}

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
    with connection.cursor() as cursor:
        cursor.execute(_POLICE, [area_id])
        officers = cursor.fetchall()
        cursor.execute(_HEADS, [area_id])
        return OnCall(officers, cursor.fetchall())
