"""Identifiers: UUIDv7, made here because the database's own generator exists only from Postgres 18 on."""

import os
import time
import uuid
from functools import lru_cache


def uuid7(at_ms: int | None = None) -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    return _made(time.time_ns() // 1_000_000 if at_ms is None else at_ms, os.urandom(10))


def uuid7s(count: int) -> list[uuid.UUID]:
    """So many UUIDv7 of this moment: the system is asked for random bits only once."""
    now_ms, dice = time.time_ns() // 1_000_000, os.urandom(10 * count)
    return [_made(now_ms, dice[place : place + 10]) for place in range(0, len(dice), 10)]


def _made(ms: int, dice: bytes) -> uuid.UUID:
    value = ((ms & (1 << 48) - 1) << 80) | int.from_bytes(dice, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


@lru_cache(maxsize=1024)
def parsed(text: str) -> uuid.UUID:
    """The UUID of a text that comes again and again, as those of areas and teams do."""
    return uuid.UUID(text)
