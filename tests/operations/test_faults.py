"""What `/readyz` says when the database or the store hangs: an answer within ten seconds, and the right one."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.operations.conftest import Home


@contextmanager
def hanging(home: Home, name: str) -> Iterator[None]:
    """A server that takes connections and never answers, which is worse than none."""
    pid = home.state()["processes"][name]["pid"]
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def readyz(home: Home) -> tuple[int, dict[str, object], float]:
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", home.port, timeout=30)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, body, time.monotonic() - began


def test_it_says_what_hangs_and_recovers(home: Home) -> None:
    home.do("up", "--detach", "--port", str(home.port))
    with hanging(home, "s3"):
        status, body, took_s = readyz(home)
        assert (status, body["status"], body["failed"]) == (200, "degraded", ["storage"])
        assert took_s < 10
    with hanging(home, "postgres"):
        for _ in range(3):
            status, body, took_s = readyz(home)
            assert status == 503
            assert "database" in body["failed"]  # type: ignore[operator]
            assert took_s < 10
    deadline = time.monotonic() + 30
    while readyz(home)[1]["status"] != "ok":
        assert time.monotonic() < deadline
        time.sleep(0.2)
