"""A real server process and raw sockets: what clients on bad lines, and bad clients, really send."""

import contextlib
import gzip
import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests.api.raw import chunks, connect, lines, post, refused, send, server
from tests.servers import PostgresAddress


@pytest.fixture(scope="module")
def port(postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server of this module's own."""
    with server(tmp_path_factory.mktemp("server")) as (port, _):
        yield port


def test_a_whole_body_is_taken(port: int) -> None:
    _, told = send(port, post("Content-Length: 8"), b'{"a"', b": 1}")
    assert told == {"data": {"a": 1}}


def test_a_body_that_was_cut_off_is_told_apart_from_a_wrong_one(port: int) -> None:
    refused(send(port, post("Content-Length: 100"), b'{"a": 1}', half_close=True), 400, "body_truncated")
    refused(send(port, post("Content-Length: 100"), half_close=True), 400, "body_truncated")


def test_the_server_outlives_clients_that_vanish(port: int) -> None:
    for piece in (b"", b'{"a"'):
        with connect(port) as sock:
            sock.sendall(lines(post("Content-Length: 100")) + piece)
    test_a_whole_body_is_taken(port)


def test_a_body_in_chunks_is_taken(port: int) -> None:
    _, told = send(port, post("Transfer-Encoding: chunked"), chunks(b'{"a"', b": 1}"))
    assert told == {"data": {"a": 1}}


@pytest.mark.parametrize("raw", [b'{"a": "x', '{"a": "Đạ'.encode()[:-1], b'{"a": 1', b"["])
def test_chunks_that_stop_in_the_middle_are_a_cut_body(port: int, raw: bytes) -> None:
    answer = send(port, post("Transfer-Encoding: chunked"), chunks(raw, end=b""), half_close=True)
    refused(answer, 400, "body_truncated")


def test_chunks_that_are_not_json_are_just_that(port: int) -> None:
    refused(send(port, post("Transfer-Encoding: chunked"), chunks(b'{"a": nope}')), 400, "body_invalid")


def test_a_gzip_body_works_and_a_cut_one_is_known(port: int) -> None:
    zipped = gzip.compress(b'{"a": 1}')
    head = post(f"Content-Length: {len(zipped)}", "Content-Encoding: gzip")
    assert send(port, head, zipped)[1] == {"data": {"a": 1}}
    refused(send(port, head, zipped[:-4], half_close=True), 400, "body_truncated")
    chunked = post("Transfer-Encoding: chunked", "Content-Encoding: gzip")
    refused(send(port, chunked, chunks(zipped[:-4], end=b""), half_close=True), 400, "body_truncated")


@pytest.mark.parametrize("size", [(1 << 20) + 1, 5 << 20, 20 << 20])
def test_a_body_over_the_limit_is_413_and_its_sender_sees_it(port: int, size: int) -> None:
    body = b'"' + b"x" * (size - 2) + b'"'
    if size < 8 << 20:
        refused(send(port, post(f"Content-Length: {size}"), body), 413, "body_too_large")
    else:  # nobody waits for the end of that; the sender may see the connection close instead
        with contextlib.suppress(ConnectionError):
            refused(send(port, post(f"Content-Length: {size}"), body), 413, "body_too_large")


def test_chunks_over_the_limit_are_413(port: int) -> None:
    body = chunks(*[b" " * 65536] * 20)
    refused(send(port, post("Transfer-Encoding: chunked"), body), 413, "body_too_large")


def test_a_gzip_bomb_goes_off_nowhere(port: int) -> None:
    bomb = gzip.compress(b" " * (200 << 20), compresslevel=9)
    assert len(bomb) < 1 << 20
    began = time.monotonic()
    answer = send(port, post(f"Content-Length: {len(bomb)}", "Content-Encoding: gzip"), bomb)
    refused(answer, 413, "body_too_large")
    assert time.monotonic() - began < 2


def test_json_a_hundred_thousand_levels_deep_is_400(port: int) -> None:
    raw = b"[" * 100_000 + b"]" * 100_000
    refused(send(port, post(f"Content-Length: {len(raw)}"), raw), 400, "body_too_deep")
    raw = b'{"mutations": [' + raw + b', {"id": "b"}]}'
    _, told = send(port, post(f"Content-Length: {len(raw)}", path="/v1/push"), raw)
    assert told["problems"] == {"0": "body_too_deep"}
    assert told["body"]["mutations"][1] == {"id": "b"}


def test_hostile_bodies_cost_little(port: int) -> None:
    began = time.monotonic()
    for raw in (
        b"[" * (1 << 20),
        b'"' * (1 << 20),
        b"\\" * (1 << 20),
        b"9" * (1 << 20),
        b'{"":' * (1 << 18),
        b'"' + b"\\ud83d\\ude00" * 87_000 + b'\\ud800"',
        b'{"mutations": [' + b'{"a":"\\u0000"},' * 65_000 + b"1]}",
        b'{"mutations": [' + b"[" * 500_000 + b"]" * 500_000 + b"]}",
    ):
        response, _ = send(port, post(f"Content-Length: {len(raw)}", path="/v1/push"), raw)
        assert response.status in (200, 400)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/nothing", "not_found"),
        ("/v1/echo%00", "not_found"),
        ("/v1/echo?q=%00", "parameter_invalid"),
        ("/v1/%ff%fe", "not_found"),
        ("/v1/echo?%ff=1", "unknown_parameter"),
        ("/" + "x" * 8000, "not_found"),
    ],
    ids=range(6),
)
def test_odd_addresses_are_problems_too(port: int, target: str, code: str) -> None:
    answer = send(port, f"GET {target} HTTP/1.1\nHost: localhost")
    refused(answer, {"not_found": 404}.get(code, 400), code)


def test_a_foreign_or_broken_host_is_a_problem(port: int) -> None:
    for host in ("evil.example", "local_host", "localhost:port", "[::1"):
        refused(send(port, f"GET /v1/echo HTTP/1.1\nHost: {host}"), 400, "bad_request")


@pytest.mark.parametrize(
    "headers", ["Content-Length: abc", "Content-Length: -1", "Content-Length: 3\nContent-Length: 4"]
)
def test_broken_framing_is_refused_by_the_server_itself(port: int, headers: str) -> None:
    response, told = send(port, post(headers), b"{}")
    assert (response.status, told) == (400, None)


def test_head_has_no_body_and_304_neither(port: int) -> None:
    response, told = send(port, "HEAD /v1/large HTTP/1.1\nHost: localhost")
    assert (response.status, told) == (200, None)
    assert int(response.headers["Content-Length"]) > 1000
    response, told = send(port, 'GET /v1/large HTTP/1.1\nHost: localhost\nIf-None-Match: "7"')
    assert (response.status, told) == (304, None)


def test_a_connection_is_used_again_after_a_refusal(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    for _ in range(3):
        connection.request("POST", "/v1/echo", b"nope", {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 400
        assert json.loads(response.read())["code"] == "body_invalid"
    connection.close()


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "rot13", "utf-16"])
def test_a_strange_charset_of_the_body_does_not_reach_the_query(port: int, charset: str) -> None:
    head = f"GET /v1/echo?%C3%A9=1 HTTP/1.1\nHost: localhost\nContent-Type: application/json; charset={charset}"
    response, body = send(port, head)
    assert (response.status, body["code"]) == (400, "unknown_parameter")
