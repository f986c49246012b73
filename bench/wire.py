"""Requests as bytes, and one question asked on a connection of its own."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPResponse

from demo.wire import Answer


def http_request(method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """A whole request of HTTP/1.1, as an app would send it to a kept connection."""
    named = {"Host": "127.0.0.1"} | dict(headers)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def ask(address: tuple[str, int], request: bytes) -> Answer:
    """Sends a request on a connection of its own and gives the answer; anything but 200 is an error."""
    with socket.create_connection(address, 60) as line, closing(HTTPResponse(line)) as response:
        line.sendall(request)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, headers, response.read())
    if not answer.ok:
        raise RuntimeError(f"{request.partition(b' HTTP')[0].decode()}: {answer.status} {answer.body[:500]!r}")
    return answer
