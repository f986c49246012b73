"""What Prometheus reads at `/metrics`: how requests go, what waits, how the database stands; nothing about people.

Each request costs a few microseconds: counters lie in files that all workers of a server share
(PROMETHEUS_MULTIPROC_DIR, which `python -m api` sets), and whoever is asked adds them up. What the database knows is
asked when Prometheus asks. Labels are route patterns, methods, statuses, topics and tables: as many as the code has,
whatever is asked for.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views import View
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from api.problems import Problem
from api.problems.handler import problem_response

logger = logging.getLogger("anthon.metrics")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# A proxy of ours stands on loopback too, and must not lend its place to strangers.
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
_KEPT_S = 10.0
_PATIENCE_S = 2.0

_requests = Counter("anthon_requests", "Requests answered", ["method", "route", "status"])
_seconds = Histogram("anthon_request_seconds", "Time from the first to the last byte", ["route"], buckets=_BOUNDS_S)
_in_flight = Gauge("anthon_requests_in_flight", "Requests being worked on", multiprocess_mode="livesum")
_retries = Counter("anthon_transaction_retries", "Transactions that were run once more", ["cause"])
_replica = Counter("anthon_replica_reads", "Lists by who answered them, and why not the replica", ["answered_by"])

_children: dict[tuple[str, str, int], Callable[[float], None]] = {}
_sources: list[Callable[[], Iterator[Metric]]] = []


def began() -> None:
    """A request has begun."""
    _in_flight.inc()


def ended(method: str | None, route: str | None, status: int, seconds: float) -> None:
    """It was answered; `route` is the pattern, None where none matched."""
    _in_flight.dec()
    key = (method if method in _METHODS else "other", route if route is not None else "none", status)
    observe = _children.get(key)
    if observe is None:
        observe = _children[key] = _observer(*key)
    observe(seconds)


def ended_untold() -> None:
    """It was answered, and no figure says what it was or when."""
    _in_flight.dec()


def _observer(method: str, route: str, status: int) -> Callable[[float], None]:
    count, time_of = _requests.labels(method, route, str(status)), _seconds.labels(route)

    def observe(seconds: float) -> None:
        count.inc()
        time_of.observe(seconds)

    return observe


def retried(cause: str) -> None:
    """A transaction runs once more: `rolled_back`, `raced` or `connection_lost`."""
    _retries.labels(cause).inc()


def listed(answered_by: str) -> None:
    """A list was answered by `replica`, `primary_replica_behind` or `primary_replica_away`."""
    _replica.labels(answered_by).inc()


def register_source(source: Callable[[], Iterator[Metric]]) -> None:
    """Add figures that the database knows; asked at most every ten seconds, in a transaction that can't write."""
    _sources.append(source)


class Metrics(View):
    """Only for who asks from an address of ANTHON_METRICS_PEERS, itself and not through a proxy; else 404."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if not _is_peer(request):
            return problem_response(Problem("not_found"), request)
        return HttpResponse(generate_latest(_registry()), content_type="text/plain; version=0.0.4; charset=utf-8")

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return problem_response(Problem("not_found"), request)


def _is_peer(request: HttpRequest) -> bool:
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in settings.METRICS_PEERS)


def _registry() -> CollectorRegistry:
    """The counters of all workers, or of this process alone where they share no folder; and the database's figures."""
    registry = CollectorRegistry()
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        _forget_dead(folder)
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for each in (_requests, _seconds, _in_flight, _retries, _replica):
            registry.register(each)
    registry.register(_Asked())
    return registry


def _forget_dead(folder: str) -> None:
    """A worker that was killed has nothing in flight any more; what it counted stays."""
    for file in Path(folder).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _Asked:
    """What is found out when Prometheus asks: processes, then the database, whose absence must not hide the rest."""

    def collect(self) -> Iterator[Metric]:
        yield from _processes()
        yield from _database.figures()


def _processes() -> Iterator[Metric]:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    pids = {int(file.stem.rpartition("_")[2]) for file in Path(folder).glob("*.db")} if folder else {os.getpid()}
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu_s, resident = 0.0, []
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # a worker that ended
        cpu_s += (int(fields[11]) + int(fields[12])) / ticks
        resident.append(int(fields[21]) * page)
    yield CounterMetricFamily("anthon_process_cpu_seconds", "CPU of this server's workers", value=cpu_s)
    yield GaugeMetricFamily("anthon_process_resident_bytes", "Memory of them all", value=sum(resident))
    yield GaugeMetricFamily("anthon_workers", "Worker processes of this server", value=len(resident))


class _Database:
    """The database's figures, kept for some seconds, so that nobody keeps it busy by asking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def figures(self) -> list[Metric]:
        """One asks at a time; where that one hangs with the database, the others don't wait for it."""
        if not self._lock.acquire(timeout=_PATIENCE_S):
            return [_up(0)]
        try:
            if time.monotonic() > self._until:
                self._kept = self._ask()
                self._until = time.monotonic() + _KEPT_S
            return self._kept
        finally:
            self._lock.release()

    def _ask(self) -> list[Metric]:
        found: list[Metric] = []
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception:
            connection.close()
            return [_up(0)]
        for source in _sources:
            try:
                found += list(source())
            except Exception:
                logger.exception("a source of metrics failed")
                connection.close()
        return [_up(1), *found]


def _up(value: int) -> Metric:
    return GaugeMetricFamily("anthon_database_up", "Whether the database answers", value=value)


_database = _Database()
