"""What a server process does beside answering: started once it serves, ended in order before it goes.

Elsewhere (commands, tests, jobs) none of it runs, and whoever relies on it does its work at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger("anthon.background")

_parts: list[tuple[Callable[[], None], Callable[[], None]]] = []


def beside_serving(start: Callable[[], None], stop: Callable[[], None]) -> None:
    """Have `start` called in each server process once it serves, and `stop` before it ends."""
    _parts.append((start, stop))


def start_all() -> None:
    """Called by the server process."""
    for start, _ in _parts:
        start()


def stop_all() -> None:
    """The same at its end; one that fails keeps no other from it."""
    for _, stop in _parts:
        try:
            stop()
        except Exception:
            logger.exception("stop_failed")
