"""The ground every test stands on: a database of its own per worker on real Postgres, and a real S3."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import psycopg2
import pytest
from hypothesis import HealthCheck, settings

from embedded.postgres import API, OWNER, SUPERUSER
from embedded.processes import free_port
from embedded.s3 import GRPC, S3
from tests.chromium import chromium  # noqa: F401
from tests.environment import DATABASE, SERVERS, WORKER
from tests.pooler import pooler  # noqa: F401
from tests.servers import PostgresAddress

if TYPE_CHECKING:
    from tests.cast import Person
    from tests.client import CheckedClient

# A busy machine is slow to draw an example, and it says nothing about ours.
settings.register_profile("anthon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anthon")


def pytest_sessionstart(session: pytest.Session) -> None:
    if WORKER == "main":
        session.config.stash[_OVER] = SERVERS.watch()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Comes last in every case, Ctrl-C too."""
    if WORKER == "main" and _OVER in config.stash:
        SERVERS.end(config.stash[_OVER])


_OVER = pytest.StashKey[threading.Event]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flushing, as pytest-django does after a transactional test, needs the right to TRUNCATE, which is the owner's."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        if (mark and mark.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid}: real commits need the fixture clean_db, not transaction=True")


@pytest.fixture(scope="session")
def postgres() -> PostgresAddress:
    """The worker's own database, migrated."""
    SERVERS.clone_template(DATABASE)
    api, owner, superuser = (SERVERS.postgres.url(role, DATABASE) for role in (API, OWNER, SUPERUSER))
    return PostgresAddress(api=api, owner=owner, superuser=superuser)


@pytest.fixture(scope="session")
def django_db_setup(postgres: PostgresAddress) -> None:
    """In place of pytest-django's, which would create the database as the serving role."""


@pytest.fixture
def clean_db(postgres: PostgresAddress, django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Real commits on both aliases, seen by threads and processes; afterwards the tables are as migrated."""
    from django.db import connections

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield
        connections.close_all()
    _wipe(postgres.superuser)


def _wipe(url: str) -> None:
    """Empties the tables; sessions that a failed test left in a transaction are ended first."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        cursor.execute("SET LOCAL lock_timeout = '10s'; SELECT seed.wipe()")
    connection.close()


@pytest.fixture
def as_() -> Callable[[Person | None], CheckedClient]:
    """`as_(cast.lan)`: a client signed in as someone, None for a stranger; it checks every answer by the document."""
    from tests.client import signed_in

    return signed_in


@pytest.fixture(scope="session")
def s3() -> S3:
    """The run's S3 server, up, with the bucket that the settings name; keys should differ from test to test."""
    SERVERS.demand("s3")
    return SERVERS.s3


@pytest.fixture
def private_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """A server of this test's own, up, for `stop()` and `start()`; `private_s3.environment()` names it."""
    folder = SERVERS.folder / tmp_path_factory.mktemp("s3").name
    shared = SERVERS.s3
    server = S3(folder, free_port(companion=GRPC), shared.access_key, shared.secret_key, grace=0)
    server.start()
    yield server
    server.stop()
