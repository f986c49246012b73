"""A tiny server to load: what is measured of it is known beforehand."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

DELAY_S = 0.02


@dataclass
class Tiny:
    """Answers every request on every connection: `/slow` after a while, `/broken` by closing, `/gone` with 404."""

    listener: socket.socket
    asked: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.listener.getsockname()
        return str(host), int(port)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        buffer = b""
        with connection:
            while piece := connection.recv(1 << 16):
                buffer += piece
                while (end := buffer.find(b"\r\n\r\n")) >= 0:
                    head, buffer = buffer[:end], buffer[end + 4 :]
                    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                    while len(buffer) < length:
                        buffer += connection.recv(1 << 16)
                    body, buffer = buffer[:length], buffer[length:]
                    if not self._answer(connection, head.split(b" ")[1], body):
                        return

    def _answer(self, connection: socket.socket, path: bytes, body: bytes) -> bool:
        self.asked.append(body)
        if path == b"/broken":
            return False
        if path == b"/slow":
            time.sleep(DELAY_S)
        status = b"404 Not Found" if path == b"/gone" else b"200 OK"
        text = body or b"well"
        # In two pieces, as networks like to.
        connection.sendall(b"HTTP/1.1 %b\r\nContent-Le" % status)
        connection.sendall(b"ngth: %d\r\n\r\n%b" % (len(text), text))
        return True


@pytest.fixture
def tiny() -> Iterator[Tiny]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Tiny(listener)
    threading.Thread(target=server.serve, daemon=True).start()
    yield server
    listener.close()
