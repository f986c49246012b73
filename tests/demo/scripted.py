"""A real HTTP server that answers by a script: the other side of the phone, with every failure on demand."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """What the phone sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, inflated."""
        return (gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body).decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Reply:
    """What the server answers; `cut` ends the connection before (`"nothing"`) or within (`"half"`) the answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: str = ""


def problem(status: int, code: str, **headers: str) -> Reply:
    """A problem as the API sends it."""
    return Reply(status, {"status": status, "code": code}, {"Content-Type": "application/problem+json", **headers})


Script = Reply | Callable[[Request], Reply]


class Scripted:
    """`on("POST /v1/sync/push", first, second)`: the replies come in order, and the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._scripts: dict[str, list[Script]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", self._server.server_address[1]

    @property
    def netloc(self) -> str:
        """The same as a link has it."""
        return f"127.0.0.1:{self.address[1]}"

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.netloc}"

    def on(self, route: str, *replies: Script) -> None:
        """Say what a route answers from now on."""
        self._scripts[route] = list(replies)

    def to(self, route: str) -> list[Request]:
        """The requests that a route got."""
        return [request for request in self.requests if f"{request.method} {request.path}" == route]

    def _reply(self, request: Request) -> Reply:
        self.requests.append(request)
        replies = self._scripts.get(f"{request.method} {request.path}", [problem(404, "not_found")])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply if isinstance(reply, Reply) else reply(request)

    def _handler(outer) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline()
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                names = {name.lower(): value for name, value in self.headers.items()}
                self._answer(outer._reply(Request(self.command, path, query, names, body)))

            def _answer(self, reply: Reply) -> None:
                content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                if reply.status == 304 or reply.body is None:
                    content = b""
                if reply.cut != "nothing":
                    self.send_response_only(reply.status)
                    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content[: len(content) // 2] if reply.cut == "half" else content)
                if reply.cut:
                    self.wfile.flush()
                    linger = struct.pack("ii", 1, 0) if reply.cut == "nothing" else struct.pack("ii", 0, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.close_connection = True

        return Handler
