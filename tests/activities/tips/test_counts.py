"""Counts of tips: nothing under five, nor what would give it away, however answers are set off against one another."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.tips.counts import UNDER, published
from tests.cast import Cast, raise_cast
from tests.client import signed_in

UNITS = [uuid.UUID(int=number) for number in range(1, 6)]
FIGURES = st.dictionaries(
    st.tuples(st.sampled_from(["drugs", "theft", "fraud"]), st.sampled_from(UNITS)), st.integers(1, 12), max_size=15
)


@settings(max_examples=100)
@given(FIGURES)
def test_what_is_missing_makes_five_together_or_nothing(figures: dict[tuple[str, uuid.UUID], int]) -> None:
    told = {(unit, category): tips for unit, category, tips in published(figures)}
    assert all(tips >= UNDER for tips in told.values())
    true: dict[tuple[uuid.UUID | None, str | None], int] = defaultdict(int)
    children: dict[tuple[uuid.UUID | None, str | None], set[Any]] = defaultdict(set)
    for (category, unit), tips in figures.items():
        for node in ((None, None), (None, category), (unit, category)):
            true[node] += tips
        children[None, None].add((None, category))
        children[None, category].add((unit, category))
    assert all(true[node] == tips for node, tips in told.items()), "what is told is right"
    for parent, below in children.items():
        if parent in told:
            missing = sum(true[child] for child in below if child not in told)
            assert missing == 0 or missing >= UNDER
        else:
            assert not below & told.keys(), "nothing is told below what isn't"


def test_a_figure_that_is_large_enough_alone_is_told() -> None:
    told = set(published({("drugs", UNITS[0]): 7}))
    assert told == {(None, None, 7), (None, "drugs", 7), (UNITS[0], "drugs", 7)}


@pytest.fixture
def cast(clean_db: None) -> Cast:
    """In October: nine tips on drugs in the first commune, seven in the second; three on theft in the first."""
    cast = raise_cast()
    first, second = cast.communes
    with connections["owner"].cursor() as cursor:
        for unit, category, tips in ((first, "drugs", 9), (second, "drugs", 7), (first, "theft", 3)):
            cursor.execute(
                "INSERT INTO tip (id, area_id, unit_id, hour, category, text, urgency, channel, receipt_hash,"
                " content_hash, mixed, status, overdue_told) SELECT gen_random_uuid(), %(unit)s, %(unit)s,"
                " '2026-10-31T16:00:00Z', %(category)s, 'x', 'normal', 'app', gen_random_uuid(), '', true, 'new', true"
                " FROM generate_series(1, %(tips)s)",
                {"unit": unit, "category": category, "tips": tips},
            )
    return cast


def test_everybody_gets_what_lies_in_their_areas_of_one_and_the_same_tree(cast: Cast) -> None:
    """Theft is under five, so the next smallest category goes with it: of 19 tips no more is told than that."""

    def told(who: Any, **query: str) -> list[tuple[str, str | None, int]]:
        answer = signed_in(who).get("/v1/tips/counts", {"month": "2026-10"} | query)
        assert answer.status_code == 200, answer.content
        return [(each["area_id"], each["category"], each["count"]) for each in answer.json()["items"]]

    assert told(cast.hoa) == [(str(cast.province), None, 19)]
    assert told(cast.minh) == told(cast.dung) == told(cast.hoa, area=str(cast.communes[0])) == []
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE tip SET category = 'drugs'")
    communes = sorted([(str(cast.communes[0]), "drugs", 12), (str(cast.communes[1]), "drugs", 7)])
    assert sorted(told(cast.hoa), key=str) == sorted(
        [(str(cast.province), None, 19), (str(cast.province), "drugs", 19), *communes], key=str
    )
    assert told(cast.minh) == told(cast.hoa, area=str(cast.communes[0])) == [(str(cast.communes[0]), "drugs", 12)]


def test_only_who_counts_and_only_months_that_are_over(cast: Cast) -> None:
    for who, status in ((cast.lan, 403), (cast.son, 403), (cast.khach, 403), (cast.minh, 200)):
        assert signed_in(who).get("/v1/tips/counts", {"month": "2026-10"}).status_code == status
    assert (
        signed_in(cast.minh).get("/v1/tips/counts", {"month": "2026-10", "area": str(cast.communes[1])}).status_code
        == 404
    )
    for month in ("2026-13", "2026-1", "9999-12", "2026-10-01", "x", ""):
        assert signed_in(cast.hoa).get("/v1/tips/counts", {"month": month}).status_code == 400
    assert signed_in(cast.hoa).get("/v1/tips/counts").status_code == 400
