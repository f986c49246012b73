"""The end of a proof: all is quiet, and everything that was promised is looked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import connections

from accounts.sealer import verify_seals
from demo.phone import Phone, new_phone
from demo.session import OutOfReach
from demo.wire import NoAnswer, Wire
from prove.checker import Verdict, check
from prove.comparing import differences
from prove.hands import Hand
from prove.own_house import OwnHouse

PROCESSES = ("server", "worker", "keeper", "postgres", "s3")
BACK_S = 60


def all_at_once(hands: Sequence[Hand], work: Callable[[Hand], Any], *, most: int = 64) -> None:
    """Everybody does it, at the same time; what goes wrong is raised, once all have ended."""
    with ThreadPoolExecutor(min(most, len(hands))) as pool:
        futures = [pool.submit(work, hand) for hand in hands]
    for future in futures:
        future.result()


def still_down(house: OwnHouse) -> Iterator[str]:
    """What doesn't come back by itself after the last fault."""
    deadline, missing, wire = time.monotonic() + BACK_S, ["everything"], Wire(timeout_s=20)
    while missing and time.monotonic() < deadline:
        missing = [name for name in PROCESSES if house.pid(name) is None]
        try:
            ready = wire.request("GET", f"{house.base_url}/readyz")
            missing += [] if ready.ok else [f"/readyz ({ready.status})"]
        except NoAnswer as error:
            missing.append(f"/readyz ({error})")
        time.sleep(0.1)
    yield from (f"{name} hasn't come back after {BACK_S} s" for name in missing)


def judge(house: OwnHouse, folder: Path, hands: Sequence[Hand], lost: Sequence[Hand]) -> tuple[Verdict, list[str]]:
    """Everything that doesn't agree. `lost` phones never came back: what they sent is there whole, or not at all."""
    problems: list[str] = []

    def converge(hand: Hand) -> None:
        hand.phone.session.wire.close()
        hand.phone.session.wire = Wire(timeout_s=60)
        try:
            hand.phone.sync.converge()
        except OutOfReach as error:
            problems.append(f"{hand.account.key}: {error}")
        hand.phone.session.wire.close()  # idle, the server would hang up, and the phone would rest before it asks again

    all_at_once(hands, converge, most=8)
    verdict = check(house.environment()["DATABASE_OWNER_URL"], (one for hand in [*hands, *lost] for one in hand.sent()))
    problems += verdict.lines()
    problems += differences(hands, _readers(house, folder, hands))
    seals = verify_seals()
    connections.close_all()
    return verdict, problems + ([f"the chain of audit seals is broken: {seals.fault}"] if seals.fault else [])


def _readers(house: OwnHouse, folder: Path, hands: Sequence[Hand]) -> dict[str, Phone]:
    """In each hamlet somebody signs in on a new phone and gets everything from nothing."""
    readers: dict[str, Phone] = {}
    for hand in hands:
        account = hand.account
        if account.area_id not in readers:
            readers[account.area_id] = new_phone(house.base_url, folder, asdict(account))
    return readers
