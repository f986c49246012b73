"""What is shown of an evening: a line that lives while phones deliver, and the table at the end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence

from demo.ledger import Ledger
from demo.network import Link
from demo.people import Person

SHOWN = 20
"""Differences that are printed in full, at most."""


class Progress:
    """Counts what phones still hold back and what their links carried."""

    def __init__(self, people: Sequence[Person], ledger: Ledger) -> None:
        self.people = people
        self.ledger = ledger
        self.links: list[Link] = []
        self._began = time.monotonic()
        self._most = 1

    def say(self, text: str) -> None:
        """One line, with the seconds since the beginning."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)

    def photos_safe(self) -> int:
        """Photos whose receipt was checked."""
        return sum(person.phone.store.count_photos("safe") for person in self.people)

    def waiting(self) -> int:
        """Mutations that wait."""
        return sum(person.phone.store.count_queued() for person in self.people)

    def share_delivered(self) -> float:
        """How much of the night's mutations and photos has arrived, from 0 to 1."""
        left = self.waiting() + len(self.ledger.shots) - self.photos_safe()
        self._most = max(self._most, left)
        return 1 - left / self._most

    def line(self) -> str:
        """Where things stand."""
        cuts = sum(link.traffic.cuts for link in self.links)
        return (
            f"{self.waiting()} mutations wait, {self.photos_safe()} of {len(self.ledger.shots)} photos safe,"
            f" {cuts} cuts, {self._retries()} retries, {self._bytes() / 1e6:.1f} MB"
        )

    def show(self, over: threading.Event) -> None:
        """Keep the line up to date: in place on a terminal, else a line every five seconds."""
        terminal = sys.stdout.isatty()
        while not over.wait(0.5 if terminal else 5):
            if terminal:
                print(f"\r\x1b[K{time.monotonic() - self._began:6.1f} s  {self.line()}", end="", flush=True)
            else:
                self.say(self.line())
        if terminal:
            print()

    def summary(self, seconds: float, kills: int, problems: Sequence[str]) -> None:
        """The table, and every difference by name."""
        deeds = self.ledger.deeds.values()
        rows = {
            "phones": len(self.people),
            "patrols": sum(deed.type == "patrol" for deed in deeds),
            "observations": sum(deed.type == "observation" for deed in deeds),
            "pledges": sum(deed.type == "pledge" for deed in deeds),
            "calls for help": sum(deed.type == "alert" for deed in deeds),
            "tips": sum(tip.receipt is not None for person in self.people for tip in person.tips),
            "edits by phones": sum(len(deed.edits) + len(deed.deleted_by) for deed in deeds),
            "track points": sum(map(len, self.ledger.tracks.values())),
            "photos": f"{len(self.ledger.shots)}, {self.photos_safe()} with a checked receipt",
            "connections cut": sum(link.traffic.cuts for link in self.links),
            "server killed": kills,
            "requests repeated": self._retries(),
            "bytes up / down": f"{self._up():,} / {self._bytes() - self._up():,}",
            "seconds": f"{seconds:.1f}",
            "differences": len(problems),
        }
        print()
        for name, value in rows.items():
            print(f"  {name:<18} {value:,}" if isinstance(value, int) else f"  {name:<18} {value}")
        print()
        for problem in problems[:SHOWN]:
            print(f"  DIFFERENT  {problem}")
        if len(problems) > SHOWN:
            print(f"  … and {len(problems) - SHOWN} more")
        print("Nothing lost, nothing doubled." if not problems else "Phones and server differ.", flush=True)

    def _retries(self) -> int:
        return sum(person.retries + person.phone.session.retries for person in self.people)

    def _up(self) -> int:
        return sum(link.traffic.up for link in self.links)

    def _bytes(self) -> int:
        return self._up() + sum(link.traffic.down for link in self.links)
