"""The archived log leads to any moment: what was acknowledged and archived is there after the machine is gone."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from embedded.archive import archived, history
from embedded.house import House
from embedded.postgres import SUPERUSER
from tests.operations.conftest import Home


def write(home: Home, first: int, count: int) -> dt.datetime:
    """So many commits, each acknowledged by itself; when the last one was."""
    with closing(psycopg2.connect(home.url())) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE TABLE IF NOT EXISTS trial (n int)")
        for n in range(first, first + count):
            cursor.execute("INSERT INTO trial VALUES (%s)", [n])
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone() or []
    return moment  # type: ignore[no-any-return]


def written(home: Home) -> list[int]:
    with closing(psycopg2.connect(home.url())) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM trial ORDER BY n")
        return [n for (n,) in cursor.fetchall()]


def wait_for_archive(home: Home) -> float:
    """Returns when the archiver has taken what is committed; the seconds that took."""
    began = time.monotonic()
    with closing(psycopg2.connect(home.url(SUPERUSER))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT pg_current_wal_flush_lsn()")
        [flushed] = cursor.fetchone() or []
        while time.monotonic() - began < 60:
            cursor.execute("SELECT bool_or(write_lsn >= %s) FROM pg_stat_replication", [flushed])
            if cursor.fetchone() == (True,):
                return time.monotonic() - began
            time.sleep(0.02)
    raise AssertionError("the archive doesn't follow")


def test_the_archived_log_leads_to_the_end_and_to_any_moment(home: Home, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    home.do("up", "--detach", "--port", str(home.port), "--archive", str(kept))
    write(home, 0, 10)
    home.do("backup", str(kept), "--base")
    moment = write(home, 10, 100)
    write(home, 110, 50)
    lag_s = wait_for_archive(home)

    home.kill_all()
    postgres = House(home.data).postgres
    assert postgres
    assert any(archived(kept, history(postgres)).iterdir())
    shutil.rmtree(postgres.data)

    began = time.monotonic()
    said = home.do("restore", str(kept), "--to-end", "--replace")
    took_s = time.monotonic() - began
    assert "epoch" in said
    home.do("up", "--detach", "--port", str(home.port), "--archive", str(kept))
    assert home.ready()
    assert written(home) == list(range(160))
    home.do("down")

    refused = home.run("restore", str(kept), "--to-time", moment.isoformat())
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    home.do("restore", str(kept), "--to-time", moment.isoformat(), "--replace")
    home.do("up", "--detach", "--port", str(home.port))
    assert written(home) == list(range(110))
    print(f"archived after {lag_s:.2f} s, recovered in {took_s:.1f} s")
