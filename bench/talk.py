"""One connection of a load: what it says, and how it says it on a raw socket that never blocks."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence

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


class Line:
    """One connection of a load and where it stands: what is left to send, how much of the answer is still to come."""

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
        """Sends what the socket takes; False if some of it has to wait."""
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
        """A new connection in place of one that broke."""
        self.sock.close()
        self.sock = self._connect()
        self.unsent, self.busy = memoryview(b""), False


def _length(head: bytearray) -> int:
    low = bytes(head).lower()
    at = low.find(b"\r\ncontent-length:")
    if at < 0:
        raise ValueError("an answer without Content-Length can't be measured")
    return int(low[at + 17 :].split(b"\r\n", 1)[0])


class Lines:
    """Many connections, watched together."""

    def __init__(self, address: tuple[str, int], talks: Sequence[Talk]) -> None:
        self.poll = select.epoll()
        self.lines = {line.sock.fileno(): line for line in (Line(address, talk) for talk in talks)}
        for number in self.lines:
            self.poll.register(number, select.EPOLLIN)

    def ask(self, line: Line) -> None:
        """Sends a line's next request."""
        if not line.send():
            self.poll.modify(line.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def answers(self, wait_s: float) -> Iterator[tuple[Line, str | None]]:
        """The lines that are answered, each with what is wrong; a broken one is renewed and counts as answered."""
        for number, kinds in self.poll.poll(wait_s):
            line = self.lines[number]
            if kinds & select.EPOLLOUT and line.flush():
                self.poll.modify(number, select.EPOLLIN)
            if not kinds & ~select.EPOLLOUT:
                continue
            try:
                if not line.receive():
                    continue
                fault = line.judge()
            except (ConnectionError, ValueError) as error:
                fault = str(error)
                self._renew(line)
            yield line, fault

    def _renew(self, line: Line) -> None:
        del self.lines[line.sock.fileno()]
        line.renew()
        self.lines[line.sock.fileno()] = line
        self.poll.register(line.sock.fileno(), select.EPOLLIN)

    def close(self) -> None:
        """Closes all of them."""
        for line in self.lines.values():
            line.sock.close()
        self.poll.close()
