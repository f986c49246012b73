"""The cast with its teams and memberships in their streams, as services find them."""

import pytest

from tests.accounts.people.entered import cast_in_streams
from tests.cast import Cast


@pytest.fixture
def cast() -> Cast:
    return cast_in_streams()
