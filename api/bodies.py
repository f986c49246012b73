"""Bodies come whole, complete, within a limit and at a minimum speed, or not at all.

The front reads them here, on its event loop, where a slow sender costs no thread; views then ask `read_body` for what
came, or why nothing did.
"""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator
from typing import Any, Protocol

from django.http import HttpRequest

from api.problems import Problem

MAX_BODY_BYTES = 1 << 20
SLOWEST_BYTES_PER_S = 1000
PATIENCE_S = 60.0
MOST_HELD_BYTES = 64 << 20

_DRAINED_BYTES = 8 << 20
_CRUMB_BYTES = 1000
_PAUSE_S = 1.0
_GZIP = zlib.MAX_WBITS | 16


_larger: dict[str, int] = {}


def allow_larger(path: str, most: int) -> None:
    """Let bodies on this path be larger than `MAX_BODY_BYTES`: an app's files. Called from its `ready()`."""
    _larger[path] = most


def limit_of(path: str) -> int:
    """How many bytes the body of a request on this path may have."""
    return _larger.get(path, MAX_BODY_BYTES)


class Pieces(Protocol):
    """Where a body comes from, piece by piece: granian's side of a request."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


def read_body(request: HttpRequest, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body, inflated, left in `request.body` too.

    Raises what the front found (`body_too_large`, `body_too_slow`, `body_truncated`, `unavailable`), or
    `unsupported_media_type` for an encoding but gzip.
    """
    meta: dict[str, Any] = request.META
    encoding = meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Problem("unsupported_media_type", headers={"Accept-Encoding": "gzip"})
    problem: Problem | None = getattr(request, "body_problem", None)
    if problem is not None:
        raise problem
    raw = request.body
    if len(raw) > limit:
        raise Problem("body_too_large", params={"limit": limit})
    if encoding != "identity" and raw:
        raw = inflate(raw, limit)
    meta["CONTENT_LENGTH"] = str(len(raw))
    request._body = raw  # where Django keeps a body that was read
    return raw


def declared_length(text: str | None) -> int | None:
    """The length that a request names; None if it comes in chunks, whose end the server knows."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Problem("bad_request")
    return int(text)


def is_chunked(request: HttpRequest) -> bool:
    """Whether the body came without a length, so that the server can't tell a cut one from a whole one."""
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def inflate(raw: bytes, limit: int) -> bytes:
    """What one gzip member holds, its checksum and length proven by its trailer; inflating stops at the limit."""
    member = zlib.decompressobj(_GZIP)
    try:
        plain = member.decompress(raw, limit + 1)
    except zlib.error:
        raise Problem("body_truncated") from None
    if len(plain) > limit:
        raise Problem("body_too_large", params={"limit": limit})
    if not member.eof or member.unused_data:
        raise Problem("body_truncated")
    return plain


class Reading:
    """One body on its way: at 1 KB/s over each minute, or it is given up."""

    def __init__(self) -> None:
        self.task = asyncio.current_task()
        self.began = self.window = time.monotonic()
        self.bytes = 0
        self.problem: Problem | None = None

    def is_too_slow(self, now: float) -> bool:
        waited = now - self.window
        if waited < PATIENCE_S:
            return False
        too_slow = self.bytes < SLOWEST_BYTES_PER_S * waited
        self.window, self.bytes = now, 0
        return too_slow

    def give_up(self, problem: Problem) -> None:
        if self.problem is None and self.task is not None:
            self.problem = problem
            self.task.cancel()


class Bodies:
    """All bodies that this process holds, those on their way and those being worked on; all on the event loop."""

    def __init__(self) -> None:
        self.held = 0
        self.reading: dict[Reading, None] = {}

    async def read(
        self, pieces: Pieces, length: int | None, *, limit: int = MAX_BODY_BYTES, asked: bool = False
    ) -> bytes:
        """`length` bytes, or all there are; raises Problem. Who got them gives them back with `release`.

        `asked`: the sender waits to hear whether it may send (`Expect: 100-continue`), as it does once we read.
        """
        if length is not None and length > limit + (0 if asked else _DRAINED_BYTES):
            raise _too_large(limit)
        reading = Reading()
        self.reading[reading] = None
        body = bytearray()
        try:
            await self._collect(reading, pieces, length, body, limit)
        except BaseException:  # a sender that vanishes raises an error of the server's own
            self.held -= len(body)
            if reading.problem is None:
                raise
            reading.task.uncancel()  # type: ignore[union-attr]
            raise reading.problem from None
        finally:
            del self.reading[reading]
        return bytes(body)

    async def _collect(self, reading: Reading, pieces: Pieces, length: int | None, body: bytearray, limit: int) -> None:
        """Past the limit some more is read and dropped, so that the client, still sending, gets to see the 413 and not
        a broken connection."""
        dropped = 0
        async for piece in pieces:
            reading.bytes += len(piece)
            if dropped or len(body) + len(piece) > limit:
                dropped += len(piece)
            else:
                body += piece
                self._hold(reading, len(piece))
            if dropped > _DRAINED_BYTES or (length is not None and len(body) + dropped >= length):
                break
            if len(piece) < _CRUMB_BYTES and time.monotonic() - reading.began > _PAUSE_S:
                await asyncio.sleep(_PAUSE_S)  # who sends crumbs may not have us run for each
        if dropped:
            raise _too_large(limit)
        if length is not None and len(body) < length:
            raise Problem("body_truncated")

    def _hold(self, reading: Reading, size: int) -> None:
        """Room for everybody is made by whoever has been sending for the longest."""
        self.held += size
        if self.held > MOST_HELD_BYTES:
            oldest = next(iter(self.reading))
            if oldest is reading:
                raise Problem("unavailable")
            oldest.give_up(Problem("unavailable"))

    def release(self, body: bytes) -> None:
        self.held -= len(body)

    def give_up_slow_ones(self) -> None:
        """To be called every second or so."""
        now = time.monotonic()
        for reading in list(self.reading):
            if reading.is_too_slow(now):
                reading.give_up(Problem("body_too_slow"))


def _too_large(limit: int) -> Problem:
    return Problem("body_too_large", params={"limit": limit})
