"""The two trees of areas: what hangs below what, now or on a day.

All that lies below an area is one range of the btree on `area_placement.path`. The administrative tree is the country
as it is or was; the succession tree hangs ended areas below what took their place, so that one range finds both. What
somebody reaches in them, `accounts.scoping` answers.
"""

from __future__ import annotations

import uuid
from datetime import date

from api.enums import LabelledEnum
from api.sync import store


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


def below(alias: str, root: str) -> str:
    """SQL: the placement `alias` is at the path `root` or below it; `path` is collated "C", where `~` comes last."""
    return f"{alias}.path >= {root} AND {alias}.path < {root} || '~'"


def above(roots: str) -> str:
    """SQL: the array of the paths of all that lies above the column `path` of `roots`."""
    ends = f"generate_series({LABEL_LENGTH}, length(r.path) - {LABEL_LENGTH}, {LABEL_LENGTH})"
    return f"ARRAY(SELECT DISTINCT left(r.path, n) FROM {roots} r CROSS JOIN {ends} n)"


def _stands(alias: str, day: str) -> str:
    """SQL: the administrative placement `alias` holds on a day; `valid_to` is exclusive, and open ends are null."""
    begun = f"({alias}.valid_from IS NULL OR {alias}.valid_from <= {day})"
    return f"{alias}.tree = 'administrative' AND {begun} AND ({alias}.valid_to IS NULL OR {alias}.valid_to > {day})"


_SUBTREE = f"""
SELECT p.area_id FROM (SELECT %s::uuid AS area_id, %s::date AS day) asked
  JOIN area_placement root ON root.area_id = asked.area_id AND {_stands("root", "asked.day")}
  JOIN area_placement p ON {below("p", "root.path")} AND {_stands("p", "asked.day")}
ORDER BY p.path
"""


def subtree(area_id: uuid.UUID, on: date) -> list[uuid.UUID]:
    """The area and all that hung below it in the administrative tree on a day, by path. One query."""
    return [row[0] for row in store.query(_SUBTREE, [area_id, on])]
