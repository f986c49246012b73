"""The two trees of areas: what hangs below what, now or on a day, and who came before whom.

All that lies below an area is one range of the btree on `area_placement.path`. The administrative tree is the country
as it is or was; the succession tree hangs ended areas below what took their place, so that one range finds both.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import AreaPlacement
from api.enums import LabelledEnum


class AreaTree(LabelledEnum):
    """The tree that a placement belongs to."""

    ADMINISTRATIVE = "administrative", "Cây hành chính", "Administrative"
    SUCCESSION = "succession", "Cây kế thừa", "Succession"


class SuccessionKind(LabelledEnum):
    """How an area ended: whole into one, or into several."""

    MERGE = "merge", "Sáp nhập", "Merged"
    SPLIT = "split", "Chia tách", "Split"


LABEL_LENGTH = 13


def label(area_id: uuid.UUID) -> str:
    """An area's part of a path: the random end of its id, and a dot."""
    return area_id.hex[-12:] + "."


def holds(at: date | None) -> Q:
    """What holds on a day, or now; `valid_to` is exclusive, and an open end is null."""
    if at is None:
        return Q(valid_to=None)
    return (Q(valid_from=None) | Q(valid_from__lte=at)) & (Q(valid_to=None) | Q(valid_to__gt=at))


def below(paths: list[str]) -> Q:
    """The placements at these paths and all below them."""
    ranges = Q(path__in=())
    for path in paths:
        ranges |= Q(path__gte=path, path__lt=path + "~")
    return ranges


def subtree(area_id: uuid.UUID, at: date | None = None) -> QuerySet[AreaPlacement]:
    """The area and all that hung below it in the administrative tree, now or on a day, by path. Two queries."""
    here = AreaPlacement.objects.filter(holds(at), area_id=area_id, tree=AreaTree.ADMINISTRATIVE)
    paths = list(here.values_list("path", flat=True))
    return AreaPlacement.objects.filter(below(paths), holds(at), tree=AreaTree.ADMINISTRATIVE).order_by("path")


def reach(area_id: uuid.UUID) -> QuerySet[AreaPlacement]:
    """What a right over the area reaches: all that lies below it now in either tree, its predecessors among it."""
    paths = list(AreaPlacement.objects.filter(holds(None), area_id=area_id).values_list("path", flat=True))
    return AreaPlacement.objects.filter(below(paths), holds(None)).order_by("path")


# The inner SELECT gives the array once; joined instead, the planner would read the whole table.
_ANCESTORS = """
SELECT up.area_id FROM area_placement up
WHERE up.tree = 'administrative' AND {up} AND up.path = ANY(ARRAY(
    SELECT left(here.path, part.length) FROM area_placement here
    CROSS JOIN LATERAL generate_series({length}, length(here.path) - {length}, {length}) AS part(length)
    WHERE here.area_id = %(area)s AND here.tree = 'administrative' AND {here}))
ORDER BY up.path
"""


def ancestors(area_id: uuid.UUID, at: date | None = None) -> list[uuid.UUID]:
    """What the area hung below in the administrative tree, now or on a day, from the root down. One query."""
    sql = _ANCESTORS.format(length=LABEL_LENGTH, up=_holds_sql("up", at), here=_holds_sql("here", at))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"area": area_id, "at": at})
        return [row[0] for row in cursor.fetchall()]


def _holds_sql(alias: str, at: date | None) -> str:
    """`holds` for raw SQL, with `%(at)s` as the day."""
    if at is None:
        return f"{alias}.valid_to IS NULL"
    begun = f"({alias}.valid_from IS NULL OR {alias}.valid_from <= %(at)s)"
    return f"{begun} AND ({alias}.valid_to IS NULL OR {alias}.valid_to > %(at)s)"


@dataclass(frozen=True)
class Predecessor:
    """An ended area that an area wholly or partly came from. `steps` is 1 for the direct ones."""

    area_id: uuid.UUID
    into: uuid.UUID
    kind: str
    share: Decimal | None
    is_default: bool
    happened_on: date | None
    steps: int


_PREDECESSORS = """
WITH RECURSIVE chain AS (
    SELECT s.*, 1 AS steps FROM area_succession s WHERE s.to_area_id = %s
  UNION
    SELECT s.*, chain.steps + 1 FROM area_succession s JOIN chain ON s.to_area_id = chain.from_area_id
)
SELECT from_area_id, to_area_id, kind, share, is_default, happened_on, steps FROM chain ORDER BY steps, from_area_id
"""


def predecessors(area_id: uuid.UUID) -> list[Predecessor]:
    """All that the area came from, step by step back. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PREDECESSORS, [area_id])
        return [Predecessor(*row) for row in cursor.fetchall()]
