"""The table of speeds: every row beside its limit, measured in turns in one run, so that only ratios matter.

It brings up a house of its own, makes a seed (kept for the next run), and measures; quiet machines give better figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.cpu import processes, tree
from bench.house import DATA, Measured, up
from bench.limits import Limits
from bench.load import Load, closed_loop, percentile
from bench.results import keep
from bench.rows import FRONT, ROWS, Row, World
from bench.seed import Seed, prepare

JUDGED_AT = 16  # connections, as in the table of bars


@dataclass
class Cell:
    """One row at one number of connections, over all rounds."""

    connections: int
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    def told(self, records: int) -> dict[str, Any]:
        """The figures: medians over the rounds, times and CPU over all of them."""
        times = [took for load in self.loads for took in load.times]
        answered = max(1, len(times))
        faults = sum((load.faults for load in self.loads), Counter())
        return {
            "connections": self.connections,
            "requests_s": round(statistics.median(self.rates), 1),
            "records_s": round(statistics.median(self.rates) * records),
            "p50_ms": round(percentile(times, 0.5) * 1000, 2),
            "p99_ms": round(percentile(times, 0.99) * 1000, 2),
            "server_ms": round(sum(load.cpu.get("server", 0) for load in self.loads) * 1000 / answered, 3),
            "postgres_ms": round(sum(load.cpu.get("postgres", 0) for load in self.loads) * 1000 / answered, 3),
            "load_ms": round(sum(load.own_s for load in self.loads) * 1000 / answered, 3),
            "ratio": round(statistics.median(self.ratios), 3),
            "faults": dict(faults.most_common(3)),
        }


@dataclass(frozen=True)
class Plan:
    """How long and how often."""

    seconds: float
    rounds: int
    connections: tuple[int, ...]


def measure(world: World, limits: Limits, row: Row, plan: Plan) -> dict[str, Any]:
    """One row: in each round its limit, then itself at every number of connections."""
    users = spread(world, max(plan.connections))
    talks = row.talks(world, users)
    limit = row.limit(limits)
    address = world.measured.front_address if row is FRONT else world.measured.address
    cpu = world.measured.cpu("front" if row is FRONT else "server")
    cells = {connections: Cell(connections) for connections in plan.connections}
    found: list[float] = []
    for _ in range(plan.rounds):
        found.append(limit(plan.seconds))
        for connections, cell in cells.items():
            load = closed_loop(address, talks[:connections], seconds=plan.seconds, cpu=cpu)
            cell.loads.append(load)
            cell.rates.append(load.rate)
            cell.ratios.append(load.rate * (row.records if row.in_records else 1) / found[-1])
    told = [cell.told(row.records) for cell in cells.values()]
    judged = next((each for each in told if each["connections"] == JUDGED_AT), told[-1])
    return {
        "row": row.name,
        "title": row.title,
        "limit": row.limit_title,
        "limit_s": round(statistics.median(found), 1),
        "reach": row.reach,
        "stretch": row.stretch,
        "ratio": judged["ratio"],
        "judged_at": judged["connections"],
        "reached": judged["ratio"] >= row.reach and not any(each["faults"] for each in told),
        "at": told,
    }


def spread(world: World, count: int) -> list[int]:
    """Members of as many different hamlets as there are, so that connections don't wait for one stream."""
    return [place % world.seed.people for place in range(count)]


HEAD = (
    f"{'':20} {'conn':>4} {'p50 ms':>8} {'p99 ms':>8} {'req/s':>8} {'rec/s':>8}  "
    f"{'CPU ms/request':>22}  {'ratio':>6}  bar"
)
UNDER = f"{'':61}  {'server  postgres  load':>22}"


def lines(told: dict[str, Any]) -> Iterable[str]:
    """A row for people to read."""
    yield f"{told['title']}  (limit: {told['limit']}: {told['limit_s']:,.0f}/s)"
    for at in told["at"]:
        judged = at["connections"] == told["judged_at"]
        bar = _verdict(told) if judged and told["reach"] else ""
        records = f"{at['records_s']:,}" if at["records_s"] else ""
        yield (
            f"{'':20} {at['connections']:>4} {at['p50_ms']:>8.2f} {at['p99_ms']:>8.2f} {at['requests_s']:>8,.0f} "
            f"{records:>8}  {at['server_ms']:>6.2f}  {at['postgres_ms']:>8.2f}  {at['load_ms']:>4.2f}  "
            f"{at['ratio']:>6.2f}  {bar}"
        )
        for fault, times in at["faults"].items():
            yield f"{'':20}      {times} × {fault}"


def _verdict(told: dict[str, Any]) -> str:
    if not told["reached"]:
        return f"≥ {told['reach']:g} NOT REACHED"
    far = "and" if told["ratio"] >= told["stretch"] else "not yet"
    return f"≥ {told['reach']:g} reached, {far} {told['stretch']:g}"


def table(
    world: World, rows: Iterable[Row], plan: Plan, *, say: Callable[[str], None], limits: Limits
) -> list[dict[str, Any]]:
    """Measures the rows one after the other and says each as soon as it is known."""
    say(HEAD)
    say(UNDER)
    found = []
    try:
        for row in rows:
            found.append(measure(world, limits, row, plan))
            for line in lines(found[-1]):
                say(line)
    finally:
        limits.close()
    return found


def register(parser: argparse.ArgumentParser) -> None:
    """Options of the table."""
    names = ",".join(row.name for row in ROWS)
    parser.add_argument("--data", type=Path, default=DATA, help="a data folder of its own (default: .anthon-bench)")
    parser.add_argument("--records", type=int, default=100_000, help="observations in the seed (default: %(default)s)")
    parser.add_argument("--areas", type=int, default=100, help="hamlets in the seed (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="make the seed anew even if there is one like it")
    parser.add_argument("--only", default=names, metavar="ROWS", help=f"of {names}")
    parser.add_argument("--seconds", type=float, default=1.0, help="each measurement lasts (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="of the limit and the row in turn (default: 5)")
    parser.add_argument("--connections", default="1,16,64", help="default: 1,16,64; bars are judged at 16")
    parser.add_argument("--json", action="store_true", help="print the result as JSON, the table to standard error")
    parser.add_argument("--profile", type=Path, help="let py-spy write a flame graph of a server's process to this SVG")


def run(arguments: argparse.Namespace) -> int:
    """Brings up, seeds, measures, tells; exits with 1 if a bar isn't reached."""
    wanted = arguments.only.split(",")
    if unknown := set(wanted) - {row.name for row in ROWS}:
        sys.exit(f"no such row: {', '.join(sorted(unknown))}")
    rows = [row for row in ROWS if row.name in wanted]
    plan = Plan(arguments.seconds, arguments.rounds, tuple(int(each) for each in arguments.connections.split(",")))
    seed = Seed(records=arguments.records, areas=arguments.areas, people=3 * arguments.areas)

    def say(line: str) -> None:
        print(line, file=sys.stderr if arguments.json else sys.stdout, flush=True)

    with up(arguments.data.resolve(), say) as measured:
        prepare(measured, seed, fresh=arguments.fresh, say=say)
        profiler = profile(measured, arguments.profile) if arguments.profile else None
        found = table(World(measured, seed), rows, plan, say=say, limits=Limits(measured, seed))
        if profiler:
            profiler.send_signal(signal.SIGINT)
            profiler.wait()
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    if arguments.keep:
        keep("speed", {"seed": asdict(seed), "plan": asdict(plan), "rows": found})
    return 0 if all(row["reached"] for row in found) else 1


def profile(measured: Measured, svg: Path) -> subprocess.Popen[bytes]:
    """py-spy beside the busiest process of the server, until it is told to stop."""
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        sys.exit("py-spy isn't installed: ./anthon test installs it with the tests' packages")
    running = processes()
    workers = tree(measured.pids["server"], running) - {measured.pids["server"]}
    busiest = max(workers, key=lambda pid: int(running[pid][11]) + int(running[pid][12]))
    argv = [program, "record", "--pid", str(busiest), "--output", str(svg), "--rate", "200", "--threads"]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
