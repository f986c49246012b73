"""Lists come from the replica only when it has all that was committed before; else from the primary, and right."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection, connections

from api import replicas
from backup.programs import run
from embedded.postgres import SUPERUSER, TEST_SETTINGS, Postgres
from embedded.processes import free_port, own
from tests.environment import DATABASE, SERVERS
from tests.servers import PostgresAddress

USER = "0190aaaa-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def standby(postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A streaming replica of the run's server."""
    primary = SERVERS.postgres
    folder = SERVERS.folder / tmp_path_factory.mktemp("standby").name
    replica = Postgres(folder, free_port(), primary.passwords, (*TEST_SETTINGS, "hot_standby=on"))
    run("pg_basebackup", "-D", str(replica.data), "-R", "--checkpoint=fast", url=primary.url(SUPERUSER, "postgres"))
    for path in (folder, *folder.rglob("*")):
        own(path)
    replica.start()
    yield replica
    replica.stop()


@pytest.fixture
def replica(clean_db: None, standby: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """The replica as Django's alias, with what this process remembers of it forgotten."""
    settings = connections.databases["default"] | {"PORT": str(standby.port), "NAME": DATABASE}
    connections.databases["replica"] = settings
    monkeypatch.setattr(replicas, "_away_until", 0.0)
    monkeypatch.setattr(replicas, "_behind_until", 0.0)
    yield standby
    connections["replica"].close()
    del connections.databases["replica"]
    del connections["replica"]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who answered each list."""
    told: list[str] = []
    monkeypatch.setattr(replicas.metrics, "listed", told.append)
    return told


def note(number: int, *, durable: str = "on") -> None:
    """A commit of the serving role; the tests' server doesn't wait for the disk unless it is told to."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit = {durable}")
        cursor.execute(
            "INSERT INTO outbox (id, topic, key, payload, due_at, asked, attempts, last_error)"
            " VALUES (gen_random_uuid(), 'replica', %s, '{}', now(), 1, 0, '')",
            [str(number)],
        )


def notes() -> int:
    [[count]] = replicas.ask("SELECT count(*) FROM outbox WHERE topic = %s", ["replica"])
    return int(count)


def test_every_list_has_what_was_committed_before_it(replica: Postgres, answered: list[str]) -> None:
    for number in range(30):
        note(number)
        assert notes() == number + 1
    assert answered.count("replica") >= 15


def test_commits_that_did_not_wait_for_the_disk_are_seen_too(replica: Postgres) -> None:
    for number in range(10):
        note(number, durable="off")
        assert notes() == number + 1


def test_a_paused_replica_is_not_believed(replica: Postgres, answered: list[str]) -> None:
    note(0)
    assert notes() == 1
    replica.query("SELECT pg_wal_replay_pause()")
    try:
        note(1)
        began = time.monotonic()
        assert notes() == 2
        assert notes() == 2
        assert time.monotonic() - began < 2
        assert answered[-2:] == ["primary_replica_behind"] * 2
    finally:
        replica.query("SELECT pg_wal_replay_resume()")


def test_a_replica_that_went_away_is_not_missed(replica: Postgres, answered: list[str]) -> None:
    note(0)
    assert notes() == 1
    replica.stop()
    try:
        note(1)
        assert notes() == 2
        assert notes() == 2
        assert answered[-1] == "primary_replica_away"
        assert len(answered) == 2  # for some seconds nobody tries
    finally:
        replica.start()


def test_who_acts_is_known_on_the_replica(replica: Postgres, answered: list[str]) -> None:
    class Somebody:
        def row_security(self) -> tuple[str, list[str]]:
            return "SELECT set_config('anthon.user', %s, true)", [USER]

    note(0)
    deadline = time.monotonic() + 10
    while not answered or answered[-1] != "replica":
        found = replicas.ask("SELECT current_setting('anthon.user', true)", [], as_actor=Somebody())  # type: ignore[arg-type]
        assert found == [(USER,)]
        assert time.monotonic() < deadline
    assert replicas.ask("SELECT coalesce(current_setting('anthon.user', true), '')", []) == [("",)]
