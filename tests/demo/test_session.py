"""The phone's session: what is repeated, how tokens survive lost answers, and what ends it."""

from __future__ import annotations

import pytest

from demo.phone import Phone
from demo.session import OutOfReach, Refused, SignedOut
from tests.demo.conftest import PAIR, sight
from tests.demo.scripted import Reply, Scripted, problem

ME = "GET /v1/me"
NEXT = {**PAIR, "access": "access-2", "refresh": "refresh-2"}


@pytest.mark.parametrize(
    "bad",
    [
        Reply(cut="nothing"),
        Reply(body={"areas": []}, cut="half"),
        Reply(body=b"{", headers={"Content-Type": "application/json"}),
        problem(400, "body_truncated"),
        problem(408, "body_too_slow"),
        problem(409, "in_flight"),
        problem(429, "too_many_requests"),
        problem(500, "internal_error"),
        Reply(502, b"<html>bad gateway"),
        problem(503, "unavailable"),
    ],
)
def test_what_says_nothing_is_asked_again(server: Scripted, phone: Phone, rests: list[float], bad: Reply) -> None:
    server.on(ME, bad, bad, Reply(body={"areas": []}))
    assert phone.session.get("/v1/me") == {"areas": []}
    assert len(server.to(ME)) == 3
    assert len(rests) == 2


@pytest.mark.parametrize(
    "final",
    [problem(400, "malformed"), problem(403, "account_inactive"), problem(409, "taken"), problem(422, "invalid")],
)
def test_what_is_final_is_not_asked_again(server: Scripted, phone: Phone, final: Reply) -> None:
    server.on(ME, final)
    with pytest.raises(Refused):
        phone.session.get("/v1/me")
    assert len(server.to(ME)) == 1


def test_waits_double_and_end(server: Scripted, phone: Phone, rests: list[float]) -> None:
    server.on(ME, problem(500, "internal_error"))
    with pytest.raises(OutOfReach):
        phone.session.get("/v1/me")
    assert len(rests) == 4
    assert all(2**n / 2 <= rest <= 2**n for n, rest in enumerate(rests))


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("100000", 60)])
def test_retry_after_is_kept_up_to_a_cap(
    server: Scripted, phone: Phone, rests: list[float], asked: str, waited: float
) -> None:
    server.on(ME, problem(429, "too_many_requests", **{"Retry-After": asked}), Reply(body={}))
    phone.session.get("/v1/me")
    assert rests == [waited]


def test_an_expired_access_token_is_renewed(server: Scripted, phone: Phone) -> None:
    server.on(ME, problem(401, "token_expired"), Reply(body={}))
    server.on("POST /v1/auth/refresh", Reply(body=NEXT))
    phone.session.get("/v1/me")
    assert [r.headers["authorization"] for r in server.to(ME)] == ["Bearer access-1", "Bearer access-2"]
    assert phone.store.get("refresh") == "refresh-2"


def test_a_lost_refresh_is_asked_again_with_the_same_token(server: Scripted, phone: Phone) -> None:
    server.on(ME, problem(401, "token_expired"), Reply(body={}))
    server.on("POST /v1/auth/refresh", Reply(cut="nothing"), Reply(body=NEXT, cut="half"), Reply(body=NEXT))
    phone.session.get("/v1/me")
    sent = [request.json for request in server.to("POST /v1/auth/refresh")]
    assert sent == [{"refresh": "refresh-1", "device_id": phone.store.get("device_id")}] * 3


def test_a_refused_refresh_ends_the_session_and_keeps_the_queue(server: Scripted, phone: Phone) -> None:
    phone.create("observation", sight())
    server.on("POST /v1/sync/push", problem(401, "token_expired"))
    server.on("POST /v1/auth/refresh", problem(401, "session_ended"))
    with pytest.raises(SignedOut):
        phone.deliver()
    assert phone.store.count_queued() == 1
    assert phone.store.get("refresh") is None


def test_a_fresh_token_that_is_refused_too_ends_the_session(server: Scripted, phone: Phone) -> None:
    server.on(ME, problem(401, "token_invalid"))
    server.on("POST /v1/auth/refresh", Reply(body=NEXT))
    with pytest.raises(SignedOut):
        phone.session.get("/v1/me")
    assert len(server.to("POST /v1/auth/refresh")) == 1
