"""A real server process, as `python -m api` starts it, and raw sockets that say exactly what a test wants said."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from embedded.processes import free_port, spawn, status_of, stop, wait_until

ROOT = Path(__file__).parents[2]


SMALL = ("--workers", "1", "tests.api.wire_server:application")
"""One worker with as many threads as everywhere, serving the tests' small API."""


@contextlib.contextmanager
def server(
    folder: Path, *, words: Sequence[str] = SMALL, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server, its log in the folder, in an environment beside our own."""
    port = free_port()
    log = folder / "log"
    command = [sys.executable, "-m", "api", "--bind", f"127.0.0.1:{port}", *words]
    process = spawn(command, log=log, cwd=ROOT, env=os.environ | (environment or {}))
    try:
        wait_until(lambda: alive(port), process=process, name="the server", log=log, patience=60)
        yield port, process
    finally:
        stop(process)


def alive(port: int) -> bool:
    return status_of(port, "/healthz") == 200


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=15)


def lines(head: str) -> bytes:
    """A request's head as it goes over the wire."""
    return head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n"


def get(path: str, *headers: str) -> str:
    return "\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers])


def post(*headers: str, path: str = "/v1/echo") -> str:
    return "\n".join([f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers])


def send(port: int, head: str, *pieces: bytes, half_close: bool = False) -> tuple[HTTPResponse, Any]:
    """Sends exactly this, and returns the answer with its JSON."""
    with connect(port) as sock:
        with contextlib.suppress(OSError):  # answered before all was sent
            sock.sendall(lines(head))
            for piece in pieces:
                sock.sendall(piece)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        return answer(sock, head.split(maxsplit=1)[0])


def answer(sock: socket.socket, method: str = "GET") -> tuple[HTTPResponse, Any]:
    """The next answer on this connection, with its JSON."""
    with contextlib.closing(HTTPResponse(sock, method=method)) as response:
        response.begin()
        raw = response.read()
    return response, json.loads(raw) if raw else None


def refused(told: tuple[HTTPResponse, Any], status: int, code: str) -> None:
    response, body = told
    assert (response.status, body["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-Id"] == body["request_id"]


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end
