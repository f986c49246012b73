"""Faults on purpose: which process gets SIGKILL and when, drawn from a seed; and how long each was felt."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from demo.network import Network
from embedded.processes import command_line
from prove.own_house import OwnHouse
from prove.watch import Moment

KINDS = {"server": 3, "server_worker": 4, "worker": 2, "keeper": 1, "postgres": 4, "backend": 4, "s3": 3, "proxy": 2}
"""What is killed, and how often in proportion. `server` is its main process, `backend` one session of Postgres."""
REST_S = 0.5
"""Between two kills, at least."""


@dataclass(frozen=True)
class Fault:
    """One kill, due when so many pushes were acknowledged."""

    kind: str
    after: int


@dataclass(frozen=True)
class Strike:
    """A kill that was carried out, at a monotonic time."""

    kind: str
    at: float


def plan(kills: int, pushes: int, dice: Random) -> list[Fault]:
    """Every kind at least once if there are enough kills, the rest by weight; spread at random over the pushes."""
    kinds = dice.sample(list(KINDS), min(kills, len(KINDS)))
    kinds += dice.choices(list(KINDS), list(KINDS.values()), k=kills - len(kinds))
    dice.shuffle(kinds)
    due = sorted(dice.randint(pushes // 50, pushes * 24 // 25) for _ in kinds)
    return [Fault(kind, after) for kind, after in zip(kinds, due, strict=True)]


class Killer:
    """Carries a plan out: `with beside(Killer(…).kill):`. It touches the processes of this one house only."""

    def __init__(
        self, house: OwnHouse, network: Network, faults: Sequence[Fault], pushes: Callable[[], int], dice: Random
    ) -> None:
        self.strikes: list[Strike] = []
        self._house, self._network, self._dice = house, network, dice
        self._faults = list(faults)
        self._pushes = pushes

    @property
    def done(self) -> bool:
        """Whether nothing is left of the plan."""
        return len(self.strikes) == len(self._faults)

    def kill(self, over: threading.Event) -> None:
        """The plan, or as much of it as there is time for."""
        for fault in self._faults:
            while self._pushes() < fault.after and not over.wait(0.02):
                pass
            while not over.is_set():
                at = time.monotonic()
                if self._strike(fault.kind):
                    self.strikes.append(Strike(fault.kind, at))
                    break
                over.wait(0.1)  # it is being started just now
            if over.wait(REST_S):
                return

    def _strike(self, kind: str) -> bool:
        if kind == "proxy":
            self._network.die()
            return True
        if kind == "server_worker":
            pids = children(self._house.pid("server"), "")
        elif kind == "backend":
            pids = children(self._house.pid("postgres"), "postgres: anthon_")
        else:
            pid = self._house.pid(kind)
            pids = [pid] if pid else []
        if not pids:
            return False
        try:
            os.kill(self._dice.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def children(parent: int | None, name: str) -> list[int]:
    """The children of a process whose command line holds `name`."""
    if parent is None:
        return []
    try:
        words = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return []
    lines = {int(word): command_line(int(word)) for word in words}
    return [pid for pid, line in lines.items() if name in line and "resource_tracker" not in line]


def felt(strikes: Sequence[Strike], timeline: Sequence[Moment]) -> dict[str, list[float]]:
    """By kind, how long after each kill a request still failed that began before the next one (0: nobody noticed)."""
    found: dict[str, list[float]] = defaultdict(list)
    ends = [*(strike.at for strike in strikes), float("inf")][1:]
    for strike, end in zip(strikes, ends, strict=True):
        near = [moment for moment in timeline if strike.at <= moment.ended and moment.began < end]
        found[strike.kind].append(max((moment.ended - strike.at for moment in near if not moment.well), default=0.0))
    return dict(found)
