"""A phone's two clocks: the wall clock, which may be wrong, and the monotonic one, which only counts."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime


class Clock:
    """Clocks that can lag behind the real ones and catch up in steps, so that four hours of patrol take no time.

    `lag_s` is how long before the real present the phone lives; `skew_s` is the error of its wall clock. `boot` names
    one run of the monotonic clock: ages can't be told across a restart.
    """

    def __init__(self, *, lag_s: float = 0, skew_s: float = 0) -> None:
        self.lag_s = lag_s
        self.skew_s = skew_s
        self.boot = str(uuid.uuid4())

    def wall(self) -> float:
        """Seconds since 1970, as the phone believes."""
        return self.true() + self.skew_s

    def true(self) -> float:
        """What the wall clock would say if it were right: for those who judge the phone, not for the phone."""
        return time.time() - self.lag_s

    def monotonic(self) -> float:
        """Seconds since some moment of this boot."""
        return time.monotonic() - self.lag_s

    def advance(self, seconds: float) -> None:
        """Let time pass, as far as the real present."""
        self.lag_s = max(0.0, self.lag_s - seconds)

    def now(self) -> str:
        """The wall clock in the wire form."""
        return wire_time(self.wall())

    def uuid7(self) -> str:
        """A UUIDv7 (RFC 9562 §5.7) by the phone's own clock."""
        milliseconds = int(self.wall() * 1000) & (1 << 48) - 1
        bits = milliseconds << 80 | uuid.uuid4().int & (1 << 80) - 1
        bits = bits & ~(0xF << 76) | 0x7 << 76
        return str(uuid.UUID(int=bits & ~(0x3 << 62) | 0x2 << 62))


def wire_time(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def unix_time(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()
