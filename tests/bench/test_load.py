"""The load generator: it counts what was answered, times it, and never takes a wrong answer for a right one."""

from __future__ import annotations

import os

from bench.cpu import spent
from bench.load import Arrival, closed_loop, open_loop, percentile
from bench.talk import Once, Repeat, Talk
from bench.wire import http_request
from tests.bench.conftest import DELAY_S, Tiny


def get(path: str) -> bytes:
    return http_request("GET", path, {})


def test_answers_are_counted_and_timed(tiny: Tiny) -> None:
    load = closed_loop(tiny.address, [Repeat([get("/slow")]) for _ in range(4)], seconds=0.3, warm=0.05)
    assert not load.faults
    assert DELAY_S * 1000 <= load.percentile_ms(0.5) < DELAY_S * 10_000
    assert load.rate <= 4 / DELAY_S
    assert len(load.times) <= len(tiny.asked)


def test_another_status_is_an_error_and_shown(tiny: Tiny) -> None:
    load = closed_loop(tiny.address, [Once(get("/gone")), Once(get("/"))], seconds=0.1, warm=0.01)
    assert list(load.faults) == ["404 well"]
    assert load.times


def test_a_cut_connection_is_an_error_and_replaced(tiny: Tiny) -> None:
    turns = Repeat([get("/"), get("/broken")])
    load = closed_loop(tiny.address, [turns], seconds=0.2, warm=0.01)
    assert set(load.faults) == {"closed before the answer"}
    assert load.times


def test_a_wrong_body_is_an_error(tiny: Tiny) -> None:
    wrong = Once(get("/"), check=lambda body: None if body == b"ill" else "not ill")
    assert closed_loop(tiny.address, [wrong], seconds=0.05, warm=0).faults["not ill"]


def test_large_requests_and_answers_come_through_whole(tiny: Tiny) -> None:
    body = os.urandom(3_000_000)

    class Echo(Talk):
        reads = True

        def request(self) -> bytes:
            return http_request("POST", "/", {}, body)

        def answered(self, answer: bytes) -> str | None:
            return None if answer == body else "another body"

    load = closed_loop(tiny.address, [Echo()], seconds=0.2, warm=0.01)
    assert load.times and not load.faults


def test_in_an_open_loop_waiting_for_a_connection_counts_too(tiny: Tiny) -> None:
    arrivals = [Arrival(0.0, "slow", Once(get("/slow"))) for _ in range(5)]
    arrivals += [Arrival(0.3, "gone", Once(get("/gone"))), Arrival(0.3, "quick", Once(get("/")))]
    loads = open_loop(tiny.address, arrivals, connections=1)
    assert loads["slow"].percentile_ms(0.99) >= 5 * DELAY_S * 1000
    assert loads["quick"].percentile_ms(0.99) < loads["slow"].percentile_ms(0.99)
    assert loads["gone"].faults["404 well"] == 1 and not loads["gone"].times


def test_cpu_is_that_of_the_process_and_its_children() -> None:
    now = spent({"own": os.getpid(), "nobody": 2**22})
    before = now()
    sum(number * number for number in range(3_000_000))
    after = now()
    assert after["own"] > before["own"] and after["nobody"] == 0


def test_percentiles_are_by_nearest_rank() -> None:
    assert [percentile([3, 1, 2], part) for part in (0.0, 0.5, 0.99)] == [1, 2, 3]
    assert percentile([], 0.5) == 0.0
