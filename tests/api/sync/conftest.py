"""What the tests of sync share."""

import pytest

from tests.api.sync.talk import lamp, one, put
from tests.cast import Cast, raise_cast


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """Everyone and every place, in whichever database the test stands on."""
    request.getfixturevalue("db" if request.node.get_closest_marker("django_db") else "clean_db")
    return raise_cast()


@pytest.fixture
def lit(cast: Cast) -> str:
    """The id of a lamp that Lan made: version 1."""
    made = put(lamp(cast))
    assert one(cast.lan, made)["status"] == "applied"
    return str(made["id"])
