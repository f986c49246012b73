"""A migration behind a lock lets the requests through, comes back, and wins or fails cleanly."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.environment import SERVERS
from tests.servers import ROOT

DATABASE = f"anthon_migrate_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
# What a migration of ours does here: taken back and applied again, it needs the locks of tables.
UNDO = ["migrate", "observations", "zero", "--verbosity", "0"]


@pytest.fixture
def urls() -> Iterator[tuple[str, str]]:
    """A database of this test's own, as owner and as the serving role."""
    SERVERS.clone_template(DATABASE)
    yield SERVERS.postgres.url("anthon_owner", DATABASE), SERVERS.postgres.url("anthon_api", DATABASE)
    SERVERS.postgres.query(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


def migrate(owner: str, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"DATABASE_URL": owner, "DATABASE_OWNER_URL": owner}
    command = [sys.executable, "manage.py", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def assert_done(migration: subprocess.Popen[str]) -> None:
    said = migration.communicate(timeout=120)
    assert migration.returncode == 0, said


@contextmanager
def a_long_reader(owner: str) -> Iterator[None]:
    """Someone whose transaction holds a lock on the table."""
    with closing(psycopg2.connect(owner)) as reader, reader.cursor() as cursor:
        cursor.execute("LOCK TABLE observation IN ACCESS SHARE MODE")
        yield


def waits_for_a_lock(owner: str) -> bool:
    with closing(psycopg2.connect(owner)) as looker, looker.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'observation'::regclass")
        return cursor.fetchone() != (0,)


def exists(owner: str) -> bool:
    with closing(psycopg2.connect(owner)) as looker, looker.cursor() as cursor:
        cursor.execute("SELECT to_regclass('observation') IS NOT NULL")
        return cursor.fetchone() == (True,)


def test_it_lets_others_through_and_wins_when_the_lock_is_free(urls: tuple[str, str]) -> None:
    owner, api = urls
    with a_long_reader(owner):
        migration = migrate(owner, *UNDO)
        while not waits_for_a_lock(owner):
            assert migration.poll() is None, migration.communicate()
            time.sleep(0.05)
        began = time.monotonic()
        with closing(psycopg2.connect(api)) as server, server.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM observation")  # a request that came behind the migration
        assert time.monotonic() - began < 8
    assert_done(migration)
    assert not exists(owner)
    assert_done(migrate(owner, "migrate", "--verbosity", "0"))
    assert exists(owner)


def test_it_fails_cleanly_when_the_lock_is_never_free(urls: tuple[str, str]) -> None:
    owner, _ = urls
    with a_long_reader(owner):
        migration = migrate(owner, *UNDO, "--tries", "2")
        _, said = migration.communicate(timeout=120)
        assert migration.returncode == 1
        assert "trying again" in said
        assert "run migrate again" in said
        assert exists(owner)


def test_two_at_once_do_it_once(urls: tuple[str, str]) -> None:
    owner, _ = urls
    both = [migrate(owner, *UNDO) for _ in range(2)]
    for each in both:
        assert_done(each)
    assert not exists(owner)
