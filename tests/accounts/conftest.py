"""What the tests of people share."""

import pytest

from tests.accounts.phone import Phone
from tests.cast import Cast, raise_cast


@pytest.fixture
def cast() -> Cast:
    return raise_cast()


@pytest.fixture
def phone() -> Phone:
    return Phone()
