"""The house that is measured: brought up by `./anthon up` in a data folder of its own, taken down afterwards."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg2

from bench.cpu import spent
from embedded.house import SERVER_VARIABLES, House
from embedded.processes import LOOPBACK, free_port, spawn, status_of, stop, wait_until
from embedded.supervisor import ROOT

DATA = ROOT / ".anthon-bench"
EMPTY = "bench.empty"


@dataclass(frozen=True)
class Measured:
    """A house that is up, and the empty view beside it behind the same server, twice: with and without our front."""

    house: House
    port: int
    plain_port: int
    front_port: int
    pids: dict[str, int]

    @property
    def address(self) -> tuple[str, int]:
        return LOOPBACK, self.port

    @property
    def plain_address(self) -> tuple[str, int]:
        """An empty view of Django behind granian, as anybody would start it."""
        return LOOPBACK, self.plain_port

    @property
    def front_address(self) -> tuple[str, int]:
        """The same behind our own front."""
        return LOOPBACK, self.front_port

    def cpu(self, server: str = "server") -> Callable[[], dict[str, float]]:
        """CPU seconds so far of a server, Postgres and S3."""
        return spent({"server": self.pids[server], "postgres": self.pids["postgres"], "s3": self.pids["s3"]})

    def connect(self, *, owner: bool = False) -> Any:
        """A connection of psycopg2's own, in autocommit; as the serving role unless `owner`."""
        environment = self.house.environment(owner=True)
        connection = psycopg2.connect(environment["DATABASE_OWNER_URL" if owner else "DATABASE_URL"])
        connection.autocommit = True
        return connection


@contextmanager
def up(data: Path, say: Callable[[str], None]) -> Iterator[Measured]:
    """Starts the house, with the code as it stands, and the empty view beside it; takes both down in the end."""
    # A seed begins by emptying tables: servers that the caller's environment names are never touched.
    for name in SERVER_VARIABLES:
        os.environ.pop(name, None)
    with alone(data):
        _anthon("down", data)
        if _anthon("up", data, "--detach", "--port", str(free_port())):
            sys.exit(f"the house didn't come up: see ./anthon logs --data {data}")
        try:
            told = json.loads((data / "state.json").read_text())
            port = int(told["base_url"].rpartition(":")[2])
            pids = {name: int(kept["pid"]) for name, kept in told["processes"].items()}
            house = House(data)
            ready_django(house)
            ports = free_port(), free_port()
            beside = [
                _empty(house, pids["server"], port, plain=plain)
                for port, plain in zip(ports, (True, False), strict=True)
            ]
            say(f"house: {' '.join(_command(pids['server'])[2:])}")
            pids["front"] = beside[1].pid
            try:
                yield Measured(house, port, ports[0], ports[1], pids)
            finally:
                for process in beside:
                    stop(process)
        finally:
            _anthon("down", data)


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Holds the folder: two measurements in one house would measure each other."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "bench.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another bench runs in {data}: wait for it, or take another folder by --data")
        yield


def _anthon(command: str, data: Path, *more: str) -> int:
    argv = [sys.executable, str(ROOT / "anthon"), command, "--data", str(data), *more]
    environment = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    return subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, check=False).returncode


def ready_django(house: House) -> None:
    """Tokens, hashes and shapes are made by the house's own code with its own keys."""
    os.environ.update(house.environment(owner=True) | {"DJANGO_SETTINGS_MODULE": "api.settings"})
    import django

    django.setup(set_prefix=False)
    from django.db import connection

    connection.ensure_connection()


def _command(pid: int) -> list[str]:
    return [part.decode() for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]


def _empty(house: House, server: int, port: int, *, plain: bool) -> subprocess.Popen[bytes]:
    """The empty view behind the same server: through our front by its own command line, or `plain`, without it."""
    argv = _command(server)
    if plain:
        options = {"--workers": "2", "--threads": "8"} | dict(pairwise(argv))
        argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port)]
        argv += ["--workers", options["--workers"], "--blocking-threads", options["--threads"], "--http", "1"]
        argv += ["--no-ws", f"{EMPTY}:plain"]
    else:
        argv[argv.index("--bind") + 1] = f"{LOOPBACK}:{port}"
        argv.append(f"{EMPTY}:application")
    environment = house.environment(owner=False) | {"DJANGO_SETTINGS_MODULE": EMPTY}
    log = house.logs / "empty.log"
    process = spawn(argv, log=log, cwd=ROOT, env=environment, when_orphaned=signal.SIGTERM)
    wait_until(lambda: status_of(port, "/") == 200, process=process, name="the empty view", log=log, patience=30)
    return process
