"""A load generator that costs little: one process, raw sockets, epoll, requests that are bytes already.

Server, database and load share the machine: what this spends is missing there, so `Load.own_s` says how much it was.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

CHUNK = 1 << 18
PATIENCE_S = 20.0
NOT_MODIFIED, NO_CONTENT = 304, 204


class Talk:
    """What one connection says: the next request, and what it learns from an answer.

    `reads`: whether the body of the next answer is wanted; else it is only counted.
    """

    expected = 200
    reads = False

    def request(self) -> bytes:
        """The next request, whole."""
        raise NotImplementedError

    def answered(self, body: bytes) -> str | None:
        """Takes a body that was wanted; returns what is wrong with it."""


class Repeat(Talk):
    """The same requests in turn. The first answer is read and checked, the others by their status alone."""

    def __init__(
        self, requests: Sequence[bytes], expected: int = 200, check: Callable[[bytes], str | None] | None = None
    ) -> None:
        self.requests, self.expected, self.check = requests, expected, check
        self.reads = check is not None
        self.turn = 0

    def request(self) -> bytes:
        self.turn += 1
        return self.requests[self.turn % len(self.requests)]

    def answered(self, body: bytes) -> str | None:
        self.reads = False
        return self.check(body) if self.check else None


class Once(Talk):
    """A single request, its answer checked by `check` if there is one."""

    def __init__(self, whole: bytes, expected: int = 200, check: Callable[[bytes], str | None] | None = None) -> None:
        self.whole, self.expected, self.check = whole, expected, check
        self.reads = check is not None

    def request(self) -> bytes:
        return self.whole

    def answered(self, body: bytes) -> str | None:
        return self.check(body) if self.check else None


class Arrival(NamedTuple):
    """A request that comes at a moment, whatever else is under way."""

    at: float
    name: str
    talk: Once


@dataclass
class Load:
    """What was measured between two moments."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    received: int = 0
    own_s: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, part: float) -> float:
        """The time in which this part of the requests was answered, in milliseconds."""
        return percentile(self.times, part) * 1000

    def per_request_ms(self, cpu_s: float) -> float:
        """CPU seconds of the whole as milliseconds a request."""
        return cpu_s * 1000 / len(self.times) if self.times else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """By nearest rank; 0 of nothing."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else 0.0


class _Line:
    """One connection and where it stands: what is left to send, how much of the answer is still to come."""

    def __init__(self, address: tuple[str, int], talk: Talk) -> None:
        self.address, self.talk = address, talk
        self.sock = self._connect()
        self.unsent = memoryview(b"")
        self.busy = False

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(self.address, PATIENCE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        return sock

    def send(self) -> bool:
        """Begins the next request; False if some of it has to wait."""
        self.head = bytearray()
        self.kept: list[bytes] = []
        self.left = -1
        self.status = 0
        self.busy = True
        self.began = time.perf_counter()
        self.unsent = memoryview(self.talk.request())
        return self.flush()

    def flush(self) -> bool:
        try:
            while self.unsent:
                self.unsent = self.unsent[self.sock.send(self.unsent) :]
        except BlockingIOError:
            return False
        return True

    def receive(self) -> bool:
        """Reads what is there; True when the answer is whole. ConnectionError when the other side is gone."""
        while True:
            try:
                piece = self.sock.recv(CHUNK)
            except BlockingIOError:
                return False
            if not piece:
                raise ConnectionError("closed before the answer")
            if self._take(piece):
                return True
            if len(piece) < CHUNK:
                return False

    def _take(self, piece: bytes) -> bool:
        if self.left < 0:
            self.head += piece
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            piece = bytes(self.head[end + 4 :])
            del self.head[end:]
            self.status = int(self.head[9:12])
            self.left = 0 if self.status in (NOT_MODIFIED, NO_CONTENT) else _length(self.head)
            self.wanted = self.talk.reads or self.status != self.talk.expected
        self.left -= len(piece)
        if self.wanted:
            self.kept.append(piece)
        return self.left <= 0

    def judge(self) -> str | None:
        """What is wrong with the answer, if anything."""
        self.busy = False
        if self.status != self.talk.expected:
            return f"{self.status} {b''.join(self.kept)[:300].decode(errors='replace')}"
        return self.talk.answered(b"".join(self.kept)) if self.talk.reads else None

    def renew(self) -> None:
        self.sock.close()
        self.sock = self._connect()
        self.unsent, self.busy = memoryview(b""), False


def _length(head: bytearray) -> int:
    low = bytes(head).lower()
    at = low.find(b"\r\ncontent-length:")
    if at < 0:
        raise ValueError("an answer without Content-Length can't be measured")
    return int(low[at + 17 :].split(b"\r\n", 1)[0])


def closed_loop(
    address: tuple[str, int],
    talks: Sequence[Talk],
    *,
    seconds: float,
    warm: float = 0.2,
    cpu: Callable[[], dict[str, float]] = dict,
) -> Load:
    """Every connection asks again as soon as it is answered; counted is what was answered after `warm` seconds.

    It lasts longer, by `PATIENCE_S` at most, until each connection was answered twice on average: else slow answers
    would be missed and only fast ones counted. What was under way at the end is still waited for, so that nothing runs
    into the next measurement.
    """
    poll = select.epoll()
    lines = {line.sock.fileno(): line for line in (_Line(address, talk) for talk in talks)}
    for number in lines:
        poll.register(number, select.EPOLLIN)
    load = Load()
    start = time.perf_counter()
    begins, ends = start + warm, start + warm + seconds
    before: dict[str, float] | None = None
    own = 0.0

    def ask(line: _Line) -> None:
        if not line.send():
            poll.modify(line.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def failed(line: _Line, fault: str) -> None:
        load.faults[fault] += 1
        lines.pop(line.sock.fileno())
        line.renew()
        lines[line.sock.fileno()] = line
        poll.register(line.sock.fileno(), select.EPOLLIN)

    for line in lines.values():
        ask(line)
    measuring, over, stopped = False, False, 0.0
    least = 2 * len(talks)
    while any(line.busy for line in lines.values()) if over else True:
        for number, events in poll.poll(0.05):
            line = lines[number]
            if events & select.EPOLLOUT and line.flush():
                poll.modify(number, select.EPOLLIN)
            if not events & ~select.EPOLLOUT:
                continue
            try:
                if not line.receive():
                    continue
            except (ConnectionError, ValueError) as error:
                failed(line, str(error))
            else:
                took = time.perf_counter() - line.began
                fault = line.judge()
                if fault:
                    load.faults[fault] += 1
                elif measuring and not over:
                    load.times.append(took)
                    load.received += len(line.head)
            if not over:
                ask(line)
        now = time.perf_counter()
        if not measuring and now >= begins:
            before, own, measuring, began = cpu(), time.process_time(), True, time.perf_counter()
        elif measuring and not over and now >= ends and (len(load.times) >= least or now > ends + PATIENCE_S):
            load.seconds = time.perf_counter() - began
            load.own_s = time.process_time() - own
            after = cpu()
            load.cpu = {name: after[name] - (before or {}).get(name, 0.0) for name in after}
            over, stopped = True, now
        elif over and now > stopped + PATIENCE_S:
            load.faults["no answer"] += sum(line.busy for line in lines.values())
            break
    for line in lines.values():
        line.sock.close()
    poll.close()
    return load


def open_loop(
    address: tuple[str, int],
    arrivals: Iterable[Arrival],
    *,
    connections: int = 128,
    cpu: Callable[[], dict[str, float]] = dict,
) -> dict[str, Load]:
    """Sends each request at its moment on a free connection, and counts from that moment: waiting for one counts too.

    What is measured, by the name of the arrival; `seconds` and `cpu` (with `load`, our own) are those of the whole.
    """
    poll = select.epoll()
    nobody = Once(b"")
    lines = {line.sock.fileno(): line for line in (_Line(address, nobody) for _ in range(connections))}
    free = list(lines.values())
    for number in lines:
        poll.register(number, select.EPOLLIN)
    loads: dict[str, Load] = {}
    meant: dict[_Line, Arrival] = {}
    waiting: deque[Arrival] = deque()
    coming = iter(arrivals)
    following = next(coming, None)
    before, own, start = cpu(), time.process_time(), time.perf_counter()
    while following or waiting or meant:
        now = time.perf_counter() - start
        while following and following.at <= now:
            waiting.append(following)
            following = next(coming, None)
        while waiting and free:
            arrival, line = waiting.popleft(), free.pop()
            line.talk, meant[line] = arrival.talk, arrival
            if not line.send():
                poll.modify(line.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)
        pause = min(1.0, max(0.0, following.at - (time.perf_counter() - start))) if following else 1.0
        events = poll.poll(pause if not waiting or not free else 0)
        if not events and not following and meant and time.perf_counter() - start > _last(meant) + PATIENCE_S:
            for arrival in meant.values():
                loads.setdefault(arrival.name, Load()).faults["no answer"] += 1
            break
        for number, kinds in events:
            line = lines[number]
            if kinds & select.EPOLLOUT and line.flush():
                poll.modify(number, select.EPOLLIN)
            if not kinds & ~select.EPOLLOUT:
                continue
            fault: str | None
            try:
                if line not in meant or not line.receive():
                    if line in meant:
                        continue
                    raise ConnectionError("closed while nothing was asked")
            except (ConnectionError, ValueError) as error:
                fault = str(error) if line in meant else None
                del lines[number]
                line.renew()
                lines[line.sock.fileno()] = line
                poll.register(line.sock.fileno(), select.EPOLLIN)
            else:
                fault = line.judge()
            done = meant.pop(line, None)
            if done is None:
                continue
            free.append(line)
            load = loads.setdefault(done.name, Load())
            if fault:
                load.faults[fault] += 1
            else:
                load.times.append(time.perf_counter() - start - done.at)
    seconds, after = time.perf_counter() - start, cpu()
    spent = {name: after[name] - before[name] for name in after} | {"load": time.process_time() - own}
    for load in loads.values():
        load.seconds, load.cpu = seconds, spent
    for line in lines.values():
        line.sock.close()
    poll.close()
    return loads


def _last(meant: Mapping[_Line, Arrival]) -> float:
    return max(arrival.at for arrival in meant.values())
