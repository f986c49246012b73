"""The table of speeds: every row beside its limit, measured in turns in one run, so that only ratios matter."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.limits import Limits
from bench.load import Load, closed_loop, percentile
from bench.rows import FRONT, Row, World

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
    return [place % (world.seed.areas * world.seed.members) for place in range(count)]


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
