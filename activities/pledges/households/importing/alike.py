"""Households of a file that look like another one: told as warnings, decided by people.

The reasons are those of `doubles`: the same telephone, the same house number with much the same name, or the very same
name where a house number is missing. What very many share says nothing of any two there; nor here.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from activities.pledges.households.doubles import ALIKE, MOST_ALIKE, DoubleReason


@dataclass(frozen=True)
class Known:
    """A household that stands (`line` 0), or that an earlier row makes."""

    id: uuid.UUID
    area_id: uuid.UUID
    house_number: str | None
    householder: str
    phone: str | None
    house_fold: str
    householder_fold: str
    line: int = 0

    def told(self) -> dict[str, object]:
        """As a warning's parameters."""
        more = {"house_number": self.house_number or None, "line": self.line or None}
        return {"householder": self.householder, "id": str(self.id), **{k: v for k, v in more.items() if v}}


Key = tuple[uuid.UUID, str]
_MOST_TOLD = 3


@dataclass
class Alike:
    """All that are known by now, by what could be the same."""

    phones: dict[Key, list[Known]] = field(default_factory=lambda: defaultdict(list))
    houses: dict[Key, list[Known]] = field(default_factory=lambda: defaultdict(list))
    names: dict[Key, list[Known]] = field(default_factory=lambda: defaultdict(list))

    def add(self, known: Known) -> None:
        """One more."""
        if known.phone:
            self.phones[known.area_id, known.phone].append(known)
        if known.house_fold:
            self.houses[known.area_id, known.house_fold].append(known)
        self.names[known.area_id, known.householder_fold].append(known)

    def of(self, one: Known) -> Iterator[tuple[DoubleReason, Known]]:
        """Those that look like this one, each once, by the strongest reason, and no more than anybody reads."""
        told = {one.id}
        for reason, other in self._reasons(one):
            if other.id not in told and len(told) <= _MOST_TOLD:
                told.add(other.id)
                yield reason, other

    def _reasons(self, one: Known) -> Iterator[tuple[DoubleReason, Known]]:
        for other in _few(self.phones.get((one.area_id, one.phone or ""), ())):
            yield DoubleReason.PHONE, other
        for other in _few(self.houses.get((one.area_id, one.house_fold), ())):
            if likeness(one.householder_fold, other.householder_fold) >= ALIKE:
                yield DoubleReason.HOUSE_NUMBER, other
        for other in _few(self.names.get((one.area_id, one.householder_fold), ())):
            if not one.house_fold or not other.house_fold:
                yield DoubleReason.NAME, other


def _few(some: Sequence[Known]) -> Sequence[Known]:
    return some if len(some) <= MOST_ALIKE else ()


def likeness(one: str, other: str) -> float:
    """How much two folded names share, as Postgres's `similarity` has it: of all pieces of three letters."""
    mine, theirs = _pieces(one), _pieces(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


@lru_cache(20_000)
def _pieces(text: str) -> frozenset[str]:
    words = "".join(char if char.isalnum() else " " for char in text).split()
    return frozenset(f"  {word} "[at : at + 3] for word in words for at in range(len(word) + 1))
