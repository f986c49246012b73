"""A thousand phones come back at once after an outage, each with an evening's queue and a token that has run out.

Everything must be delivered within ten minutes, with no error but 401 (then a refresh), 429 and 503; afterwards the set
checker looks for every element as after chaos.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.load import percentile
from demo.beside import beside
from demo.chance import dice
from demo.phone import Phone
from demo.session import Patience
from prove.own_house import OwnHouse, own_house, scratch
from prove.telling import conclude, in_words, say, telling
from prove.watch import Watch, WatchedWire

if TYPE_CHECKING:
    from prove.hands import Hand

DRAINED_S = 600


def register(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--phones", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--seed", default="an-thon", help="the same seed records the same evenings")


def run(arguments: argparse.Namespace) -> int:
    """Play it; 1 if it took too long, or anything was lost, doubled, partial or wrong."""
    with own_house(arguments.data) as house, scratch() as folder:
        watch = Watch()
        hands = _evening(arguments, house, folder, watch)
        drained = _storm(hands, watch)
        result, problems = _verdict(house, folder, hands, watch, drained)
        house.spare = house.spare or bool(problems)
    return conclude("storm", result, _told(result), problems, kept=arguments.keep)


def _evening(arguments: argparse.Namespace, house: OwnHouse, folder: Path, watch: Watch) -> list[Hand]:
    """Everybody is signed in; then there is no signal, and the evening's patrols are recorded."""
    from prove.hands import Hand
    from prove.people import crew, open_sessions

    hands = []
    for number, account in enumerate(crew(arguments.phones)):
        seed = f"{arguments.seed}/{number}"
        switch_on = partial(_phone, house.base_url, folder / account.key, watch, f"{seed}/patience")
        hands.append(Hand(account, switch_on=switch_on, dice=dice(seed)))
    say(f"{len(hands)} people have accounts")
    for hand, tokens in zip(hands, open_sessions([hand.account for hand in hands]), strict=True):
        hand.phone.store.set(**tokens | {"access": _run_out(tokens["access"])})
        hand.record_evening()
    return hands


def _storm(hands: Sequence[Hand], watch: Watch) -> list[float]:
    """Everybody at once; how long each took to deliver everything and to pull what the others brought."""
    from prove.verdict import all_at_once

    say(f"the signal is back: {len(hands)} phones")
    threading.stack_size(512 * 1024)
    began, drained = time.monotonic(), []

    def deliver(hand: Hand) -> None:
        hand.come_home(lambda: time.monotonic() - began > DRAINED_S)
        drained.append(time.monotonic() - began)

    with beside(telling(lambda: f"{len(drained)} phones have delivered, {watch.by_status()}")):
        all_at_once(hands, deliver, most=len(hands))
    return sorted(drained)


def _verdict(
    house: OwnHouse, folder: Path, hands: Sequence[Hand], watch: Watch, drained: Sequence[float]
) -> tuple[dict[str, Any], list[str]]:
    """The figures, and what is wrong."""
    from prove.verdict import judge

    statuses, unanswered, waits = watch.by_status(), dict(watch.unanswered), _percentiles(watch.waits)
    by_route = {route: dict(counts) for route, counts in sorted(watch.statuses.items())}
    say("comparing database, pulls from nothing and phones")
    verdict, problems = judge(house, folder, hands, [])
    problems += watch.strange + [trouble for hand in hands for trouble in hand.troubles]
    if drained[-1] > DRAINED_S:
        problems.append(f"not everything was delivered within {DRAINED_S} s")
    result = {
        "phones": len(hands),
        "drained_s": {"half": round(statistics.median(drained), 1), "all": round(drained[-1], 1)},
        "wait_s": waits,
        "statuses": statuses,
        "unanswered": unanswered,
        "by_route": by_route,
        "database": asdict(verdict.counts),
        "found": verdict.totals,
    }
    return result, problems


def _told(result: Mapping[str, Any]) -> str:
    """The figures to read."""
    drained, database = result["drained_s"], result["database"]
    lines = [
        f"{result['phones']} phones: half of them done after {drained['half']} s, all after {drained['all']} s; "
        f"{database['acknowledged']} mutations acknowledged",
        f"answers: {result['statuses']}; without one: {result['unanswered'] or 'none'}",
    ]
    lines += [f"  {route:28} p50 {wait['p50']} s, p99 {wait['p99']} s" for route, wait in result["wait_s"].items()]
    return "\n".join([*lines, in_words(result["found"])])


def _percentiles(waits: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    return {
        route: {
            "answers": len(times),
            "p50": round(percentile(times, 0.5), 3),
            "p99": round(percentile(times, 0.99), 3),
        }
        for route, times in sorted(waits.items())
    }


def _phone(base_url: str, folder: Path, watch: Watch, seed: str) -> Phone:
    patience = Patience(first_s=1, cap_s=60, tries=10, dice=dice(seed))
    return Phone(base_url, folder, wire=WatchedWire(watch, base_url, timeout_s=30), patience=patience)


def _run_out(access: str) -> str:
    """The same access token as it is once its quarter of an hour is over."""
    from accounts.tokens import SessionAccessToken

    token = SessionAccessToken(access)  # type: ignore[arg-type]  # simplejwt annotates the text as a Token
    token.set_exp(lifetime=timedelta(minutes=-1))
    return str(token)
