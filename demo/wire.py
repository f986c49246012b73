"""HTTP as a phone speaks it: connections kept open, bounded waits, and a clear line between an answer and none."""

from __future__ import annotations

import gzip
import http.client
import json
import select
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

Address = tuple[str, int]
PIECE = 8192
"""A body goes out in pieces of this size, each with the whole patience: what is slow but moves isn't given up."""


class NoAnswer(Exception):
    """No whole answer came back. The request may have been carried out all the same, so it must be safe to repeat."""


@dataclass(frozen=True)
class Answer:
    """A whole answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is a plain 200."""
        return self.status == HTTPStatus.OK

    def json(self) -> Any:
        """The body as JSON. What can't be read as such counts as no answer: something on the way garbled it."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NoAnswer(f"not JSON after status {self.status}") from error

    @property
    def problem(self) -> dict[str, Any]:
        """The problem (RFC 9457) that the answer holds, or an empty one: a proxy's error page has none."""
        try:
            problem = json.loads(self.body)
        except ValueError:
            return {}
        return problem if isinstance(problem, dict) else {}

    @property
    def code(self) -> str:
        """The problem's stable code, or nothing."""
        return str(self.problem.get("code", ""))

    @property
    def retry_after_s(self) -> float:
        """How long the server asks to wait; 0 if it doesn't say (dates aren't sent by this API)."""
        try:
            return max(0.0, float(self.headers.get("retry-after", 0)))
        except ValueError:
            return 0.0


class Wire:
    """Sends requests and keeps one connection a host.

    `dial` names another address to connect to for a host (`"host:port"` → address): the request still carries the
    original `Host`, which presigned links need, since their signature covers it.

    `timeout_s` is the patience with silence, not with slowness: it holds for each piece sent and each read. The socket
    takes little ahead, so that what it has taken is nearly what has gone.
    """

    def __init__(self, *, timeout_s: float = 30, dial: Mapping[str, Address] | None = None) -> None:
        self.timeout_s = timeout_s
        self.dial = dict(dial or {})
        self._open: dict[str, http.client.HTTPConnection] = {}

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request, sent once. `NoAnswer` if the whole answer didn't come; repeating is the caller's decision."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        key = f"{parts.scheme}://{parts.netloc}"
        try:
            connection = self._still_open(key) or self._connect(parts.scheme, parts.netloc)
            self._open[key] = connection
            # It may answer (413, say) and close before it has read everything: then there is an answer all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                length = {} if body is None else {"Content-Length": str(len(body))}
                whole = {"Accept-Encoding": "gzip", **length, **(headers or {})}
                connection.request(method, target, body=None if body is None else _pieces(body), headers=whole)
            response = connection.getresponse()
            raw = response.read()
            if response.will_close:
                self._forget(key)
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, _inflate(raw, names.get("content-encoding", "")))
        except (OSError, http.client.HTTPException, EOFError, zlib.error) as error:
            self._forget(key)
            raise NoAnswer(f"{method} {parts.path}: {error or type(error).__name__}") from error

    def close(self) -> None:
        """Close every connection."""
        for key in list(self._open):
            self._forget(key)

    def _still_open(self, key: str) -> http.client.HTTPConnection | None:
        """The line as it was left. Between two requests nothing can come but the news that the server hung up."""
        connection = self._open.get(key)
        if connection:
            idle = select.poll()
            idle.register(connection.sock, select.POLLIN)
            if idle.poll(0):
                self._forget(key)
                return None
        return connection

    def _connect(self, scheme: str, netloc: str) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(netloc, timeout=self.timeout_s)
        connection.auto_open = 0  # a reconnect of its own would ignore `dial`
        default = 443 if scheme == "https" else 80
        host, port = connection.host, connection.port if ":" in netloc.rpartition("]")[2] else default
        sock = socket.create_connection(self.dial.get(netloc, (host, port)), self.timeout_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * PIECE)
        if scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        connection.sock = sock
        return connection

    def _forget(self, key: str) -> None:
        if connection := self._open.pop(key, None):
            connection.close()


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def _inflate(raw: bytes, encoding: str) -> bytes:
    return gzip.decompress(raw) if encoding == "gzip" and raw else raw
