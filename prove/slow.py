"""Hundreds of clients on the worst of lines, and what the others notice of them.

Half of the slow ones send a body of a megabyte at so many bytes a second, half ask for a large answer and read it at
that rate. Beside them others work at a fixed, modest rate: empty pulls and reads. Their times are taken from the moment
a request was due, so that a server that stands still can't hide it. Idle and attacked phases take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from multiprocessing.synchronize import Event
from typing import Any

from bench.cpu import megabytes, spent
from bench.load import percentile
from bench.results import keep
from prove.own_house import OwnHouse, own_house

BAR = 2.0
PHASES = 3
"""So many pairs of an idle and an attacked phase."""
OTHERS = 8
REQUESTS_PER_S = 40.0
RAMP_S = 2.0
PATIENCE_S = 30.0
SMALL_BUFFER = 4096

SENDER = (
    b"POST /v1/sync/push HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000000\r\n\r\n"
)
READER = b"GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


def register(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--clients", type=int, default=500, metavar="N", help="slow ones (default: 500)")
    parser.add_argument("--rate", type=int, default=1024, metavar="B", help="bytes a second for each (default: 1024)")
    parser.add_argument("--seconds", type=float, default=60, metavar="S", help="under attack, and idle (default: 60)")


def run(arguments: argparse.Namespace) -> int:
    """Play it; 1 if the others' p99 rose to the bar or any of them failed."""
    with own_house(arguments.data) as house:
        requests = _requests(house)
        attack = Attack(house.port, clients=arguments.clients, rate=arguments.rate)
        idle, attacked = compare(house.port, requests, attack, seconds=arguments.seconds, watch=lambda: _usage(house))
        result = {
            "clients": arguments.clients,
            "bytes_per_s": arguments.rate,
            "requests_per_s": REQUESTS_PER_S,
            "idle": idle.told(),
            "attacked": attacked.told(),
            "factor_p99": round(attacked.percentile(0.99) / idle.percentile(0.99), 2),
        }
    for name, times in (("idle", idle), ("attacked", attacked)):
        print(f"{name:9} {times.told()}")
    print(f"p99 of the others: {result['factor_p99']} times idle; the bar is under {BAR:g}", flush=True)
    if arguments.keep:
        keep("slow", result)
    return 1 if attacked.percentile(0.99) >= BAR * idle.percentile(0.99) or idle.failed or attacked.failed else 0


@dataclass
class Times:
    """How long the others waited."""

    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    memory_mb: int = 0
    cpu_s: float = 0.0

    def percentile(self, part: float) -> float:
        """By nearest rank, in milliseconds."""
        return percentile(self.took, part) * 1000

    def told(self) -> dict[str, Any]:
        """As it is printed and kept."""
        figures = {"p50_ms": self.percentile(0.5), "p99_ms": self.percentile(0.99), "most_ms": self.percentile(1)}
        mean = statistics.fmean(self.took) * 1000 if self.took else 0.0
        rounded = {name: round(value, 1) for name, value in (figures | {"mean_ms": mean}).items()}
        server = {"server_cpu_s": round(self.cpu_s, 1), "server_memory_mb": self.memory_mb}
        asked = {"requests": len(self.took), "failed": len(self.failed), "failures": sorted(set(self.failed))}
        return rounded | asked | server


def compare(
    port: int,
    requests: Sequence[tuple[str, dict[str, str]]],
    attack: Attack,
    *,
    seconds: float,
    watch: Callable[[], tuple[float, int]] = lambda: (0.0, 0),
) -> tuple[Times, Times]:
    """The others' times in idle phases and in attacked ones, which take turns."""
    idle, attacked = Times(), Times()

    def phase(times: Times) -> None:
        before, _ = watch()
        work(port, requests, seconds / PHASES, times)
        after, memory_mb = watch()
        times.cpu_s += after - before
        times.memory_mb = max(times.memory_mb, memory_mb)

    work(port, requests, 2.0, Times())
    for _ in range(PHASES):
        phase(idle)
        with attack.going_on():
            phase(attacked)
        time.sleep(1)
    return idle, attacked


def work(port: int, requests: Sequence[tuple[str, dict[str, str]]], seconds: float, times: Times) -> None:
    """The others at their rate, each on a connection of its own, the requests in turn."""
    start = time.monotonic() + 0.1
    step = OTHERS / REQUESTS_PER_S

    def one(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        due, turn = start + number * step / OTHERS, number
        while due < start + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            path, headers = requests[turn % len(requests)]
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status not in (200, 304):
                    times.failed.append(str(answer.status))
            except (OSError, HTTPException) as error:
                times.failed.append(type(error).__name__)
                connection.close()
            times.took.append(time.monotonic() - due)
            due, turn = due + step, turn + 1
        connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(OTHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass(frozen=True)
class Attack:
    """The slow ones, in a process of their own; whoever is cut off or done begins again."""

    port: int
    clients: int
    rate: int
    sender: bytes = SENDER
    reader: bytes = READER

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """While this holds, all of them are at it."""
        spawn = multiprocessing.get_context("spawn")
        all_there = spawn.Event()
        process = spawn.Process(target=self.play, args=(all_there,), daemon=True)
        process.start()
        try:
            if not all_there.wait(PATIENCE_S):
                raise RuntimeError("the slow clients didn't come up")
            time.sleep(1)
            yield
        finally:
            process.terminate()
            process.join()

    def play(self, all_there: Event) -> None:
        """Each client has its turn once a second, spread evenly; they come within two."""
        slow = [_Slow(self, sends=number % 2 == 0) for number in range(self.clients)]
        due = time.monotonic()
        step = RAMP_S / self.clients
        while True:
            for each in slow:
                due += step
                time.sleep(max(0.0, due - time.monotonic()))
                each.go_on()
            all_there.set()
            step = 1 / self.clients


class _Slow:
    """One client on a bad line."""

    def __init__(self, attack: Attack, *, sends: bool) -> None:
        self.attack, self.sends = attack, sends
        self.sock: socket.socket | None = None

    def go_on(self) -> None:
        try:
            if self.sock is None:
                self.sock = self._begin()
            elif self.sends:
                if self._is_answered():
                    raise ConnectionError
                self.sock.send(b" " * self.attack.rate)
            elif not self.sock.recv(self.attack.rate):
                raise ConnectionError
        except BlockingIOError:
            pass
        except OSError:
            if self.sock is not None:
                self.sock.close()
            self.sock = None

    def _begin(self) -> socket.socket:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        sock.settimeout(5)
        sock.connect(("127.0.0.1", self.attack.port))
        sock.sendall(self.attack.sender if self.sends else self.attack.reader)
        sock.setblocking(False)
        return sock

    def _is_answered(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)  # type: ignore[arg-type]
            return bool(selector.select(0))


def _requests(house: OwnHouse) -> list[tuple[str, dict[str, str]]]:
    """Empty pulls and reads of one person who is signed in."""
    import json
    import uuid

    from prove.people import crew

    [person] = crew(1)
    line = HTTPConnection("127.0.0.1", house.port, timeout=PATIENCE_S)

    def ask(method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> dict[str, Any]:
        line.request(method, path, json.dumps(body) if body else None, headers)
        answer = line.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"{path}: {told}")
        return told

    device = {"id": str(uuid.uuid4())}
    asked = {"phone": person.phone, "password": person.password, "device": device}
    tokens = ask("POST", "/v1/auth/token", {"Content-Type": "application/json"}, asked)
    signed = {"Authorization": f"Bearer {tokens['access']}"}
    page = ask("GET", "/v1/sync/pull", signed)
    while page["has_more"]:
        page = ask("GET", f"/v1/sync/pull?cursor={page['cursor']}", signed)
    line.close()
    return [(f"/v1/sync/pull?cursor={page['cursor']}", signed), ("/v1/me", signed)]


def _usage(house: OwnHouse) -> tuple[float, int]:
    """CPU seconds so far of the server and its processes, and the megabytes that they hold."""
    server = house.pid("server")
    assert server, "the server is down"
    return spent({"server": server})()["server"], megabytes(server)
