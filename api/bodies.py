"""Bodies are read whole before anything else happens, within a limit, at a minimum speed, and known to be complete."""

import time
import zlib
from typing import Any, Protocol

from django.http import HttpRequest

from api.problems import Problem

MAX_BODY_BYTES = 1 << 20
SLOWEST_BYTES_PER_S = 1000
PATIENCE_S = 60.0

_STEP = 4096
_DRAINED_BYTES = 8 << 20
_GZIP = zlib.MAX_WBITS | 16


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_body(request: HttpRequest, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body, inflated, left in `request.body` too.

    Raises `body_too_large`, `body_too_slow`, `body_truncated`, or `unsupported_media_type` for an encoding but gzip.
    """
    meta = request.META
    encoding = meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Problem("unsupported_media_type", headers={"Accept-Encoding": "gzip"})
    raw = _read(meta["wsgi.input"], _declared_length(meta), limit)
    if encoding != "identity" and raw:
        raw = inflate(raw, limit)
    meta["CONTENT_LENGTH"] = str(len(raw))
    request._body = raw  # where Django keeps a body that was read
    request._read_started = True  # type: ignore[attr-defined]
    return raw


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


def _declared_length(meta: dict[str, Any]) -> int | None:
    """The length that the request names; None if it comes in chunks and the server marks the end."""
    if meta.get("HTTP_TRANSFER_ENCODING"):
        return None if meta.get("wsgi.input_terminated") else 0
    text = str(meta.get("CONTENT_LENGTH") or "0")
    if not (text.isascii() and text.isdigit()):
        raise Problem("bad_request")
    return int(text)


def _read(stream: _Stream, length: int | None, limit: int) -> bytes:
    """`length` bytes, or all there are. Past the limit some more is read and dropped, so that the client, still
    sending, gets to see the 413 and not a broken connection."""
    body = bytearray()
    dropped = 0
    pace = _Pace()
    while length is None or len(body) + dropped < length:
        left = _STEP if length is None else min(_STEP, length - len(body) - dropped)
        try:
            piece = stream.read(left)
        except OSError:
            raise Problem("body_truncated") from None
        if not piece:
            break
        pace.count(len(piece))
        if dropped or len(body) + len(piece) > limit:
            dropped += len(piece)
            if dropped > _DRAINED_BYTES:
                break
        else:
            body += piece
    if dropped:
        raise Problem("body_too_large", params={"limit": limit})
    if length is not None and len(body) < length:
        raise Problem("body_truncated")
    return bytes(body)


class _Pace:
    """Watches that a body keeps coming at 1 KB/s over each minute."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.bytes = 0

    def count(self, size: int) -> None:
        self.bytes += size
        waited = time.monotonic() - self.began
        if waited >= PATIENCE_S:
            if self.bytes < SLOWEST_BYTES_PER_S * waited:
                raise Problem("body_too_slow")
            self.began, self.bytes = time.monotonic(), 0
