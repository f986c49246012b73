"""Changes of the trees that meet: one after the other, and the trees still agree with themselves."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.areas.reorganising import merge_areas
from accounts.areas.services import create_area, move_area
from accounts.areas.tree import label
from accounts.models import Area, AreaPlacement
from accounts.scoping import SystemActor
from api.problems import Problem
from tests.accounts.areas.test_changes import Country, commune, hamlet

pytestmark = pytest.mark.usefixtures("clean_db")
MARCH = dt.date(2026, 3, 1)


def at_once(*works: Callable[[], object]) -> list[str]:
    """Run these in threads of their own; the codes of what was refused."""
    refused: list[str] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except Problem as problem:
            refused.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def assert_paths_agree() -> None:
    """Every place of today is its parent's place and its own label; the parent is the record's."""
    parents = dict(Area.objects.filter(valid_to=None).values_list("id", "parent_id"))
    paths = dict(AreaPlacement.objects.filter(valid_to=None, tree="administrative").values_list("area_id", "path"))
    assert paths.keys() == parents.keys()
    for area, parent in parents.items():
        assert paths[area] == (paths[parent] if parent else "") + label(area)


def test_hamlets_made_while_their_commune_moves_move_along(server: SystemActor) -> None:
    country = Country(server)

    def make(number: int) -> Callable[[], object]:
        return lambda: create_area(actor=server, area=hamlet(f"Thôn {number}", country.a))

    moves = [lambda: move_area(actor=server, area_id=country.a, parent_id=country.there, on=MARCH)]
    assert at_once(*moves, *(make(number) for number in range(10, 16))) == []
    assert_paths_agree()
    assert Area.objects.filter(parent_id=country.a).count() == 8


def test_of_two_merges_of_one_commune_one_is_refused(server: SystemActor) -> None:
    country = Country(server)

    def merge(other: uuid.UUID, name: str) -> Callable[[], object]:
        into = commune(name, country.here)
        return lambda: merge_areas(actor=server, area_ids=[country.a, other], into=into, on=MARCH)

    third = create_area(actor=server, area=commune("Ba", country.here))
    assert at_once(merge(country.b, "Một"), merge(third, "Hai")) == ["invalid"]
    assert_paths_agree()


def test_of_two_equal_hamlets_one_is_refused(server: SystemActor) -> None:
    country = Country(server)
    makes = [lambda: create_area(actor=server, area=hamlet("Thôn 9", country.a))] * 4
    assert at_once(*makes) == ["invalid"] * 3
    assert_paths_agree()
