"""The house that is measured: brought up by `./anthon up` in a data folder of its own, taken down afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from bench.cpu import spent
from embedded.house import House
from embedded.processes import LOOPBACK, free_port, spawn, stop

ROOT = Path(__file__).parent.parent
DATA = ROOT / ".anthon-bench"
EMPTY = "bench.empty"


@dataclass(frozen=True)
class Measured:
    """A house that is up, and the empty view beside it behind the same server."""

    house: House
    port: int
    empty_port: int
    pids: dict[str, int]

    @property
    def address(self) -> tuple[str, int]:
        return LOOPBACK, self.port

    @property
    def empty_address(self) -> tuple[str, int]:
        return LOOPBACK, self.empty_port

    def cpu(self) -> Callable[[], dict[str, float]]:
        """CPU seconds so far of server, Postgres and S3."""
        return spent({name: pid for name, pid in self.pids.items() if name in ("server", "postgres", "s3")})

    def connect(self, *, owner: bool = False) -> Any:
        """A connection of psycopg2's own, in autocommit; as the serving role unless `owner`."""
        environment = self.house.environment(owner=True)
        connection = psycopg2.connect(environment["DATABASE_OWNER_URL" if owner else "DATABASE_URL"])
        connection.autocommit = True
        return connection


@contextmanager
def up(data: Path) -> Iterator[Measured]:
    """Starts the house and the empty view; leaves a house running that ran before."""
    data = data.resolve()
    state = data / "state.json"
    was_up = _anthon("status", data, quiet=True) == 0
    if not was_up and _anthon("up", data, "--detach", "--port", str(free_port())):
        sys.exit(f"the house didn't come up: see ./anthon logs --data {data}")
    try:
        told = json.loads(state.read_text())
        port = int(told["base_url"].rpartition(":")[2])
        pids = {name: int(kept["pid"]) for name, kept in told["processes"].items()}
        house = House(data)
        _ready_django(house)
        empty_port = free_port()
        beside = _empty(house, pids["server"], empty_port)
        try:
            yield Measured(house, port, empty_port, pids)
        finally:
            stop(beside)
    finally:
        if not was_up:
            _anthon("down", data, quiet=True)


def _anthon(command: str, data: Path, *more: str, quiet: bool = False) -> int:
    argv = [sys.executable, str(ROOT / "anthon"), command, "--data", str(data), *more]
    return subprocess.run(argv, stdout=subprocess.DEVNULL if quiet else sys.stderr, check=False).returncode


def _ready_django(house: House) -> None:
    """Tokens, hashes and shapes are made by the house's own code with its own keys."""
    os.environ.update(house.environment(owner=True) | {"DJANGO_SETTINGS_MODULE": "api.settings"})
    import django

    django.setup()


def _empty(house: House, server: int, port: int) -> subprocess.Popen[bytes]:
    """The server's own command line with another application: the same server, workers, threads and interface."""
    argv = [part.decode() for part in Path(f"/proc/{server}/cmdline").read_bytes().split(b"\0")[:-1]]
    argv[argv.index("--port") + 1] = str(port)
    places = [place for place, part in enumerate(argv) if part.startswith("api.") and ":" in part]
    if not places:
        sys.exit(f"no application in the server's command line: {' '.join(argv)}")
    argv[places[0]] = f"{EMPTY}:application"
    environment = house.environment(owner=False) | {"DJANGO_SETTINGS_MODULE": EMPTY}
    process = spawn(argv, log=house.logs / "empty.log", cwd=ROOT, env=environment)
    _wait(process, port)
    return process


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    import http.client
    import time

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            line = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
            line.request("GET", "/")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    sys.exit("the empty view didn't start: see log/empty.log in the data folder")
