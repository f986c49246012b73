"""The front against bad lines and many at once: who is slow, vanishes or comes in crowds costs the others nothing."""

import contextlib
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from prove.slow import Attack, compare
from tests.api.raw import alive, answer, chunks, connect, get, lines, post, refused, send, server
from tests.servers import PostgresAddress


@pytest.fixture(scope="module")
def port(postgres: PostgresAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server of this module's own."""
    with server(tmp_path_factory.mktemp("front")) as (port, _):
        yield port


@contextlib.contextmanager
def crowd(port: int, size: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that each have sent this."""
    with contextlib.ExitStack() as open_ones:
        socks = [open_ones.enter_context(connect(port)) for _ in range(size)]
        for sock in socks:
            sock.sendall(sent)
        yield socks


def others_are_served(port: int, within: float = 8.0) -> None:
    began = time.monotonic()
    for _ in range(20):
        assert send(port, post("Content-Length: 2"), b"{}")[1] == {"data": {}}
    assert time.monotonic() - began < within


def held(port: int) -> tuple[int, int]:
    told = send(port, get("/v1/front"))[1]
    return told["held"], told["reading"]


def meta(port: int, *headers: str, path: str = "/v1/front") -> dict[str, Any]:
    told: dict[str, Any] = send(port, get(path, *headers))[1]["meta"]
    return told


def eventually(holds: Any, patience: float = 15.0) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("begun", ["", '{"a": "'])
def test_bodies_that_do_not_come_hold_no_thread(port: int, begun: str) -> None:
    with crowd(port, 100, lines(post("Content-Length: 100000")) + begun.encode()):
        others_are_served(port)
        eventually(lambda: held(port) == (100 * len(begun), 100))
    eventually(lambda: held(port) == (0, 0))


def test_chunks_that_do_not_come_hold_no_thread(port: int) -> None:
    with crowd(port, 100, lines(post("Transfer-Encoding: chunked")) + chunks(b"{", end=b"")):
        others_are_served(port)
    eventually(lambda: held(port) == (0, 0))


def test_heads_that_do_not_come_hold_no_thread(port: int) -> None:
    with crowd(port, 100, b"POST /v1/echo HTTP/1.1\r\nHost: loc"):
        others_are_served(port)


def test_crumbs_keep_nobody_waiting(port: int) -> None:
    over = threading.Event()

    def crumble(socks: list[socket.socket]) -> None:
        while not over.wait(0.05):
            for sock in socks:
                sock.sendall(b" ")

    with crowd(port, 50, lines(post("Content-Length: 100000"))) as socks:
        crumbling = threading.Thread(target=crumble, args=(socks,))
        crumbling.start()
        try:
            time.sleep(1.5)
            others_are_served(port)
        finally:
            over.set()
            crumbling.join()


def test_answers_that_nobody_reads_hold_no_thread(port: int) -> None:
    with crowd(port, 10, lines(get("/v1/huge"))) as socks:
        others_are_served(port)
        response, _ = _raw_answer(socks[0])
        assert response == 8 << 20  # and who reads late gets all of it


def _raw_answer(sock: socket.socket) -> tuple[int, bytes]:
    head, _, body = sock.recv(1 << 16).partition(b"\r\n\r\n")
    got = len(body)
    while got < 8 << 20:
        got += len(sock.recv(1 << 20))
    return got, head


def test_beside_a_crowd_of_slow_clients_everybody_is_served(port: int) -> None:
    """`./anthon prove slow` in short. The machine may do other things: what counts is that nobody waits in vain."""
    sender, reader = lines(post("Content-Length: 1000000")), lines(get("/v1/huge"))
    attack = Attack(port, clients=60, rate=1024, sender=sender, reader=reader)
    idle, attacked = compare(port, [("/v1/echo", {}), ("/v1/front", {})], attack, seconds=3)
    assert idle.failed == attacked.failed == []
    assert attacked.percentile(0.99) < 15_000


def test_who_leaves_in_the_middle_takes_no_thread_along(port: int) -> None:
    with crowd(port, 16, lines(get("/v1/nap"))):
        pass
    others_are_served(port)
    eventually(lambda: held(port) == (0, 0))


def test_the_threads_stay_the_same(port: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        names = {told["thread"] for _, told in pool.map(lambda _: send(port, get("/v1/nap")), range(16))}
    assert names == {f"request-{number}" for number in range(8)}


def test_many_passwords_leave_the_others_their_threads(port: int) -> None:
    with crowd(port, 30, lines(post("Content-Length: 2", path="/v1/auth/token")) + b"{}"):
        others_are_served(port)


def test_a_crowd_is_refused_quickly_and_the_server_known_to_live(port: int) -> None:
    with crowd(port, 300, lines(get("/v1/nap"))) as socks:
        time.sleep(2)  # less than the 5 s after which a wait ends anyway
        told_at_once = select.select(socks, [], [], 0)[0]
        assert alive(port)
        answers = [answer(sock) for sock in told_at_once]
        too_many = [told for told in answers if told[0].status == 503]
        assert too_many
        for told in too_many:
            refused(told, 503, "unavailable")
            assert int(told[0].headers["Retry-After"]) >= 1
        assert {answer(sock)[0].status for sock in socks if sock not in told_at_once} <= {200, 503}
    others_are_served(port)


def test_what_runs_is_finished_when_the_server_is_told_to_end(postgres: PostgresAddress, tmp_path: Path) -> None:
    with server(tmp_path) as (port, process), connect(port) as sock:
        sock.sendall(lines(get("/v1/nap")))
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert answer(sock)[0].status == 200
        assert process.wait(10) == 0


def test_who_asks_before_sending_is_told_to_go_on_or_not_to(port: int) -> None:
    with connect(port) as sock:
        sock.sendall(lines(post("Content-Length: 2", "Expect: 100-continue")))
        assert sock.recv(100).startswith(b"HTTP/1.1 100 Continue")
        sock.sendall(b"{}")
        assert answer(sock)[1] == {"data": {}}
    refused(send(port, post(f"Content-Length: {2 << 20}", "Expect: 100-continue")), 413, "body_too_large")


def test_a_method_in_small_letters_is_none(port: int) -> None:
    for method in ("get", "Post"):
        refused(
            send(port, f"{method} /v1/echo HTTP/1.1\nHost: localhost\nContent-Length: 0"), 405, "method_not_allowed"
        )


def test_a_header_cannot_pass_for_another(port: int) -> None:
    told = meta(port, "X_Forwarded_For: 10.0.0.1", "Content_Type: text/html", "X-Forwarded-For: 10.0.0.2")
    assert told["HTTP_X_FORWARDED_FOR"] == "10.0.0.2"
    assert "CONTENT_TYPE" not in told
    assert told["REMOTE_ADDR"] == "127.0.0.1"


def test_a_header_that_comes_twice_is_a_list(port: int) -> None:
    told = meta(port, "X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2", "Cookie: a=1", "Cookie: b=2")
    assert told["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,10.0.0.2"
    assert told["HTTP_COOKIE"] == "a=1; b=2"
    refused(send(port, get("/v1/front", "Host: evil.example")), 400, "bad_request")


def test_the_environment_of_the_process_is_no_part_of_a_request(port: int) -> None:
    told = meta(port, "Proxy: http://evil.example")
    assert not {"DATABASE_URL", "ANTHON_SECRET_KEY", "HTTP_HOST_"} & set(told)


@pytest.mark.parametrize(
    ("path", "decoded"),
    [
        ("/v1/front/a%20b%2Fc", "/v1/front/a b/c"),
        ("/v1/front/%C4%90%E1%BA%A1", "/v1/front/Đạ"),
        ("/v1/front//x/../y", "/v1/front//x/../y"),
        ("/v1/front/a+b%25", "/v1/front/a+b%"),
    ],
)
def test_paths_are_decoded_once(port: int, path: str, decoded: str) -> None:
    assert meta(port, path=path)["PATH_INFO"] == decoded


def test_the_query_comes_as_it_was_sent(port: int) -> None:
    assert meta(port, path="/v1/front?q=%C4%90%20+x")["QUERY_STRING"] == "q=%C4%90%20+x"


def test_several_requests_may_come_at_once_on_a_connection(port: int) -> None:
    with connect(port) as sock:
        sock.sendall((lines(post("Content-Length: 2")) + b"{}") * 3)
        got = b""
        while got.count(b'{"data":{}}') < 3:
            got += sock.recv(1 << 16)
