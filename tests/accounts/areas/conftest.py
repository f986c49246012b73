"""What the tests of areas share: the gazetteer, Lâm Đồng loaded from it, and what hangs where for whoever asks."""

import datetime as dt
import functools
import uuid

import pytest
from django.db.models import Q

from accounts.areas.gazetteer import Gazetteer, read_gazetteer
from accounts.areas.loading import carry_out, prepare_load
from accounts.areas.rows import Loader
from accounts.areas.tree import AreaTree, label, subtree
from accounts.models import Area, AreaPlacement, User
from accounts.scoping import SystemActor
from api.actors import Actor
from api.localtime import local_day, now
from api.records import record_type
from api.sync import store
from tests.accounts.areas.country import Country
from tests.cast import add_grant, add_person


@functools.cache
def whole_gazetteer() -> Gazetteer:
    """Read once a process."""
    return read_gazetteer()


@pytest.fixture
def gazetteer() -> Gazetteer:
    return whole_gazetteer()


@pytest.fixture
def server() -> SystemActor:
    """The server itself, who may change every area."""
    return SystemActor(reason="tests")


@pytest.fixture
def country(server: SystemActor) -> Country:
    return Country(server)


@pytest.fixture
def lam_dong(db: None) -> Area:
    """Lâm Đồng of today, loaded with its 124 communes and all that became it; Bình Thuận is one third of it."""
    carry_out(prepare_load(whole_gazetteer().only("68")), actor=Loader(reason="tests"))
    return today("68", "province")


def today(code: str, level: str = "commune") -> Area:
    """The area that has this code now."""
    return Area.objects.get(code=code, level=level, valid_to=None)


def former(code: str, level: str = "commune") -> Area:
    """The area that had this code until the reform and ended then."""
    return Area.objects.get(code=code, level=level, valid_to__isnull=False)


def holder(area_id: uuid.UUID) -> Actor:
    """A Front officer of this area, as the server sees them at this moment."""
    person = add_person("minh", User.objects.count())
    add_grant(person, "front_officer", area_id)
    return person.actor()


def reached(area_id: uuid.UUID) -> set[uuid.UUID]:
    """What a right over the area reaches beside it: lists, single records and pull must agree."""
    actor = holder(area_id)
    found = {area for (area,) in store.query(*actor.reach(record_type("patrol")))}
    assert found == {view.area_id for view in actor.streams() if view.own}
    assert found == set(actor.standing(Area.objects.values_list("id", flat=True)))
    return found - {area_id}


def below(area_id: uuid.UUID, on: dt.date | None = None) -> set[uuid.UUID]:
    """What hangs below the area on a day, today unless told."""
    return set(subtree(area_id, on or local_day(now()))) - {area_id}


def above(area_id: uuid.UUID, on: dt.date | None = None) -> list[uuid.UUID]:
    """What the area hung below on a day from the root down, from parent to parent; paths must say the same.

    Today, unless a day is told, it must also be what those of the area sync from above.
    """
    chain, place = [], _place(area_id, on)
    while place.parent_id is not None:
        over = _place(place.parent_id, on)
        assert place.path == over.path + label(place.area_id)
        chain, place = [over.area_id, *chain], over
    if on is None:
        assert set(chain) == {view.area_id for view in holder(area_id).streams() if not view.own}
    return chain


def _place(area_id: uuid.UUID, on: dt.date | None) -> AreaPlacement:
    day = on or local_day(now())
    begun, open_still = Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day)
    return AreaPlacement.objects.get(begun, open_still, area_id=area_id, tree=AreaTree.ADMINISTRATIVE)
