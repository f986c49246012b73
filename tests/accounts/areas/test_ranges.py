"""Whatever looks for all that lies below an area walks a range of the btree on `path`: collations and operators fit."""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.areas.placing import _LAST_CHANGE, _MOVE
from accounts.areas.tree import subtree
from accounts.models import Area
from api.actors import Actor
from api.records import record_type
from api.sync import store
from tests.accounts.areas.conftest import holder, today


@pytest.fixture
def indexes_first(lam_dong: Area) -> Iterator[Area]:
    """So few rows are read faster as they lie; what matters is whether an index can answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off"
        )
    return lam_dong


def conditions(sql: str, params: Any = None) -> list[str]:
    """The index conditions of a statement's plan."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan = json.dumps(cursor.fetchone()[0])
    return [line for line in plan.split('"') if "path" in line and (">=" in line or "= ANY" in line)]


def asked(question: Callable[[], object]) -> list[str]:
    """The index conditions of the one query that a question sends."""
    question()  # asked for the first time, its plan is made in the same message
    with CaptureQueriesContext(connection) as queries:
        question()
    [query] = queries.captured_queries
    return conditions(query["sql"])


def in_ranges(found: list[str]) -> bool:
    return any("path >=" in condition for condition in found)


def test_descendants_on_a_day_are_a_range(indexes_first: Area) -> None:
    assert in_ranges(asked(lambda: subtree(indexes_first.id, dt.date(2025, 8, 1))))


@pytest.fixture
def officer(indexes_first: Area) -> Actor:
    """A Front officer of all Lâm Đồng."""
    return holder(indexes_first.id)


def test_what_an_actor_reaches_is_a_range(officer: Actor) -> None:
    assert in_ranges(conditions(*officer.reach(record_type("patrol"))))


def test_what_an_actor_reaches_within_an_area_is_a_range_below_that_one(officer: Actor) -> None:
    found = conditions(*officer.reach(record_type("patrol"), today("22972").id))
    [walked] = [condition for condition in found if ">=" in condition]
    assert "path >= root.path" in walked


def test_what_a_phone_syncs_is_a_range(officer: Actor) -> None:
    assert in_ranges(asked(officer.streams))


def test_what_lies_above_is_looked_up_by_path(indexes_first: Area) -> None:
    actor = holder(today("22972").id)
    for found in (conditions(*actor.reach(record_type("area"))), asked(actor.streams)):
        assert any("= ANY" in condition for condition in found)


def test_moving_and_its_check_find_the_branch_by_range(indexes_first: Area) -> None:
    branches = json.dumps([{"old": "a.", "new": "b.", "parent_id": None, "tree": None}])
    moved = conditions(_MOVE, {"branches": branches, "on": dt.date(2026, 1, 1)})
    assert in_ranges(moved)
    assert in_ranges(conditions(_LAST_CHANGE, [["a."]]))


def test_an_actor_reaches_within_an_area_what_both_reach(officer: Actor) -> None:
    commune, other = today("22972").id, holder(today("22969").id)

    def found(actor: Actor, within: uuid.UUID) -> set[uuid.UUID]:
        return {area for (area,) in store.query(*actor.reach(record_type("patrol"), within))}

    whole = {area for (area,) in store.query(*holder(commune).reach(record_type("patrol")))}
    assert found(officer, commune) == whole != set()
    assert found(other, commune) == set()
