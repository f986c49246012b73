"""Whatever looks for all that lies below an area walks a range of the btree on `path`: collations and operators fit."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.areas.placing import _LAST_CHANGE, _MOVE
from accounts.areas.tree import _ANCESTORS, LABEL_LENGTH, reach, subtree
from accounts.models import Area


@pytest.fixture
def indexes_first(lam_dong: Area) -> Iterator[Area]:
    """So few rows are read faster as they lie; what matters is whether an index can answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off"
        )
    return lam_dong


def conditions(sql: str, params: Any) -> list[str]:
    """The index conditions of a statement's plan."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan = json.dumps(cursor.fetchone()[0])
    return [line for line in plan.split('"') if "path" in line and (">=" in line or "= ANY" in line)]


@pytest.mark.parametrize("at", [None, dt.date(2025, 8, 1)])
def test_descendants_are_a_range(indexes_first: Area, at: dt.date | None) -> None:
    found = subtree(indexes_first.id, at)
    assert any("path >=" in condition for condition in conditions(*found.query.sql_with_params()))


def test_reach_is_a_range(indexes_first: Area) -> None:
    found = reach(indexes_first.id)
    assert any("path >=" in condition for condition in conditions(*found.query.sql_with_params()))


def test_ancestors_are_looked_up_by_path(indexes_first: Area) -> None:
    sql = _ANCESTORS.format(length=LABEL_LENGTH, up="up.valid_to IS NULL", here="here.valid_to IS NULL")
    assert any("= ANY" in condition for condition in conditions(sql, {"area": uuid.uuid4()}))


def test_moving_and_its_check_find_the_branch_by_range(indexes_first: Area) -> None:
    branches = json.dumps([{"old": "a.", "new": "b.", "parent_id": None, "tree": None}])
    moved = conditions(_MOVE, {"branches": branches, "on": dt.date(2026, 1, 1)})
    checked = conditions(_LAST_CHANGE, [["a."]])
    for found in (moved, checked):
        assert any("path >=" in condition for condition in found)
