"""How bodies are read: at a minimum speed, within a limit for each and for all, and as the view allows."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterable

import pytest
from django.test import RequestFactory

from api import bodies
from api.bodies import MAX_BODY_BYTES, Bodies, declared_length, inflate, read_body
from api.problems import Problem


class Sent:
    """A body that comes in pieces, with a pause before each."""

    def __init__(self, pieces: Iterable[bytes], pause_s: float = 0.0) -> None:
        self.pieces, self.pause_s = iter(pieces), pause_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(self.pause_s)
            yield piece


def read(sent: Sent, length: int | None = None) -> bytes:
    """What the front gets, while its pulse beats quickly."""

    async def beside_the_pulse() -> bytes:
        house = Bodies()

        async def pulse() -> None:
            while True:
                await asyncio.sleep(0.01)
                house.give_up_slow_ones()

        beating = asyncio.create_task(pulse())
        try:
            return await house.read(sent, length)
        finally:
            beating.cancel()
            assert house.reading == {}

    return asyncio.run(beside_the_pulse())


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of 1 KB/s is too long for a test: a fifth of a second of the same pace stands for it."""
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.2)
    monkeypatch.setattr(bodies, "SLOWEST_BYTES_PER_S", 100_000)


@pytest.mark.usefixtures("impatience")
def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    with pytest.raises(Problem, match="body_too_slow"):
        read(Sent([b"x" * 500] * 200, 0.02), 100_000)


@pytest.mark.usefixtures("impatience")
def test_a_body_that_never_comes_is_given_up() -> None:
    with pytest.raises(Problem, match="body_too_slow"):
        read(Sent([b"x"], 60), 1)


@pytest.mark.usefixtures("impatience")
def test_a_body_that_keeps_the_pace_may_take_its_time() -> None:
    assert len(read(Sent([b"x" * 4096] * 25, 0.02), 102_400)) == 102_400


def test_crumbs_are_collected_before_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_PAUSE_S", 0.05)
    pauses = []
    sleep: Callable[[float], object] = asyncio.sleep

    async def counted(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(seconds)  # type: ignore[misc]

    monkeypatch.setattr(asyncio, "sleep", counted)
    assert len(read(Sent([b"x"] * 10, 0.02), 10)) == 10
    assert 0.05 in pauses


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "٣", ""])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(Problem, match="bad_request"):
        declared_length(length)


def test_a_body_that_ends_before_its_length_was_cut() -> None:
    with pytest.raises(Problem, match="body_truncated"):
        read(Sent([b"abc"]), 5)


def test_what_comes_over_the_limit_is_not_kept() -> None:
    with pytest.raises(Problem, match="body_too_large"):
        read(Sent([b"x" * MAX_BODY_BYTES, b"y"]))
    with pytest.raises(Problem, match="body_too_large"):
        read(Sent([b"x" * MAX_BODY_BYTES, b"y"]), MAX_BODY_BYTES + 1)
    assert len(read(Sent([b"x" * MAX_BODY_BYTES]), MAX_BODY_BYTES)) == MAX_BODY_BYTES


def test_when_memory_is_full_the_one_who_sends_for_the_longest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_HELD_BYTES", 10_000)

    async def three() -> list[bytes | BaseException]:
        house = Bodies()
        slow = asyncio.create_task(house.read(Sent([b"x" * 4000] * 3, 0.1), 12_000))
        await asyncio.sleep(0.15)
        quick = [asyncio.create_task(house.read(Sent([b"x" * 3500]), 3500)) for _ in range(2)]
        answers = await asyncio.gather(slow, *quick, return_exceptions=True)
        assert house.held == 7000
        for body in answers[1:]:
            assert isinstance(body, bytes)
            house.release(body)
        assert house.held == 0
        return answers

    slow, *quick = asyncio.run(three())
    assert isinstance(slow, Problem)
    assert slow.code == "unavailable"
    assert [len(each) for each in quick if isinstance(each, bytes)] == [3500, 3500]


def test_who_is_alone_and_fills_the_memory_gives_way_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_HELD_BYTES", 10_000)
    with pytest.raises(Problem, match="unavailable"):
        read(Sent([b"x" * 4000] * 3), 12_000)


def test_a_view_may_allow_less() -> None:
    post = RequestFactory().post("/", b"x" * 11, content_type="application/json")
    with pytest.raises(Problem, match="body_too_large") as caught:
        read_body(post, limit=10)
    assert caught.value.params["limit"] == 10


def test_a_body_stays_where_django_looks_for_it() -> None:
    made = RequestFactory().post(
        "/", gzip.compress(b"abc"), content_type="application/json", HTTP_CONTENT_ENCODING="gzip"
    )
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
