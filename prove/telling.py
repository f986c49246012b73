"""What is said while a proof runs, and what of it is told and kept in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.results import keep

SHOWN = 200
"""Violations that are named; all are counted."""


def say(text: str) -> None:
    """One line, at once, with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def telling(text: Callable[[], str]) -> Callable[[threading.Event], None]:
    """To run beside something: says how far it is, now and then."""

    def tell(over: threading.Event) -> None:
        while not over.wait(15):
            say(text())
        say(text())

    return tell


def conclude(name: str, result: Mapping[str, Any], told: str, problems: Sequence[str], *, kept: bool) -> int:
    """Says what came of a proof, and keeps it if asked to; the exit code."""
    for problem in problems[:SHOWN]:
        print(f"VIOLATION {problem}")
    print(told)
    print(f"{len(problems)} violations", flush=True)
    if kept:
        keep(name, dict(result) | {"violations": len(problems), "named": problems[:SHOWN]})
    return 1 if problems else 0


def in_words(found: Mapping[str, int]) -> str:
    """The findings that matter most, counted, also where there are none."""
    return ", ".join(f"{kind} {found.get(kind, 0)}" for kind in ("lost", "doubled", "partial"))
