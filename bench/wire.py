"""Requests as bytes, and one question asked on a connection of its own."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus


def http_request(method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """A whole request of HTTP/1.1, as an app would send it to a kept connection."""
    named = {"Host": "127.0.0.1"} | dict(headers)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


@dataclass(frozen=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(address: tuple[str, int], request: bytes) -> Answer:
    """Sends a request on a connection of its own and gives the answer; anything but 200 is an error."""
    head = request.split(b"\r\n\r\n", 1)[0].decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head[1:])
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        connection.request(method, path, body=request.split(b"\r\n\r\n", 1)[1] or None, headers=headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise RuntimeError(f"{head[0]}: {response.status} {body[:500]!r}")
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
