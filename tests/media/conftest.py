"""What the tests of media share."""

import socket
from collections.abc import Iterator

import pytest

from tests.cast import Cast, raise_cast


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()
