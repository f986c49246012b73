"""What the tests of the checker share: real commits, read by a connection of its own."""

import pytest

from tests.cast import Cast, raise_cast


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()
