"""Placements and how whole branches of the trees are moved: one statement a move, however many areas hang below."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from django.db import connection

from accounts.areas.rows import PlacementRow
from accounts.areas.tree import AreaTree, below, label
from accounts.models import AreaPlacement


@dataclass(frozen=True)
class Branch:
    """All that lies at and below `old` goes to `new`; what stood at `old` itself gets `parent_id`.

    With a `tree` given, it goes there; several branches with the same `old` put copies below several successors.
    """

    old: str
    new: str
    parent_id: uuid.UUID | None
    tree: AreaTree | None = None


_MOVE = f"""
WITH branch AS (
    SELECT * FROM jsonb_to_recordset(%(branches)s::jsonb) AS b(old text, new text, parent_id uuid, tree text)
), leaving AS (
    SELECT p.id, b.old FROM (SELECT DISTINCT old FROM branch) b
    JOIN area_placement p ON {below("p", "b.old")} AND p.valid_to IS NULL
), closed AS (
    UPDATE area_placement p SET valid_to = %(on)s FROM leaving l
    WHERE p.id = l.id AND (p.valid_from IS NULL OR p.valid_from < %(on)s)
    RETURNING p.area_id, p.parent_id, p.tree, p.path, l.old
), replaced AS (
    DELETE FROM area_placement p USING leaving l WHERE p.id = l.id AND p.valid_from = %(on)s
    RETURNING p.area_id, p.parent_id, p.tree, p.path, l.old
)
INSERT INTO area_placement (id, area_id, parent_id, tree, path, valid_from)
SELECT gen_random_uuid(), p.area_id, CASE WHEN p.path = b.old THEN b.parent_id ELSE p.parent_id END,
       coalesce(b.tree, p.tree), b.new || substr(p.path, length(b.old) + 1), %(on)s
FROM (SELECT * FROM closed UNION ALL SELECT * FROM replaced) p JOIN branch b ON b.old = p.old
"""

_LAST_CHANGE = f"""
SELECT max(greatest(p.valid_from, p.valid_to)) FROM unnest(%s::text[]) AS root(path)
JOIN area_placement p ON {below("p", "root.path")}
"""


def move_branches(branches: Sequence[Branch], on: date) -> None:
    """End the places of these branches on a day and begin the new ones; places begun that very day are replaced."""
    rows = [vars(branch) for branch in branches]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"branches": orjson.dumps(rows).decode(), "on": on})


def last_change(paths: Sequence[str]) -> date | None:
    """The last day on which something at or below these paths came or went; None if there never was one."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_CHANGE, [list(paths)])
        since: date | None = cursor.fetchone()[0]
    return since


def homes(area_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[AreaPlacement]]:
    """Every place that these areas had or have in the administrative tree, in order of time; one query."""
    found: dict[uuid.UUID, list[AreaPlacement]] = {}
    placements = AreaPlacement.objects.filter(area_id__in=list(area_ids), tree=AreaTree.ADMINISTRATIVE)
    for placement in sorted(placements, key=lambda p: p.valid_from or date.min):
        found.setdefault(placement.area_id, []).append(placement)
    return found


def paths_now(area_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Where these areas hang now in the administrative tree; ended ones are absent."""
    placements = AreaPlacement.objects.filter(area_id__in=list(area_ids), tree=AreaTree.ADMINISTRATIVE, valid_to=None)
    return dict(placements.values_list("area_id", "path"))


def place_below(area_id: uuid.UUID, parent: Sequence[AreaPlacement], since: date | None) -> list[PlacementRow]:
    """An area's places below a parent since a day (None: as long as the parent is there), as the parent moved."""
    return [
        PlacementRow(
            area_id=area_id,
            parent_id=place.area_id,
            path=place.path + label(area_id),
            valid_from=max(filter(None, (place.valid_from, since)), default=None),
            valid_to=place.valid_to,
        )
        for place in parent
        if since is None or place.valid_to is None or place.valid_to > since
    ]
