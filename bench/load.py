"""A load generator that costs little: one process, raw sockets, epoll, requests that are bytes already.

Server, database and load share the machine: what this spends is missing there, so `Load.own_s` says how much it was.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.talk import PATIENCE_S, Line, Lines, Once, Talk

Spent = Callable[[], dict[str, float]]
"""CPU seconds so far, by whose they are."""


@dataclass
class Load:
    """What was measured between two moments."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    received: int = 0
    own_s: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, part: float) -> float:
        """The time in which this part of the requests was answered, in milliseconds."""
        return percentile(self.times, part) * 1000

    def per_request_ms(self, cpu_s: float) -> float:
        """CPU seconds of the whole as milliseconds a request."""
        return cpu_s * 1000 / len(self.times) if self.times else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """By nearest rank; 0 of nothing."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else 0.0


def closed_loop(
    address: tuple[str, int], talks: Sequence[Talk], *, seconds: float, warm: float = 0.2, cpu: Spent = dict
) -> Load:
    """Every connection asks again as soon as it is answered; counted is what was answered after `warm` seconds.

    It lasts longer, by `PATIENCE_S` at most, until each connection was answered twice on average: else slow answers
    would be missed and only fast ones counted. What was under way at the end is still waited for, so that nothing runs
    into the next measurement.
    """
    lines, load = Lines(address, talks), Load()
    for line in list(lines.lines.values()):
        lines.ask(line)
    _ask_on(lines, Load(faults=load.faults), until=time.perf_counter() + warm)
    before, own, began = cpu(), time.process_time(), time.perf_counter()
    _ask_on(lines, load, until=began + seconds, least=2 * len(talks))
    load.seconds, load.own_s = time.perf_counter() - began, time.process_time() - own
    load.cpu = {name: spent - before.get(name, 0.0) for name, spent in cpu().items()}
    ends = time.perf_counter() + PATIENCE_S
    while any(line.busy for line in lines.lines.values()) and time.perf_counter() < ends:
        load.faults.update(fault for _, fault in lines.answers(0.05) if fault)
    load.faults["no answer"] += sum(line.busy for line in lines.lines.values())
    load.faults += Counter()  # without those that didn't happen
    lines.close()
    return load


def _ask_on(lines: Lines, load: Load, *, until: float, least: int = 0) -> None:
    """Keeps asking until then, and at most `PATIENCE_S` longer for `least` answers, good or bad."""
    while (now := time.perf_counter()) < until or (
        len(load.times) + load.faults.total() < least and now < until + PATIENCE_S
    ):
        for line, fault in lines.answers(0.02):
            if fault:
                load.faults[fault] += 1
            else:
                load.times.append(time.perf_counter() - line.began)
            lines.ask(line)


class Arrival(NamedTuple):
    """A request that comes at a moment, whatever else is under way."""

    at: float
    name: str
    talk: Once


def open_loop(
    address: tuple[str, int], arrivals: Iterable[Arrival], *, connections: int = 128, cpu: Spent = dict
) -> dict[str, Load]:
    """Sends each request at its moment on a free connection, and counts from that moment: waiting for one counts too.

    What is measured, by the name of the arrival; `seconds` and `cpu` (with `load`, our own) are those of the whole.
    """
    lines = Lines(address, [Once(b"")] * connections)
    free = list(lines.lines.values())
    loads: dict[str, Load] = {}
    meant: dict[Line, Arrival] = {}
    waiting: deque[Arrival] = deque()
    coming = iter(arrivals)
    following = next(coming, None)
    before, own, start = cpu(), time.process_time(), time.perf_counter()
    last = start
    while (following or waiting or meant) and time.perf_counter() < last + PATIENCE_S:
        while following and start + following.at <= time.perf_counter():
            waiting.append(following)
            following = next(coming, None)
        while waiting and free:
            line, arrival = free.pop(), waiting.popleft()
            line.talk, meant[line] = arrival.talk, arrival
            lines.ask(line)
        pause = start + following.at - time.perf_counter() if following else 0.05
        for line, fault in lines.answers(max(0.0, pause)):
            if done := meant.pop(line, None):  # else a connection was closed while nothing was asked
                last = time.perf_counter()
                free.append(line)
                load = loads.setdefault(done.name, Load())
                if fault:
                    load.faults[fault] += 1
                else:
                    load.times.append(last - start - done.at)
        if following:
            last = max(last, time.perf_counter())
    for arrival in [*meant.values(), *waiting]:
        loads.setdefault(arrival.name, Load()).faults["no answer"] += 1
    seconds, after = time.perf_counter() - start, cpu()
    spent = {name: after[name] - before[name] for name in after} | {"load": time.process_time() - own}
    for load in loads.values():
        load.seconds, load.cpu = seconds, spent
    lines.close()
    return loads
