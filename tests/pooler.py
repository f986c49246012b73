"""pgbouncer in transaction mode over a single connection, so that everybody gets the one that others had."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from embedded.processes import LOOPBACK, free_port, wait_until
from tests.environment import DATABASE, SERVERS
from tests.servers import PostgresAddress

needs_pgbouncer = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer isn't installed")


@pytest.fixture
def pooler(postgres: PostgresAddress) -> Iterator[int]:
    """Its port."""
    program, port = shutil.which("pgbouncer") or "", free_port()
    api = psycopg2.extensions.parse_dsn(postgres.api)
    upstream = " ".join(f"{name}={api[name]}" for name in ("host", "port", "dbname", "user", "password"))
    folder = SERVERS.folder / f"pooler-{port}"
    folder.mkdir()
    folder.chmod(0o755)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{DATABASE} = {upstream}\n[pgbouncer]\nlisten_addr = {LOOPBACK}\nlisten_port = {port}\n"
        "unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 1\n"
        "ignore_startup_parameters = options, extra_float_digits\n"
    )
    settings.chmod(0o644)
    as_user = ["-u", "nobody"] if os.getuid() == 0 and pwd.getpwnam("nobody") else []
    process = subprocess.Popen([program, "-q", *as_user, str(settings)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), process=process, name="pgbouncer", log=folder / "none.log", patience=20)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    try:
        psycopg2.connect(host=LOOPBACK, port=port, dbname=DATABASE, user="anthon_api").close()
    except psycopg2.OperationalError:
        return False
    return True


@contextlib.contextmanager
def served_through(port: int, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Django's own connection leads through the pooler for a while."""
    from django.db import connection

    settings.KEEP_PLANS = False
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", LOOPBACK)
    monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
    try:
        yield
    finally:
        connection.close()
