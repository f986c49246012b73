"""Lines that tell how far a copy is, at most one every two seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Say = Callable[[str], None]
EVERY_S = 2.0


@dataclass
class Progress:
    """`begin` with what is to be done, `step` after each."""

    what: str
    say: Say
    _total: tuple[int, int] = (0, 0)
    _done: list[int] = field(default_factory=lambda: [0, 0])
    _began: float = 0
    _told: float = 0

    def begin(self, count: int, size: int) -> None:
        self._total, self._began, self._told = (count, size), time.monotonic(), time.monotonic()

    def step(self, size: int) -> None:
        self._done[0] += 1
        self._done[1] += size
        if (now := time.monotonic()) - self._told > EVERY_S:
            self._told = now
            rate = self._done[1] / (now - self._began)
            left_s = (self._total[1] - self._done[1]) / rate if rate else 0
            self.say(
                f"{self.what:<12} {self._done[0]:,} of {self._total[0]:,}, {megabytes(self._done[1])} of "
                f"{megabytes(self._total[1])}, {left_s:.0f} s left"
            )


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
