"""Who sees whole provinces reads a table in its own order; others ask area by area. The lists are the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.scoping import SessionActor
from api import listing
from tests.accounts.people.entered import cast_in_streams
from tests.cast import Cast, Person, add_area, add_team
from tests.client import signed_in

pytestmark = pytest.mark.django_db
LISTS = (
    "areas?", "areas?level=hamlet", "areas?q=thai", "areas?level=commune&q=hong", "teams?", "teams?status=dissolved",
    "teams?q=2", "memberships?", "memberships?role=leader", "memberships?since=2020-01-01&until=2099-01-01",
)  # fmt: skip


@pytest.fixture
def cast() -> Cast:
    """Beside the cast, a province that Sơn has nothing to do with, whose rows come first in every order."""
    cast = cast_in_streams()
    other = add_area("province", "province", "An Giang", None)
    for number in range(4):
        commune = add_area("commune", "commune", f"An Thái {number}", other)
        add_team(add_area("hamlet", "thon", f"An Thái {number}", commune), f"Tổ 2{number}")
    return cast


def pages(person: Person, asked: str, limit: int = 2) -> list[Any]:
    """A list to its end, a few rows at a time."""
    found: list[Any] = []
    cursor = ""
    while True:
        answer = signed_in(person).get(f"/v1/{asked}&limit={limit}{cursor}")
        assert answer.status_code == 200, answer.content
        told = json.loads(answer.content)
        found += told["items"]
        if told["next_cursor"] is None:
            return found
        cursor = f"&cursor={told['next_cursor']}"


@pytest.mark.parametrize("asked", LISTS)
def test_a_walk_finds_what_areas_one_by_one_do(asked: str, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = pages(cast.son, asked)
    monkeypatch.setattr(listing, "WALKED", 3)
    assert pages(cast.son, asked) == walked, "where the walk is too short, areas are asked"
    monkeypatch.setattr(SessionActor, "reaches_widely", lambda self, kind, area: None)
    assert pages(cast.son, asked) == walked == pages(cast.son, asked, limit=50)
    assert walked or "dissolved" in asked


def test_only_who_sees_whole_provinces_walks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[Any] = []
    before = listing._walked
    monkeypatch.setattr(listing, "_walked", lambda *of: walks.append(of) or before(*of))
    for person in (cast.lan, cast.minh):
        pages(person, "teams?", limit=50)
    assert not walks
    assert pages(cast.son, "teams?", limit=50) and len(walks) == 1
    pages(cast.son, f"teams?area={cast.hamlets[0]}", limit=50)
    assert len(walks) == 1, "an area that is asked for is read by its own index"
