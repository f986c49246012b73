"""Hands: people who do all that can be done with a phone, again and again, whatever becomes of network and server.

The phone is the demo's, the reference; its store is the ledger: a mutation counts as acknowledged once the answer that
says so has been read whole.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from demo.jpeg import photo
from demo.phone import Phone
from demo.session import OutOfReach, Patience, Refused, SignedOut
from demo.store import Data
from demo.tracks import Point
from prove.people import Account
from prove.watch import DeafWire

SEVERITIES = ("info", "attention", "urgent")
KINDS = ("lighting", "stranger", "traffic", "environment", "other")


@dataclass(frozen=True)
class Sent:
    """One mutation and what the phone was told of it; nothing (`status` None) if it never read an answer."""

    phone: str
    user_id: str
    mutation_id: str
    type: str
    record_id: str
    op: str
    status: str | None
    version: int | None


class Hand:
    """Somebody with a phone. `switch_on` gives the phone, also after its battery died."""

    def __init__(self, account: Account, *, switch_on: Callable[[], Phone], dice: Random) -> None:
        self.account = account
        self.dice = dice
        self.patrols: list[str] = []
        self.walked: dict[str, list[Point]] = {}
        self.shots: dict[str, tuple[str, int]] = {}
        self.troubles: list[str] = []
        self._switch_on = switch_on
        self._second = 0
        self.phone = switch_on()

    def sign_in(self) -> None:
        """Begin a session, however long it takes."""
        self._patiently(
            lambda: self.phone.sign_in(phone=self.account.phone, password=self.account.password), lambda: False
        )

    def live(self, enough: Callable[[], bool]) -> None:
        """Record and deliver until it is enough."""
        while not enough():
            for _ in range(self.dice.randint(1, 4)):
                self.do_something()
            self._mishap()
            self._patiently(self.phone.sync.push, enough)
            if self.dice.random() < 0.15:
                self._patiently(self.phone.sync.pull, enough)
            if self.dice.random() < 0.3:
                self._patiently(self.phone.photos.send, enough)

    def come_home(self, too_late: Callable[[], bool]) -> None:
        """Deliver all that waits."""
        self._patiently(self.phone.deliver, too_late)

    def drown(self) -> None:
        """The phone sends a last time and is never heard of again."""
        for _ in range(self.dice.randint(1, 6)):
            self.do_something()
        self._hang_up()

    def sent(self) -> Iterator[Sent]:
        """Every mutation that this phone ever made."""
        store = self.phone.store
        for state in ("acknowledged", "set_aside"):
            for body, result in store.settled(state):
                yield self._sent(body, result.get("was") or result["status"], result.get("version"))
        for mutation in store.queued():
            yield self._sent(json.loads(mutation.body), None, None)

    def _sent(self, body: Data, status: str | None, version: int | None) -> Sent:
        account = self.account
        return Sent(
            account.key, account.user_id, body["mutation_id"], body["type"], body["id"], body["op"], status, version
        )

    # What is done

    def do_something(self) -> None:
        """One thing of those that people do, at random."""
        chance = self.dice.random()
        if not self.patrols or chance < 0.02:
            self._start_patrol()
        elif chance < 0.55:
            self._observe()
        elif chance < 0.83:
            self._edit()
        elif chance < 0.87:
            self._delete()
        elif chance < 0.95:
            self._walk()
        else:
            self._photograph()

    def _start_patrol(self) -> None:
        here = {"area_id": self.account.area_id, "team_id": self.account.team_id}
        times = {"started_at": self.phone.clock.now(), "status": "ongoing"}
        self.patrols.append(self.phone.create("patrol", {**here, **times, "participant_ids": [self.account.user_id]}))

    def _observe(self) -> None:
        self.phone.create(
            "observation",
            {
                "area_id": self.account.area_id,
                "team_id": self.account.team_id,
                "patrol_id": self.patrols[-1],
                "kind": self.dice.choice(KINDS),
                "severity": self.dice.choice(SEVERITIES),
                "note": f"Ghi chép số {self.dice.randrange(10**9)}",
                "location": {"lon": self._degree(108), "lat": self._degree(11), "accuracy_m": self.dice.randint(3, 40)},
            },
        )

    def _edit(self) -> None:
        """Change something that anyone of the team made; others do the same at the same time."""
        word = f"Sửa lần {self.dice.randrange(10**9)}"
        if self.dice.random() < 0.15 and (patrol := self._any("patrol")):
            change: Data = {"outcome": word}
            if self.dice.random() < 0.5:
                visit = {"id": self.phone.clock.uuid7(), "checkpoint_id": str(uuid.uuid4())}
                visits = (self.phone.see("patrol", patrol) or {}).get("checkpoint_visits") or []
                visits = [*visits, {**visit, "visited_at": self.phone.clock.now()}]
                change = {"checkpoint_visits": visits} if len(visits) < 100 else change
            self.phone.edit("patrol", patrol, **change)
        elif sight := self._any("observation"):
            name = self.dice.choice(["note", "place_text", "action_taken", "severity"])
            self.phone.edit(
                "observation", sight, **{name: self.dice.choice(SEVERITIES) if name == "severity" else word}
            )

    def _delete(self) -> None:
        if self.dice.random() < 0.05:
            self.phone.delete("observation", self.phone.clock.uuid7())  # one that nobody ever made
        elif sight := self._any("observation"):
            self.phone.delete("observation", sight)

    def _walk(self) -> None:
        """A piece of the way, in seconds that this patrol has no other point for."""
        patrol = self.patrols[-1]
        at = 1_790_000_000 + self._second
        points = [Point(at + 5 * n, self._e6(108), self._e6(11), self.dice.randint(3, 25)) for n in range(12)]
        self._second += 60
        self.phone.add_track(patrol, area_id=self.account.area_id, points=points)
        self.walked.setdefault(patrol, []).extend(points)

    def _photograph(self) -> None:
        seed, size = f"{self.account.key}/{self.dice.randrange(10**9)}", self.dice.randint(2_000, 40_000)
        subject = {"type": "patrol", "id": self.patrols[-1]}
        content = photo(seed, size=size)
        self.shots[self.phone.photograph(content, area_id=self.account.area_id, subject=subject)] = (seed, size)

    def _any(self, type: str) -> str | None:
        """One of the newest records of a type that this phone holds."""
        found = self.phone.store.newest(type, 30)
        return self.dice.choice(found) if found else None

    def _degree(self, whole: int) -> float:
        return self._e6(whole) / 1e6

    def _e6(self, whole: int) -> int:
        return whole * 1_000_000 + self.dice.randrange(100_000)

    def record_evening(self) -> None:
        """An evening without signal: a patrol with its way of four hours, and twelve sights."""
        self._start_patrol()
        start = 1_790_000_000
        points = [Point(start + 10 * n, self._e6(108), self._e6(11), self.dice.randint(3, 25)) for n in range(1440)]
        for hour in range(4):
            piece = points[360 * hour : 360 * (hour + 1)]
            self.phone.add_track(self.patrols[-1], area_id=self.account.area_id, points=piece)
        self.walked[self.patrols[-1]] = points
        for _ in range(12):
            self._observe()

    # What goes wrong

    def _mishap(self) -> None:
        chance = self.dice.random()
        if chance < 0.03:
            self.phone.store.set(access="used.up.token")  # as after fifteen minutes: 401, and a refresh
        elif chance < 0.05:
            self._hang_up()
        elif chance < 0.06:
            self._restart()

    def _hang_up(self) -> None:
        """Send what waits, or a part of it, and never read the answer."""
        session = self.phone.session
        wire, patience = session.wire, session.patience
        deaf = DeafWire(share=self.dice.choice([1.0, 1.0, self.dice.random()]))
        deaf.dial = wire.dial
        session.wire, session.patience = deaf, Patience(tries=1)
        try:
            self.phone.sync.push()
        except OutOfReach:
            pass
        finally:
            session.wire, session.patience = wire, patience

    def _restart(self) -> None:
        """The battery dies: what lies in the folder is left."""
        self.phone.close()
        self.phone = self._switch_on()

    def _patiently(self, work: Callable[[], Any], enough: Callable[[], bool]) -> None:
        """Try until it works or is enough. What no phone should meet is noted, and life goes on."""
        while True:
            try:
                work()
                return
            except OutOfReach:
                if enough():
                    return
            except SignedOut:
                self.troubles.append(f"{self.account.key} lost its session")
                self.sign_in()
            except Refused as refused:
                self.troubles.append(f"{self.account.key} was refused: {refused}")
                return
