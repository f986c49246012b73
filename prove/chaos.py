"""Phones push over a bad network while everything is killed; at the end not one acknowledged element may be missing.

A set checker then holds what each phone was told against the database, a fresh phone's pull, every phone's store and
the bytes in S3. The seed decides who does what and which process is killed after how many pushes.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.beside import beside
from demo.chance import dice
from demo.network import Link, Network, Weather
from demo.phone import Phone
from demo.session import OutOfReach, Patience
from demo.wire import NoAnswer, Wire
from prove.faults import Killer, felt, plan
from prove.own_house import OwnHouse, own_house, scratch
from prove.telling import conclude, in_words, say, telling
from prove.watch import Moment, Watch, WatchedWire

if TYPE_CHECKING:
    from prove.hands import Hand

WEATHER = Weather(cut_s=6, delay_s=0.004, rate=0, outage_s=0.4, stall_s=2, half_open=True)
PHONE_PATIENCE_S = 4
"""How long a phone waits for a silent line."""
PROBING_S = 0.2
LONGEST_WAIT_S = 10
HOMEWARD_S = 240
"""How long phones may take to deliver the rest once the faults are over."""
LOST = 8
"""One phone of so many is never heard of again."""


def register(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--pushes", type=int, default=2000, metavar="N", help="acknowledged ones (default: 2000)")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument("--phones", type=int, default=16, metavar="N", help="default: 16")
    parser.add_argument("--limit", type=float, default=7200, metavar="S", help="give up after so long (default: 7200)")
    parser.add_argument("--seed", default="an-thon", help="the same seed plans the same deeds and faults")


def run(arguments: argparse.Namespace) -> int:
    """Play it; 1 if anything was lost, doubled, partial or wrong."""
    with own_house(arguments.data) as house, scratch() as folder, Network() as network:
        chaos = Chaos(arguments, house, folder, network)
        chaos.gather()
        chaos.rage()
        chaos.calm()
        result = chaos.result()
        house.spare = house.spare or bool(chaos.problems)
    return conclude("chaos", result, told(result), chaos.problems, kept=arguments.keep)


@dataclass
class Chaos:
    """One run, from signing in to the verdict."""

    options: argparse.Namespace
    house: OwnHouse
    folder: Path
    network: Network
    watch: Watch = field(default_factory=Watch)
    timeline: list[Moment] = field(default_factory=list)
    store_timeline: list[Moment] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def gather(self) -> None:
        """Everybody signs in; one more stands beside the server, on a good line, and notes how long answers take."""
        from prove.hands import Hand
        from prove.people import crew
        from prove.verdict import all_at_once

        accounts = crew(self.options.phones + 1)
        for number, account in enumerate(accounts[:-1]):
            link = self.network.link(f"{self.options.seed}/{number}", WEATHER, self.house.base_url, self.house.s3_url)
            switch_on = partial(self._phone, account.key, link)
            self.hands.append(Hand(account, switch_on=switch_on, dice=dice(f"{self.options.seed}/{number}")))
        self.probe = Hand(accounts[-1], switch_on=self._probing_phone, dice=dice("probe"))
        all_at_once([*self.hands, self.probe], Hand.sign_in, most=8)
        say(f"{len(self.hands)} phones are signed in")

    def rage(self) -> None:
        """The load and the faults, until there was enough of both."""
        from prove.verdict import all_at_once

        began, before = time.monotonic(), self.watch.pushes
        seed, pushes = self.options.seed, self.options.pushes
        faults = plan(self.options.kills, pushes, dice(f"{seed}/faults"))

        def pushed() -> int:
            return self.watch.pushes - before

        def enough() -> bool:
            done = pushed() >= pushes and self.killer.done
            return done or time.monotonic() - began > self.options.limit

        self.killer = Killer(self.house, self.network, faults, pushed, dice(f"{seed}/killer"))
        told = telling(lambda: f"{pushed()} pushes, {len(self.killer.strikes)} kills")
        # Beside the load, on a good line: is the house ready, does S3 answer, and does a push go through?
        probes = self._ask_ready, self._ask_store, self._push_along
        with beside(self.killer.kill, *probes, told):
            all_at_once(self.hands, lambda hand: hand.live(enough))
        self.load_s, self.pushed = time.monotonic() - began, pushed()
        if pushed() < pushes or not self.killer.done:
            self.problems.append(f"only {pushed()} pushes and {len(self.killer.strikes)} kills in {self.load_s:.0f} s")

    def calm(self) -> None:
        """Some phones are never heard of again, the others deliver what is left; then everything is compared."""
        from prove.verdict import all_at_once, judge, still_down

        lost = self.hands[LOST - 1 :: LOST]
        home = [hand for hand in self.hands if hand not in lost] + [self.probe]
        for hand in lost:
            hand.drown()
        say(f"{len(lost)} phones are lost, {len(home)} deliver what is left")
        deadline = time.monotonic() + HOMEWARD_S
        all_at_once(home, lambda hand: hand.come_home(lambda: time.monotonic() > deadline))
        self.problems += still_down(self.house)
        say("comparing database, pulls from nothing, phones and S3")
        self.verdict, found = judge(self.house, self.folder, home, lost)
        self.photos = sum(hand.phone.store.count_photos("safe") for hand in home)
        self.problems += found + self.watch.strange + [trouble for hand in self.hands for trouble in hand.troubles]
        if (longest := longest_wait(self.timeline)) > LONGEST_WAIT_S:
            self.problems.append(f"somebody waited {longest:.1f} s for an answer")

    def result(self) -> dict[str, Any]:
        """The figures."""
        by_kind = felt(self.killer.strikes, [*self.timeline, *self.store_timeline])
        traffic = [link.traffic for link in self.network.links]
        return {
            "pushes": self.pushed,
            "load_s": round(self.load_s, 1),
            "phones": len(self.hands),
            "kills": {kind: len(times) for kind, times in sorted(by_kind.items())},
            "felt_s": {
                kind: {"median": round(statistics.median(times), 2), "longest": round(max(times), 2)}
                for kind, times in sorted(by_kind.items())
            },
            "longest_wait_s": round(longest_wait(self.timeline), 2),
            "restarts": self.house.restarts(),
            "network": {"cuts": sum(t.cuts for t in traffic), "stalls": sum(t.stalls for t in traffic)},
            "statuses": self.watch.by_status(),
            "unanswered": dict(self.watch.unanswered.most_common(10)),
            "photos": self.photos,
            "database": asdict(self.verdict.counts),
            "found": self.verdict.totals,
        }

    # Phones

    def _phone(self, key: str, link: Link) -> Phone:
        wire = WatchedWire(self.watch, self.house.base_url, timeout_s=PHONE_PATIENCE_S)
        wire.dial = link.dial
        patience = Patience(first_s=0.1, cap_s=2, tries=6)
        return Phone(self.house.base_url, self.folder / key, wire=wire, patience=patience)

    def _probing_phone(self) -> Phone:
        wire = WatchedWire(self.watch, self.house.base_url, timeout_s=30, timeline=self.timeline)
        patience = Patience(first_s=0.1, cap_s=0.1, tries=20)
        return Phone(self.house.base_url, self.folder / "probe", wire=wire, patience=patience)

    def _ask_ready(self, over: threading.Event) -> None:
        wire = WatchedWire(self.watch, self.house.base_url, timeout_s=30, timeline=self.timeline)
        while not over.wait(PROBING_S):
            try:
                wire.request("GET", f"{self.house.base_url}/readyz")
            except NoAnswer:
                continue

    def _ask_store(self, over: threading.Event) -> None:
        """A stranger's question, which S3 answers with 403 once it is well."""
        wire = Wire(timeout_s=30)
        while not over.wait(PROBING_S):
            began, status = time.monotonic(), None
            with suppress(NoAnswer):
                status = wire.request("GET", f"{self.house.s3_url}/").status
            self.store_timeline.append(Moment(began, time.monotonic(), status))

    def _push_along(self, over: threading.Event) -> None:
        while not over.wait(PROBING_S):
            self.probe.do_something()
            try:
                self.probe.phone.sync.push()
            except OutOfReach:
                continue


def longest_wait(timeline: list[Moment]) -> float:
    """The longest that anyone on a good line waited, for an answer or for the news that none will come."""
    return max((moment.wait_s for moment in timeline), default=0.0)


def told(result: dict[str, Any]) -> str:
    """The figures to read."""
    database = result["database"]
    kills = ", ".join(f"{kind} {count}" for kind, count in result["kills"].items())
    lines = [
        f"{result['pushes']} pushes by {result['phones']} phones in {result['load_s']} s; {database['acknowledged']} "
        f"mutations acknowledged, {database['unacknowledged']} never (of them {database['applied_unacknowledged']} "
        f"there, whole); {result['photos']} photos",
        f"{sum(result['kills'].values())} kills: {kills}; {result['network']['cuts']} cuts, "
        f"{result['network']['stalls']} stalls",
        in_words(result["found"]),
        f"answers: {result['statuses']}; the longest wait {result['longest_wait_s']} s",
    ]
    for kind, times in result["felt_s"].items():
        lines.append(f"  {kind:14} felt for {times['median']} s (median), {times['longest']} s (longest)")
    return "\n".join(lines)
