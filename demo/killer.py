"""Kills the server with SIGKILL while phones deliver, spread over the delivery; the launcher starts it again."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path


class Killer:
    """`with beside(Killer(10, state_file, share_delivered).kill):` kills ten times, at even steps of what is delivered.

    `state_file` is the one that `./anthon up` keeps: it names the leader of the server's process group.
    """

    def __init__(self, times: int, state_file: Path, share_delivered: Callable[[], float]) -> None:
        self.times = times
        self.done = 0
        self._state_file = state_file
        self._share_delivered = share_delivered

    def shortfall(self) -> list[str]:
        """A complaint if the evening was over before all the killing was done."""
        return [] if self.done == self.times else [f"the server was killed only {self.done} of {self.times} times"]

    def kill(self, over: threading.Event) -> None:
        """All of it, or as much as there is time for."""
        last = None
        while self.done < self.times and not over.wait(0.1):
            pid = self._server()
            if pid is None or pid == last or self._share_delivered() < self.done / self.times:
                continue
            os.killpg(pid, signal.SIGKILL)
            last = pid
            self.done += 1
            over.wait(2)

    def _server(self) -> int | None:
        """The server's process group; None while there is none."""
        try:
            pid = int(json.loads(self._state_file.read_text())["processes"]["server"]["pid"])
            os.killpg(pid, 0)
        except (OSError, ValueError, KeyError):
            return None
        return pid
