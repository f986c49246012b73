"""Growth: the same requests against a small country and a large one, which must cost the same (at most 1.15 times).

Both houses are up at once and measured in turns, so whatever else the machine does happens to both. Compared is the
CPU a request takes, server and Postgres together; rates and times stand beside it. The large seed is made on the first
run, which takes a while, and is kept in a data folder of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.house import DATA, up
from bench.load import closed_loop
from bench.results import keep
from bench.rows import World, create, empty_pull, list_50, pull_500, push, read_one, refresh
from bench.seed import Seed, prepare
from bench.talk import Talk

MOST, MOST_OF_A_THOUSAND = 1.15, 5.0
CONNECTIONS = 8


@dataclass(frozen=True)
class Ask:
    """A request and who makes it. `against`: the one that it is compared with, if not itself in the small country."""

    title: str
    who: Callable[[Seed, int], int]
    talks: Callable[[World, Sequence[int]], list[Talk]]
    most: float = MOST
    against: str | None = None


def member(seed: Seed, place: int) -> int:
    """The leader of a hamlet, spread over the country."""
    return place * max(1, seed.areas // CONNECTIONS) % seed.areas


def officer(seed: Seed, place: int) -> int:
    """Of a commune: 29 hamlets, so 30 streams."""
    return seed.officer(place * max(1, seed.communes // CONNECTIONS))


def district_officer(seed: Seed, place: int) -> int:
    """Of 34 communes: 1,021 streams, where there are so many hamlets."""
    return seed.district_officer(place)


ASKS = [
    Ask("empty pull, member", member, empty_pull),
    Ask("empty pull, officer with 30 streams", officer, empty_pull),
    Ask("read one, member", member, read_one),
    Ask("read one, officer", officer, read_one),
    Ask("list 50 of an area, member", member, list_50),
    Ask("list 50 of an area, officer", officer, list_50),
    Ask("pull of 500, officer", officer, pull_500),
    Ask("create one", member, create),
    Ask("push of 100", member, push),
    Ask("refresh", member, refresh),
]
WIDE = Ask("empty pull, 1,000 streams", district_officer, empty_pull, MOST_OF_A_THOUSAND, "empty pull, member")


def register(parser: argparse.ArgumentParser) -> None:
    """Which two countries, and how long."""
    parser.add_argument("--small", default="100000,100", metavar="RECORDS,HAMLETS", help="default: %(default)s")
    parser.add_argument("--large", default="10000000,100", metavar="RECORDS,HAMLETS", help="default: %(default)s")
    parser.add_argument("--data", type=Path, default=DATA, help="of the small one (default: .anthon-bench)")
    parser.add_argument("--large-data", type=Path, help="of the large one (default: that of the small one, -large)")
    parser.add_argument("--seconds", type=float, default=1.0, help="each measurement lasts (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="of both in turn (default: 5)")
    parser.add_argument("--seed-only", action="store_true", help="make the seeds and measure another time")


def run(arguments: argparse.Namespace) -> int:
    """Seeds, measures both in turns, prints the factors; exits with 1 if one is too high."""
    large_data = arguments.large_data or arguments.data.with_name(arguments.data.name + "-large")
    sides = [
        Side(data.resolve(), _seed(told))
        for data, told in ((arguments.data, arguments.small), (large_data, arguments.large))
    ]
    try:
        for side in sides:
            side.wait()
        if arguments.seed_only:
            return 0
        rows = compare(sides, arguments.seconds, arguments.rounds)
    finally:
        for side in sides:
            side.close()
    if arguments.keep:
        found = {"small": asdict(sides[0].seed), "large": asdict(sides[1].seed), "rows": rows}
        keep("growth", found)
    return 0 if all(row["reached"] for row in rows) else 1


def _seed(told: str) -> Seed:
    records, areas = (int(each) for each in told.split(","))
    return Seed(records=records, areas=areas, people=3 * areas)


class Side:
    """One country, in a process of its own: keys and database are a process's."""

    def __init__(self, data: Path, seed: Seed) -> None:
        self.seed = seed
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, data, seed))
        self.process.start()
        theirs.close()

    def wait(self) -> Any:
        """The next answer."""
        try:
            return self.line.recv()
        except EOFError:
            sys.exit("a house didn't come up, or its process ended; see above")

    def ask(self, title: str, seconds: float) -> dict[str, Any]:
        """Measures a request once."""
        self.line.send((title, seconds))
        return dict(self.wait())

    def close(self) -> None:
        """Takes the house down."""
        try:
            self.line.send(None)
        except OSError:
            pass
        self.process.join()


def serve(line: Connection, data: Path, seed: Seed) -> None:
    """The process of one side: brings the house up and measures what it is asked to."""
    with up(data, _say) as measured:
        prepare(measured, seed, fresh=False, say=_say)
        world, cpu = World(measured, seed), measured.cpu()
        made: tuple[str, list[Talk]] = ("", [])
        line.send("ready")
        while asked := line.recv():
            title, seconds = asked
            if made[0] != title:
                ask = next(each for each in [*ASKS, WIDE] if each.title == title)
                made = title, ask.talks(world, [ask.who(seed, place) for place in range(CONNECTIONS)])
            load = closed_loop(measured.address, made[1], seconds=seconds, cpu=cpu)
            line.send(
                {
                    "cpu_ms": load.per_request_ms(load.cpu["server"] + load.cpu["postgres"]),
                    "p50_ms": load.percentile_ms(0.5),
                    "rate": load.rate,
                    "faults": dict(load.faults.most_common(2)),
                }
            )


def _say(line: str) -> None:
    print(line, flush=True)


def compare(sides: Sequence[Side], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """Each request on both sides in turns; the factor is the median of the rounds."""
    small, large = (f"{side.seed.records:,} / {side.seed.areas:,}" for side in sides)
    _say(f"\nCPU ms a request, at records / hamlets:\n{'':38} {small:>18} {large:>20}  {'factor':>6}  p50 ms")
    rows = [_compared(ask, sides, seconds, rounds) for ask in ASKS]
    if sides[1].seed.areas >= 1000:
        rows.append(_compared(WIDE, [sides[1], sides[1]], seconds, rounds))
    return rows


def _compared(ask: Ask, sides: Sequence[Side], seconds: float, rounds: int) -> dict[str, Any]:
    titles = [ask.against or ask.title, ask.title]
    for side, title in zip(sides, titles, strict=True):
        side.ask(title, seconds / 2)  # the first round of each is for the caches
    found = [[side.ask(title, seconds) for side, title in zip(sides, titles, strict=True)] for _ in range(rounds)]
    factor = round(statistics.median(b["cpu_ms"] / a["cpu_ms"] if a["cpu_ms"] else 0.0 for a, b in found), 3)
    faults = {fault: times for pair in found for each in pair for fault, times in each["faults"].items()}
    cpu, p50 = (
        [round(statistics.median(each[at][name] for each in found), 2) for at in (0, 1)]
        for name in ("cpu_ms", "p50_ms")
    )
    reached = factor <= ask.most and not faults
    _say(
        f"{ask.title:38} {cpu[0]:>18.2f} {cpu[1]:>20.2f}  {factor:>6.2f}  {p50[0]:.1f} → {p50[1]:.1f}"
        f"  ≤ {ask.most:g} {'reached' if reached else 'NOT REACHED'}"
    )
    for fault, times in faults.items():
        _say(f"    {times} × {fault}")
    return {"title": ask.title, "cpu_ms": cpu, "p50_ms": p50, "factor": factor, "most": ask.most, "reached": reached}
