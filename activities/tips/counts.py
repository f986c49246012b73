"""Counts of tips for those who mayn't read them: of whole months that are over, and nothing under five.

One tree of figures a province and month (all, by category, by category and commune) is decided once for everybody,
whatever is asked for, so that no two answers can be set off against one another: a figure under five goes, what lies
below one that went goes too, and of siblings the smallest go until those that are missing make five together, or
none. That nothing came is no secret: there is nobody behind it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from accounts.rights import require_in, require_somewhere
from api.actors import Actor
from api.localtime import day_bounds, local_day, now
from api.postgres import ask
from api.problems import Problem
from api.records import Wire
from api.sync import store

UNDER = 5
COUNTERS = frozenset({"front_officer", "analyst", "police_officer"})
_COUNTED = """
SELECT DISTINCT ON (c.unit_id, c.category) c.unit_id, c.category, c.tips, top.area_id
FROM tip_counts(%s, %s) c
  JOIN area_placement p ON p.area_id = c.unit_id AND p.valid_to IS NULL
  JOIN area_placement top ON top.path = left(p.path, 13) AND top.valid_to IS NULL
ORDER BY c.unit_id, c.category, p.path
"""
_BELOW = """
SELECT p.area_id FROM area_placement root
  JOIN area_placement p ON p.valid_to IS NULL AND p.path >= root.path AND p.path < root.path || '~'
WHERE root.area_id = %s AND root.valid_to IS NULL AND p.area_id = ANY(%s::uuid[])
"""

Figures = dict[tuple[str, uuid.UUID], int]
"""Of one province: tips by category and commune."""
Figure = tuple[uuid.UUID | None, str | None, int]
"""Commune (None: the province), category (None: all), how many."""


def counts(*, actor: Actor, month: str, area_id: uuid.UUID | None = None) -> Wire:
    """What the actor may know of a month, below an area if one is named. Four queries at most.

    Raises Problem `forbidden` for who counts nothing, `not_found` for an area out of scope, `parameter_invalid`.
    """
    require_somewhere(actor, COUNTERS)
    if area_id is not None:
        require_in(actor, area_id, COUNTERS)
    by_province: dict[uuid.UUID, Figures] = defaultdict(dict)
    for unit, category, tips, province in ask(_COUNTED, list(_month(month))):
        by_province[province][category, unit] = tips
    items: list[dict[str, Any]] = [
        {"area_id": unit or province, "category": category, "count": tips}
        for province, figures in by_province.items()
        for unit, category, tips in published(figures)
    ]
    areas = {item["area_id"] for item in items}
    if area_id is not None:
        areas = {found for (found,) in ask(_BELOW, [area_id, store.id_array(areas)])}
    seen = {area for area, there in actor.standing(areas).items() if not there.roles.isdisjoint(COUNTERS)}
    shown = sorted(
        (item for item in items if item["area_id"] in seen & areas),
        key=lambda item: (str(item["area_id"]), item["category"] or ""),
    )
    return {"month": month, "suppressed_under": UNDER, "items": shown}


def published(figures: Mapping[tuple[str, uuid.UUID], int]) -> Iterator[Figure]:
    """What of a province's figures may be said to anybody who may count there."""
    total = sum(figures.values())
    if total < UNDER:
        return
    yield None, None, total
    by_category: dict[str, dict[uuid.UUID, int]] = defaultdict(dict)
    for (category, unit), tips in figures.items():
        by_category[category][unit] = tips
    for category, tips in _kept({name: sum(units.values()) for name, units in by_category.items()}):
        yield None, category, tips
        for unit, there in _kept(by_category[category]):
            yield unit, category, there


def _kept(children: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """Of figures that make up one that is told: those that can be told without giving the rest away."""
    told = sorted(children.items(), key=lambda child: (child[1], str(child[0])))
    missing = 0
    while told and (told[0][1] < UNDER or 0 < missing < UNDER):
        missing += told.pop(0)[1]
    return told


def _month(text: str) -> tuple[Any, Any]:
    """The bounds of a local month that is over."""
    try:
        first = dt.date.fromisoformat(f"{text}-01")
        if len(text) != 7:
            raise ValueError("only YYYY-MM")
        following = (first + dt.timedelta(days=31)).replace(day=1)
        if following > local_day(now()):
            raise ValueError("not over yet")
        return day_bounds(first, following - dt.timedelta(days=1))
    except (ValueError, OverflowError):
        raise Problem("parameter_invalid", params={"parameter": "month"}) from None
