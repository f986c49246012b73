"""How bodies are read: at a minimum speed, and as the view allows."""

import gzip
import os
import threading
import time
from io import BytesIO

import pytest
from django.http import HttpRequest

from api import bodies
from api.bodies import inflate, read_body
from api.problems import Problem


def request(stream: object, **meta: str) -> HttpRequest:
    made = HttpRequest()
    made.META = {"wsgi.input": stream, **meta}
    return made


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of 1 KB/s is too long for a test: a fifth of a second of the same pace stands for it."""
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.2)
    monkeypatch.setattr(bodies, "SLOWEST_BYTES_PER_S", 100_000)


def trickle(piece: bytes, pause_s: float, pieces: int) -> int:
    """The end of a pipe into which bytes come slowly."""
    end, start = os.pipe()

    def feed() -> None:
        with os.fdopen(start, "wb", buffering=0) as pipe:
            for _ in range(pieces):
                try:
                    pipe.write(piece)
                except BrokenPipeError:
                    return
                time.sleep(pause_s)

    threading.Thread(target=feed, daemon=True).start()
    return end


@pytest.mark.usefixtures("impatience")
def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    with os.fdopen(trickle(b"x" * 500, 0.02, 200), "rb") as stream, pytest.raises(Problem, match="body_too_slow"):
        read_body(request(stream, CONTENT_LENGTH="100000"))


@pytest.mark.usefixtures("impatience")
def test_a_body_that_keeps_the_pace_may_take_its_time() -> None:
    with os.fdopen(trickle(b"x" * 4096, 0.02, 25), "rb") as stream:
        assert len(read_body(request(stream, CONTENT_LENGTH="102400"))) == 102400


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(Problem, match="bad_request"):
        read_body(request(BytesIO(b"x"), CONTENT_LENGTH=length))


def test_a_connection_that_breaks_is_a_cut_body() -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError

    with pytest.raises(Problem, match="body_truncated"):
        read_body(request(Broken(), CONTENT_LENGTH="5"))


def test_a_view_may_allow_more_or_less() -> None:
    assert len(read_body(request(BytesIO(b"x" * (2 << 20)), CONTENT_LENGTH=str(2 << 20)), limit=2 << 20)) == 2 << 20
    with pytest.raises(Problem, match="body_too_large") as caught:
        read_body(request(BytesIO(b"x" * 11), CONTENT_LENGTH="11"), limit=10)
    assert caught.value.params["limit"] == 10


def test_a_body_stays_where_django_looks_for_it() -> None:
    made = request(BytesIO(gzip.compress(b"abc")), CONTENT_LENGTH="23", HTTP_CONTENT_ENCODING="gzip")
    read_body(made)
    assert made.body == b"abc"
    assert made.META["CONTENT_LENGTH"] == "3"


@pytest.mark.parametrize("cut", range(len(gzip.compress(b"An Thon" * 10))))
def test_wherever_a_gzip_body_is_cut_it_is_noticed(cut: int) -> None:
    with pytest.raises(Problem, match="body_truncated"):
        inflate(gzip.compress(b"An Thon" * 10)[:cut], 1000)


def test_inflating_may_reach_the_limit_but_not_pass_it() -> None:
    assert len(inflate(gzip.compress(b"x" * 1000), 1000)) == 1000
    with pytest.raises(Problem, match="body_too_large"):
        inflate(gzip.compress(b"x" * 1001), 1000)
