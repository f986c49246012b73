"""The bad network: it carries what it carries unharmed, and cuts where it hurts."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from demo.network import Link, Network, Weather
from demo.wire import NoAnswer, Wire
from tests.demo.scripted import Reply, Scripted

CALM = Weather(cut_s=0, delay_s=0, rate=0)
BODY = bytes(range(256)) * 400
Linked = Callable[..., tuple[Link, Wire]]


@pytest.fixture
def far() -> Iterator[Scripted]:
    with Scripted() as server:
        server.on("POST /", lambda request: Reply(body=request.body))
        yield server


@pytest.fixture
def linked(far: Scripted) -> Iterator[Linked]:
    """A link to the far server, and a wire that goes through it."""
    wires = []
    with Network() as network:

        def make(weather: Weather, seed: str = "a") -> tuple[Link, Wire]:
            link = network.link(seed, weather, far.url)
            wires.append(Wire(timeout_s=0.5, dial=link.dial))
            return link, wires[-1]

        yield make
        for wire in wires:
            wire.close()


def echo(wire: Wire, far: Scripted) -> bytes:
    return wire.request("POST", f"{far.url}/", body=BODY).body


def test_calm_weather_carries_everything_unharmed(linked: Linked, far: Scripted) -> None:
    link, wire = linked(CALM)
    assert echo(wire, far) == echo(wire, far) == BODY
    assert link.traffic.cuts == 0
    assert link.traffic.up > 2 * len(BODY)
    assert link.traffic.down > 2 * len(BODY)
    assert far.requests[0].headers["host"] == f"127.0.0.1:{far.address[1]}"


def test_the_rate_is_kept(linked: Linked, far: Scripted) -> None:
    _, wire = linked(Weather(cut_s=0, delay_s=0.05, rate=200_000))
    wire.timeout_s = 5
    began = time.monotonic()
    assert echo(wire, far) == BODY
    assert time.monotonic() - began >= 2 * len(BODY) / 200_000


def test_a_slow_transfer_isnt_given_up_while_it_moves(linked: Linked, far: Scripted) -> None:
    _, wire = linked(Weather(cut_s=0, delay_s=0, rate=80_000))
    wire.timeout_s = 0.9
    began = time.monotonic()
    assert echo(wire, far) == BODY
    assert time.monotonic() - began > 2 * wire.timeout_s


def test_a_stall_holds_everything_for_a_while_and_loses_nothing(linked: Linked, far: Scripted) -> None:
    weather = Weather(cut_s=0.05, delay_s=0, rate=0, outage_s=0, stall_s=0.2)
    stalls = 0
    for seed in "abcdefghijkl":
        link, wire = linked(weather, seed)
        wire.timeout_s = 2
        time.sleep(0.08)
        try:
            answer = echo(wire, far)
        except NoAnswer:
            continue
        assert answer == BODY
        stalls += link.traffic.stalls
    assert stalls


def test_a_proxy_that_dies_drops_every_connection(far: Scripted) -> None:
    with Network() as network:
        link = network.link("a", CALM, far.url)
        with socket.create_connection(link.dial[far.netloc], 1) as open_line:
            time.sleep(0.1)
            network.die()
            with pytest.raises(ConnectionResetError):
                open_line.recv(1)


@pytest.mark.parametrize("seed", list("abcdefgh"))
def test_a_cut_strikes_within_a_transfer_and_leaves_no_answer(linked: Linked, far: Scripted, seed: str) -> None:
    link, wire = linked(Weather(cut_s=0.001, delay_s=0, rate=0, outage_s=0), seed)
    time.sleep(0.01)
    with pytest.raises(NoAnswer):
        echo(wire, far)
    assert link.traffic.cuts == 1


def test_a_cut_ends_every_connection_of_the_phone(linked: Linked, far: Scripted) -> None:
    link, wire = linked(Weather(cut_s=0.2, delay_s=0, rate=0, outage_s=0))
    with socket.create_connection(link.dial[far.netloc], 1) as idle:
        time.sleep(0.4)
        with pytest.raises(NoAnswer):
            echo(wire, far)
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        idle.settimeout(0.3)
        with pytest.raises(OSError):  # reset or silent, but no answer
            assert idle.recv(1) == b"never"


def test_there_is_no_signal_for_a_while_after_a_cut(linked: Linked, far: Scripted) -> None:
    _, wire = linked(Weather(cut_s=0.001, delay_s=0, rate=0, outage_s=1))
    time.sleep(0.01)
    with pytest.raises(NoAnswer):
        echo(wire, far)
    with pytest.raises(NoAnswer):
        echo(wire, far)


def test_some_cuts_come_after_the_server_has_heard_everything(linked: Linked, far: Scripted) -> None:
    for seed in "abcdefgh":
        _, wire = linked(Weather(cut_s=0.001, delay_s=0, rate=0, outage_s=0), seed)
        time.sleep(0.01)
        with pytest.raises(NoAnswer):
            echo(wire, far)
    assert 0 < sum(request.body == BODY for request in far.requests) < 8


def test_a_server_that_is_gone_is_no_answer(linked: Linked) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = f"127.0.0.1:{listener.getsockname()[1]}"
    with Network() as network:
        link = network.link("a", CALM, f"http://{gone}")
        with pytest.raises(NoAnswer):
            Wire(timeout_s=1, dial={"gone:1": link.dial[gone]}).request("GET", "http://gone:1/")


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(NoAnswer):  # the kernel takes the connection and nobody reads it
            Wire(timeout_s=0.2).request("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert time.monotonic() - began < 2
