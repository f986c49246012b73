"""A fair draft: who is on duty in which shift. The same for the same question, as long as there is time for it.

What must hold: nobody is in two shifts at once, rests between, and works on days off. Then, in this order: seats are
filled, shifts are even, shifts on weekends and holidays are even. The draft is built shift by shift and then mended:
somebody with more gives a shift to somebody with less, directly or along a chain of people who each take one and pass
one on. Without rests that is exact (a chain is an augmenting path); with rests the draft is begun anew in other orders
until it is even, or `TRIES` times. When time is up, the best so far stands: whole and by the rules, perhaps less even.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

PATIENCE_S = 2.0
TRIES = 30
TRIES_FOR_HEAVY = 3
"""Once all else is even, so often it is begun anew for weekends and holidays alone."""


@dataclass(frozen=True)
class Slot:
    """A shift to be: when, how many people, and whether on a weekend or holiday."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    seats: int
    heavy: bool = False


@dataclass(frozen=True)
class Member:
    """Somebody to be on duty: the slots that they are free for (indexes), and the shifts that they have already.

    `before` is how many they had lately: who had fewer comes first where it can't be even.
    """

    free: frozenset[int]
    shifts: int = 0
    heavy: int = 0
    before: int = 0


def draft(
    slots: Sequence[Slot], members: Sequence[Member], rest: dt.timedelta, clock: Callable[[], float] = time.monotonic
) -> list[list[int]]:
    """For each slot the members (indexes) on duty, at most `seats`, within `PATIENCE_S`. Slots are in order of time."""
    until = clock() + PATIENCE_S
    clashes = [_clashes(slot, slots, rest) for slot in slots]
    best: _Draft | None = None
    for attempt in range(TRIES):
        made = _Draft(slots, members, clashes, attempt, lambda: clock() > until)
        made.build()
        if best is None or made.cost() < best.cost():
            best = made
        if clock() > until or best.is_even(heavy_too=attempt < TRIES_FOR_HEAVY):
            break
    assert best is not None
    return [sorted(people) for people in best.people]


def _clashes(slot: Slot, slots: Sequence[Slot], rest: dt.timedelta) -> int:
    """The slots, as bits, that nobody can work who works this one; this one too."""
    return sum(
        1 << place
        for place, other in enumerate(slots)
        if other is slot or (other.starts_at < slot.ends_at + rest and slot.starts_at < other.ends_at + rest)
    )


@dataclass(frozen=True)
class _Step:
    """In a chain: this member takes this slot, after the step before."""

    member: int
    takes: int
    before: _Step | None = None
    people: int = 0
    """Who is in the chain so far, as bits."""

    def back(self) -> Iterator[_Step]:
        step: _Step | None = self
        while step is not None:
            yield step
            step = step.before


@dataclass
class _Draft:
    """A draft while it is made; `held` are each member's slots as bits."""

    slots: Sequence[Slot]
    members: Sequence[Member]
    clashes: Sequence[int]
    attempt: int
    is_late: Callable[[], bool]
    people: list[set[int]] = field(init=False)
    held: list[int] = field(init=False)
    free: list[int] = field(init=False)
    load: list[int] = field(init=False)
    heavy: list[int] = field(init=False)
    able: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.people = [set() for _ in self.slots]
        self.held = [0] * len(self.members)
        self.free = [sum(1 << slot for slot in member.free) for member in self.members]
        self.load = [member.shifts for member in self.members]
        self.heavy = [member.heavy for member in self.members]
        self.able = [
            [place for place, member in enumerate(self.members) if slot in member.free]
            for slot in range(len(self.slots))
        ]

    def build(self) -> None:
        """Seat people, then mend."""
        chance = Random(self.attempt)  # noqa: S311  (an order to try, nothing secret)
        tie = {member: chance.random() if self.attempt else 0.0 for member in range(len(self.members))}
        order = list(range(len(self.slots)))
        if self.attempt:
            # First what few can do; where that says nothing, in another order.
            order.sort(key=lambda slot: (len(self.able[slot]), chance.random()))
        for slot in order:
            able = [member for member in self.able[slot] if self._takes(member, slot)]
            able.sort(key=lambda member: (*self._burden(member, slot), tie[member], member))
            for member in able[: self.slots[slot].seats]:
                self._give(slot, member)
        for mend in (self._fill_one, self._level_one, self._ease_one):
            while not self.is_late() and mend():
                pass

    def _burden(self, member: int, slot: int) -> tuple[int, ...]:
        heavy = self.heavy[member] if self.slots[slot].heavy else 0
        return self.load[member], heavy, self.members[member].before

    def cost(self) -> tuple[int, int, int, int]:
        """Open seats, how uneven, and the sums of squares that tell small steps apart."""
        return self._open(), self._spread(self.load), sum(n * n for n in self.load), sum(n * n for n in self.heavy)

    def is_even(self, *, heavy_too: bool) -> bool:
        """Whether nothing is left to wish for."""
        even = not self._open() and self._spread(self.load) <= 1
        return even and not (heavy_too and self._spread(self.heavy) > 1)

    @staticmethod
    def _spread(counts: Sequence[int]) -> int:
        return max(counts, default=0) - min(counts, default=0)

    def _open(self) -> int:
        return sum(slot.seats - len(people) for slot, people in zip(self.slots, self.people, strict=True))

    def _takes(self, member: int, slot: int, *, without: int = 0) -> bool:
        """Whether a member can take a slot, were it not for those `without` (bits)."""
        return bool(self.free[member] >> slot & 1) and not self.held[member] & ~without & self.clashes[slot]

    def _give(self, slot: int, member: int, sign: int = 1) -> None:
        (self.people[slot].add if sign > 0 else self.people[slot].remove)(member)
        self.held[member] ^= 1 << slot
        self.load[member] += sign
        self.heavy[member] += sign * self.slots[slot].heavy

    def _fill_one(self) -> bool:
        """Fill one open seat, by whoever ends up with least."""
        seats = zip(self.slots, self.people, strict=True)
        wanting = [place for place, (slot, people) in enumerate(seats) if len(people) < slot.seats]
        end = self._chain(wanting, None, max(self.load, default=0))
        if end:
            self._follow(end, None)
        return end is not None

    def _level_one(self) -> bool:
        """Take one shift off somebody who has at least two more than whoever ends up with one more."""
        least = min(self.load, default=0)
        for giver in sorted(range(len(self.members)), key=lambda member: -self.load[member]):
            if self.load[giver] - least < 2:
                break
            if end := self._chain(list(_bits(self.held[giver])), giver, self.load[giver] - 2):
                self._follow(end, giver)
                return True
        return False

    def _chain(self, given: Sequence[int], giver: int | None, most: int) -> _Step | None:
        """The best way to bring one of these slots to somebody with `most` shifts or fewer: its last step."""
        best: _Step | None = None
        least = min(self.load, default=0)
        start = _Step(-1, -1, None, 0 if giver is None else 1 << giver)
        seen: set[tuple[int, int]] = set()
        queue = deque(self._steps(given, start, seen))
        while queue and (best is None or self.load[best.member] > least) and not self.is_late():
            step = queue.popleft()
            in_the_way = self.held[step.member] & self.clashes[step.takes]
            if not in_the_way and self.load[step.member] <= most:
                best, most = step, self.load[step.member] - 1
            if in_the_way.bit_count() <= 1:
                queue.extend(self._steps(_bits(in_the_way or self.held[step.member]), step, seen))
        return best

    def _steps(self, given: Iterable[int], before: _Step, seen: set[tuple[int, int]]) -> Iterator[_Step]:
        """Everybody who could take one of these slots next, and wasn't asked for it yet."""
        earlier = before if before.member >= 0 else None
        for slot in given:
            for member in self.able[slot]:
                if not before.people >> member & 1 and not self.held[member] >> slot & 1 and (member, slot) not in seen:
                    seen.add((member, slot))
                    yield _Step(member, slot, earlier, before.people | 1 << member)

    def _follow(self, end: _Step, giver: int | None) -> None:
        steps = list(end.back())[::-1]
        givers = [giver, *(step.member for step in steps)]
        for step, gives in zip(steps, givers, strict=False):
            if gives is not None:
                self._give(step.takes, gives, -1)
        for step in steps:
            self._give(step.takes, step.member)

    def _ease_one(self) -> bool:
        """Move one heavy shift from who has two more of them than another: for a light one, or where that is even."""
        order = sorted(range(len(self.members)), key=lambda member: self.heavy[member])
        for least in order:
            for most in reversed(order):
                if self.heavy[most] - self.heavy[least] < 2 or self.is_late():
                    break
                if self._ease(most, least):
                    return True
        return False

    def _ease(self, most: int, least: int) -> bool:
        for slot in _bits(self.held[most]):
            if not self.slots[slot].heavy:
                continue
            if self.load[most] > self.load[least] and self._takes(least, slot):
                self._give(slot, most, -1)
                self._give(slot, least)
                return True
            for back in _bits(self.held[least]):
                if (
                    not self.slots[back].heavy
                    and self._takes(least, slot, without=1 << back)
                    and self._takes(most, back, without=1 << slot)
                ):
                    for given, giver, taker in ((slot, most, least), (back, least, most)):
                        self._give(given, giver, -1)
                        self._give(given, taker)
                    return True
        return False


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
