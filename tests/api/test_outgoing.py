"""Requests to others: short, not redirected, to public addresses alone where that is asked for."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import threading
import time
from email.utils import format_datetime

import pytest

from api import outgoing
from api.localtime import now
from api.outgoing import Answer, Unreachable, is_public, post
from tests.receiver import receiving


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::1"])
def test_what_lies_in_the_open_internet(address: str):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::a00:1",
        "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fec0::1", "::10.0.0.1",
    ],
)  # fmt: skip
def test_what_does_not(address: str):
    assert not is_public(ipaddress.ip_address(address))


def test_an_answer_comes_whole_and_a_redirect_is_only_an_answer():
    with receiving() as receiver:
        receiver.answer = lambda _: (307, {"Location": f"{receiver.url}/other", "X-Told": "yes"}, b"there")
        answer = post(f"{receiver.url}/a?b=c", b"body", {"X-Asked": "so"})
        [request] = receiver.requests
    assert (answer.status, answer.headers["x-told"], answer.body) == (307, "yes", b"there")
    assert (request.path, request.body, request.headers["x-asked"]) == ("/a?b=c", b"body", "so")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_private_addresses_need_permission():
    with receiving() as receiver, pytest.raises(Unreachable, match="address_not_https"):
        post(receiver.url, b"", {}, private_too=False)
    for url in ("https://127.0.0.1:1/", "https://localhost:1/"):
        with pytest.raises(Unreachable, match="address_private"):
            post(url, b"", {}, private_too=False)
    assert receiver.requests == []


def test_nobody_there_is_told_as_such():
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(Unreachable, match="no_answer"):
        post(url, b"", {})


def test_who_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outgoing, "PATIENCE_S", 0.3)
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = server.accept()
        with line:
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            try:
                for number in range(100):
                    line.sendall(b"X-%d: y\r\n" % number)
                    time.sleep(0.05)
            except OSError:
                pass

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    with server, pytest.raises(Unreachable, match="no_answer"):
        post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"", {})
    assert time.monotonic() - began < 3
    thread.join()


def test_who_drips_after_a_handshake_that_took_all_the_time_is_cut_off_too(monkeypatch: pytest.MonkeyPatch):
    """The socket that the watch knew was given up to the handshake: what came of it was watched by nobody."""
    monkeypatch.setattr(outgoing, "PATIENCE_S", 0.1)
    server = socket.create_server(("127.0.0.1", 0))

    class Slow:
        def wrap_socket(self, line: socket.socket, **_: object) -> socket.socket:
            wrapped = socket.socket(fileno=line.detach())
            wrapped.settimeout(0.1)
            time.sleep(0.2)
            return wrapped

    def drip() -> None:
        line, _ = server.accept()
        with line:
            try:
                for sign in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10:
                    line.sendall(bytes([sign]))
                    time.sleep(0.03)
            except OSError:
                pass

    monkeypatch.setattr(outgoing, "_trust", Slow)
    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    with server, pytest.raises(Unreachable, match="no_answer"):
        post(f"https://127.0.0.1:{server.getsockname()[1]}/", b"", {})
    assert time.monotonic() - began < 1.5
    thread.join()


def test_when_to_come_again_is_told_in_seconds_or_as_a_date():
    def told(value: str) -> float:
        return Answer(429, {"retry-after": value}, b"").retry_after_s

    assert told("120") == 120
    assert 55 < told(format_datetime(now() + dt.timedelta(seconds=60), usegmt=True)) <= 60
    assert told(format_datetime(now() - dt.timedelta(hours=1), usegmt=True)) == 0
    assert told("soon") == told("") == told("-5") == 0
    assert told("Mon, 01 Jan 99999999999999999999 00:00:00 GMT") == 0
    assert told("Fri, 31 Dec 9999 23:59:59 GMT") == told("999999") == 3600
