"""CPU time and memory of process trees, from /proc: what the kernel charged, whoever else uses the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PARENT, USER, SYSTEM, GONE_USER, GONE_SYSTEM, RESIDENT = 1, 11, 12, 13, 14, 21


def processes() -> dict[int, list[str]]:
    """The fields of /proc/<pid>/stat from the state on, of every process."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
    return found


def tree(root: int, running: Mapping[int, list[str]]) -> set[int]:
    """A process and all that descend from it."""
    found = {root} & set(running)
    more = set(found)
    while more:
        more = {pid for pid, fields in running.items() if int(fields[PARENT]) in more} - found
        found |= more
    return found


def spent(roots: Mapping[str, int]) -> Callable[[], dict[str, float]]:
    """Asks for the CPU seconds that each tree has spent so far, children that ended included."""

    def now() -> dict[str, float]:
        running = processes()
        return {
            name: sum(
                int(running[pid][field])
                for pid in tree(root, running)
                for field in (USER, SYSTEM, GONE_USER, GONE_SYSTEM)
            )
            / TICK
            for name, root in roots.items()
        }

    return now


def megabytes(root: int) -> int:
    """The memory that a tree holds; what its processes share counts for each."""
    running = processes()
    return sum(int(running[pid][RESIDENT]) for pid in tree(root, running)) * os.sysconf("SC_PAGE_SIZE") >> 20
