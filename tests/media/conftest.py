"""What the tests of media share."""

import socket
from collections.abc import Iterator

import pytest

from tests.media.people import Village, settle


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def village(clean_db: None) -> Village:
    return settle()
