"""Photos for phones without a camera: real JPEGs, each of its own bytes, made without an image library."""

from __future__ import annotations

import struct

from demo.chance import dice


def photo(seed: str, *, size: int) -> bytes:
    """A valid grey baseline JPEG (ITU T.81) of about `size` bytes; the same seed and size give the same bytes.

    The picture is one even area of 64 by 64; the bulk is random comment segments, which no link or store can compress.
    """
    bits = dice(seed)
    bulk = []
    while size > 0:
        length = min(size, 65_000)
        bulk.append(_segment(0xFE, bits.randbytes(length)))
        size -= length
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            *bulk,
            _segment(0xDB, b"\x00" + b"\x10" * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, 64, 64, 1) + b"\x01\x11\x00"),
            _segment(0xC4, b"\x00" + b"\x01" + b"\x00" * 15 + b"\x00"),  # DC: the one code 0 says "no difference"
            _segment(0xC4, b"\x10" + b"\x01" + b"\x00" * 15 + b"\x00"),  # AC: the one code 0 ends the block
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            b"\x00" * 16,  # 64 blocks of two bits
            b"\xff\xd9",
        ]
    )


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
