"""`/metrics` tells who may ask how requests go and what waits, adds up all workers, and names nobody."""

from __future__ import annotations

import re
import time
import urllib.request
from pathlib import Path

import pytest
from django.test import Client

from api import metrics
from tests.api import raw
from tests.servers import PostgresAddress


def scraped(text: str) -> dict[str, float]:
    """Every sample by name and labels."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.django_db
def test_requests_are_counted_by_pattern_and_status(client: Client) -> None:
    client.get("/v1/patrols/0190aaaa-0000-7000-8000-000000000001")
    client.get("/no/such/place")
    found = scraped(client.get("/metrics").content.decode())
    route = 'route="v1/patrols/<uuid:id>"'
    assert found[f'anthon_requests_total{{method="GET",{route},status="401"}}'] >= 1
    assert found[f"anthon_request_seconds_count{{{route}}}"] >= 1
    assert found['anthon_requests_total{method="GET",route="none",status="404"}'] >= 1
    assert found["anthon_database_up"] == 1
    assert found['anthon_partitions_ahead{table="revision"}'] >= 0
    assert "anthon_uploads_waiting" in found
    assert "anthon_sessions" in found
    assert "anthon_sealer_lag_seconds" in found
    assert "0190aaaa" not in str(found)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asker",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_strangers_find_nothing_there(client: Client, asker: dict[str, str]) -> None:
    answer = client.get("/metrics", **asker)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.django_db
def test_whoever_is_named_may_read(client: Client, settings: object) -> None:
    from ipaddress import ip_network

    settings.METRICS_PEERS = [ip_network("10.0.0.0/8")]  # type: ignore[attr-defined]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::ffff:10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404
    assert client.post("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 404


def test_labels_are_bounded_by_the_code() -> None:
    before = len(metrics._children)
    for number in range(100):
        metrics.began()
        metrics.ended(f"VERB{number}", None, 404, 0.001)
    assert len(metrics._children) <= before + 1


def test_counting_a_request_costs_microseconds() -> None:
    metrics.began()
    metrics.ended("GET", "v1/me", 200, 0.001)
    best = 1.0
    for _ in range(5):
        began = time.thread_time()
        for _ in range(1000):
            metrics.began()
            metrics.ended("GET", "v1/me", 200, 0.001)
        best = min(best, time.thread_time() - began)
    assert best / 1000 < 20e-6


def test_two_workers_are_added_up(postgres: PostgresAddress, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "ANTHON_ALLOWED_HOSTS": "127.0.0.1"}
    with raw.server(tmp_path, words=("--workers", "2", "--threads", "2"), environment=environment) as (port, _):
        deadline = time.monotonic() + 60
        while len(list(folder.glob("counter_*.db"))) < 2:
            assert time.monotonic() < deadline
            get(port, "/healthz")
        before = scraped(get(port, "/metrics"))
        for _ in range(40):
            get(port, "/healthz")
        after = scraped(get(port, "/metrics"))
    name = 'anthon_requests_total{method="GET",route="healthz",status="200"}'
    assert after[name] - before[name] == 40
    assert after["anthon_workers"] == 2
    assert after["anthon_process_resident_bytes"] > 50e6
    assert after["anthon_process_cpu_seconds_total"] > 0
    assert not re.search(r"pid=", str(after))


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return str(answer.read().decode())
