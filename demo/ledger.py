"""The ledger: what the people of a demo evening really did, to hold against what server and phones say afterwards."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from demo.store import Data
from demo.tracks import Point

SETS = {"participant_ids", "assignee_ids", "on_duty_ids"}
LOGS = {"checkpoint_visits", "attendance", "swaps"}


@dataclass
class Deed:
    """One record: what it was made with, who changed what in which order, and when it really happened."""

    type: str
    area_id: str
    made_by: str
    made_at: float
    data: Data
    edits: list[tuple[str, Data]] = field(default_factory=list)
    deleted_by: list[str] = field(default_factory=list)
    follows: Data = field(default_factory=dict)
    """Fields that nobody writes, and what the server must make of them."""

    def expected(self, name: str) -> list[Any]:
        """The values that a field may end with: the last of each phone that changed it, or what it was made with."""
        changes = {who: edit[name] for who, edit in self.edits if name in edit}
        first = self.data.get(name)
        if name in SETS:
            sent = [set(value) for value in changes.values()]
            added = set().union(*sent) - set(first or [])
            kept = {item for item in first or [] if all(item in value for value in sent)}
            return [kept | added]
        if name in LOGS:
            items = {item["id"]: item for value in [first or [], *changes.values()] for item in value}
            return [items]
        return list(changes.values()) or [first]

    @property
    def names(self) -> set[str]:
        """The fields that anyone wrote."""
        return set(self.data).union(*(edit for _, edit in self.edits))

    @property
    def contested(self) -> bool:
        """Whether two phones changed the same thing, so that one of them must be told of a conflict."""
        plain = self.names - SETS - LOGS
        return not self.deleted_by and any(len(self.expected(name)) > 1 for name in plain)

    @property
    def may_live(self) -> bool:
        """Whether it may still be there: not deleted, or changed by another phone (whoever came first decides)."""
        return not self.deleted_by or any(who not in self.deleted_by for who, _ in self.edits)

    @property
    def may_be_gone(self) -> bool:
        """Whether it may be gone."""
        return bool(self.deleted_by)


@dataclass(frozen=True)
class Shot:
    """A photo: enough to make the same bytes again."""

    area_id: str
    seed: str
    size: int


class Ledger:
    """Shared by all phones of an evening."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.deeds: dict[str, Deed] = {}
        self.shots: dict[str, Shot] = {}
        self.tracks: dict[str, list[Point]] = {}

    def made(self, id: str, deed: Deed) -> None:
        """Somebody recorded something."""
        with self._lock:
            self.deeds[id] = deed

    def edited(self, id: str, who: str, changes: Data) -> None:
        """Somebody changed fields."""
        with self._lock:
            self.deeds[id].edits.append((who, changes))

    def deleted(self, id: str, who: str) -> None:
        """Somebody deleted a record."""
        with self._lock:
            self.deeds[id].deleted_by.append(who)

    def shot(self, id: str, shot: Shot) -> None:
        """Somebody took a photo."""
        with self._lock:
            self.shots[id] = shot

    def walked(self, patrol_id: str, points: Sequence[Point]) -> None:
        """Somebody walked."""
        with self._lock:
            self.tracks.setdefault(patrol_id, []).extend(points)
