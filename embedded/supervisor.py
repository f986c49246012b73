"""Keeps the processes of one house running: starts them in order, restarts what dies, stops all, tells the state."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded import archive
from embedded.house import House, write_private
from embedded.processes import LOOPBACK, end_session, identity, spawn, stop

ROOT = Path(__file__).resolve().parent.parent
LOG_LIMIT = 20_000_000  # bytes; a bigger log is set aside at the next start
PULSE = 0.05  # seconds between two looks at the processes
STEADY = 2  # seconds that a process must live for its next start not to be delayed
LONGEST_DELAY = 10  # seconds


@dataclass
class Service:
    """One process that should always run."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    how_to_stop: signal.Signals = signal.SIGTERM
    patience: float = 10
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _started: float = 0
    _delay: float = 0
    _next_start: float = 0

    def start(self) -> None:
        self.process = self.launch()
        self._started = time.monotonic()

    def look(self, say: Callable[[str], None]) -> bool:
        """Starts the process again if it has ended: at once, later and later if it keeps falling. True when it did."""
        if self.process and self.process.poll() is not None:
            end_session(self.process.pid)  # workers that outlived their master would hold its port
            steady = time.monotonic() - self._started > STEADY
            self._delay = 0 if steady else min(LONGEST_DELAY, self._delay * 2 or 0.25)
            self._next_start = time.monotonic() + self._delay
            now = time.strftime("%Y-%m-%d %H:%M:%S")
            say(f"{self.name:<12} {now} ended with code {self.process.returncode}; starting it again")
            self.process = None
        if self.process or time.monotonic() < self._next_start:
            return False
        self.restarts += 1
        self.start()
        return True

    def stop(self) -> None:
        if self.process:
            stop(self.process, how=self.how_to_stop, patience=self.patience)
            self.process = None


@dataclass
class Supervisor:
    """The one process that is the parent of all others of a house."""

    house: House
    port: int
    say: Callable[[str], None]
    services: list[Service] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def servers(self) -> list[Service]:
        """Postgres and S3, as far as they are ours."""
        found = []
        if postgres := self.house.postgres:
            found.append(Service("postgres", postgres.launch, signal.SIGINT, 20))
        if s3 := self.house.s3:
            found.append(Service("s3", s3.launch, signal.SIGTERM, s3.grace))
        return found

    def programs(self) -> list[Service]:
        """The server, the worker and the owner's process; only the last may know the owner's password."""
        manage = [sys.executable, str(ROOT / "manage.py")]
        server = [sys.executable, "-m", "api", "--bind", f"{LOOPBACK}:{self.port}"]
        archiver = [Service("archiver", self._launch_archiver)] if self.house.archive else []
        return [
            *archiver,
            Service("server", lambda: self._launch("server", server, owner=False)),
            Service("worker", lambda: self._launch("worker", [*manage, "worker"], owner=False)),
            Service("keeper", lambda: self._launch("keeper", [*manage, "keeper"], owner=True)),
        ]

    def _launch(self, name: str, argv: list[str], *, owner: bool) -> subprocess.Popen[bytes]:
        environment = self.house.environment(owner=owner)
        return spawn(argv, log=self.house.log(name), cwd=ROOT, env=environment, when_orphaned=signal.SIGTERM)

    def _launch_archiver(self) -> subprocess.Popen[bytes]:
        assert self.house.postgres
        assert self.house.archive
        return archive.launch(self.house.postgres, self.house.archive, log=self.house.log("archiver"))

    def begin(self, services: list[Service]) -> None:
        """Starts services without waiting for them; from now on they are looked after."""
        for service in services:
            set_aside(self.house.log(service.name))
            service.start()
        self.services += services
        self.write_state(ready=False)

    def watch(self) -> None:
        """Looks after the processes until told to end."""
        while not self.over.wait(PULSE):
            started = [service.look(self.say) for service in self.services]
            if any(started):
                self.write_state(ready=True)

    def end(self) -> None:
        """Stops the programs, then the servers that they need; each group at once."""
        backwards = self.services[::-1]
        for group in ([s for s in backwards if s.name not in {"postgres", "s3"}], backwards):
            threads = [threading.Thread(target=service.stop) for service in group]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.house.state_file.unlink(missing_ok=True)

    def write_state(self, *, ready: bool) -> None:
        """For `status`, and for a later start that must clear away what a killed one left."""
        processes = {
            each.name: written_down(each.process.pid) | {"restarts": each.restarts}
            for each in self.services
            if each.process
        }
        own = written_down(os.getpid())
        state = {"base_url": self.base_url, "ready": ready, "supervisor": own, "processes": processes}
        write_private(self.house.state_file, json.dumps(state, indent=1))


def clear_leftovers(house: House) -> None:
    """Ends the processes of a supervisor that was killed; call it only while holding the house's lock."""
    if house.state_file.exists():
        processes = json.loads(house.state_file.read_text())["processes"]
        for name, kept in processes.items():
            if is_running(kept):
                signal_quietly(kept["pid"], signal.SIGINT if name == "postgres" else signal.SIGTERM)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(map(is_running, processes.values())):
            time.sleep(PULSE)
        for kept in processes.values():
            # A number that now belongs to another process is left alone; one that belongs to none may still name
            # a group of orphans.
            if is_running(kept) or identity(kept["pid"]) is None:
                end_session(kept["pid"])
        house.state_file.unlink()
    if house.postgres:
        house.postgres.clear_stale_pid()


@contextmanager
def servers(house: House, *, postgres: bool = True) -> Iterator[None]:
    """The house's own servers up for a while, without its programs; call it only while holding the house's lock."""
    clear_leftovers(house)
    house.renew_ports()
    wanted = [server for server in (house.postgres if postgres else None, house.s3) if server]
    try:
        for server in wanted:
            server.launch()
        for server in wanted:
            server.wait()
        yield
    finally:
        for each in (house.postgres, house.s3):
            if each:
                each.stop()


def written_down(pid: int) -> dict[str, Any]:
    return {"pid": pid, "began": identity(pid)}


def is_running(kept: dict[str, Any]) -> bool:
    """Whether the very process that was written down still lives."""
    return kept["began"] is not None and identity(kept["pid"]) == kept["began"]


def signal_quietly(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def set_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".1.log"))
