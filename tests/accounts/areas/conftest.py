"""What the tests of areas share: the gazetteer, and the two provinces of the press report loaded from it."""

import functools

import pytest

from accounts.areas.gazetteer import Gazetteer, read_gazetteer
from accounts.areas.loading import carry_out, prepare_load
from accounts.areas.rows import Loader
from accounts.models import Area
from accounts.scoping import SystemActor


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
