"""What the tests of concurrency share: real commits, seen by every thread and process."""

import pytest

from tests.cast import Cast, raise_cast


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()
