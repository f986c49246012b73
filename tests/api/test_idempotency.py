"""`Idempotency-Key`: once is once, whatever is lost, repeated or sent at the same time."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from api import localtime
from api.idempotency_models import IdempotencyKey
from tests.api import wire
from tests.api.test_transactions import post, written
from tests.api.test_views import problem

pytestmark = [pytest.mark.urls("tests.api.wire"), pytest.mark.usefixtures("notes")]


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_a_repeat_gets_the_first_answer_and_happens_once() -> None:
    headers = key()
    first = post("/v1/notes", {"text": "a"}, **headers)
    again = post("/v1/notes", {"text": "a"}, **headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert written() == ["a"]


def test_without_a_key_twice_is_twice() -> None:
    post("/v1/notes", {"text": "a"})
    post("/v1/notes", {"text": "a"})
    assert written() == ["a", "a"]


def test_the_same_content_in_another_order_is_the_same_body() -> None:
    headers = key()
    first = post("/v1/notes", {"text": "a", "then": "stay"}, **headers)
    assert post("/v1/notes", {"then": "stay", "text": "a"}, **headers).content == first.content


def test_another_body_is_refused() -> None:
    headers = key()
    post("/v1/notes", {"text": "a"}, **headers)
    problem(post("/v1/notes", {"text": "b"}, **headers), "idempotency_key_reused")
    assert written() == ["a"]


def test_a_key_belongs_to_its_user_and_path() -> None:
    headers = key()
    post("/v1/notes", {"text": "a"}, **headers)
    assert post("/v1/notes", {"text": "b"}, **headers, Authorization="Name bao").status_code == 201
    assert post("/v1/troubled", {"text": "c"}, **headers).status_code == 204
    assert post("/v1/troubled", {"text": "c"}, **headers).status_code == 204
    assert written() == ["a", "b", "c"]


def test_a_refusal_is_kept_and_its_effect_undone() -> None:
    headers = key()
    first = post("/v1/notes", {"text": "a", "then": "refuse"}, **headers)
    problem(first, "conflict")
    again = post("/v1/notes", {"text": "a", "then": "refuse"}, **headers)
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert written() == []


@pytest.mark.parametrize(("then", "status"), [("crash", 500), ("be busy", 503)])
def test_a_failure_of_the_server_is_not_kept(then: str, status: int) -> None:
    headers = key()
    assert post("/v1/notes", {"text": "a", "then": then}, **headers).status_code == status
    assert IdempotencyKey.objects.count() == 0
    assert post("/v1/notes", {"text": "a"}, **headers).status_code == 201


def test_a_deadlock_under_a_key_is_tried_again() -> None:
    headers = key()
    wire.FAILURES[:] = ["DO $$ BEGIN RAISE deadlock_detected; END $$"]
    assert post("/v1/troubled", {"text": "a"}, **headers).status_code == 204
    assert written() == ["a"]


def test_in_flight_is_answered_at_once() -> None:
    headers = key()
    wire.GATE.clear()
    with ThreadPoolExecutor(1) as pool:
        try:
            first = pool.submit(_in_thread, "/v1/notes", {"text": "a"}, headers)
            while not _lock_held():
                assert not first.done()
            busy = post("/v1/notes", {"text": "a"}, **headers)
            problem(busy, "in_flight")
            assert int(busy.headers["Retry-After"]) >= 1
        finally:
            wire.GATE.set()
        assert first.result().status_code == 201
    assert post("/v1/notes", {"text": "a"}, **headers).content == first.result().content
    assert written() == ["a"]


def test_sixteen_at_once_happen_once() -> None:
    headers = key()
    start = threading.Barrier(16)

    def send(_: int) -> Any:
        start.wait(10)
        return _in_thread("/v1/notes", {"text": "a"}, headers)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert written() == ["a"]


def test_after_thirty_days_a_key_is_free_again() -> None:
    headers = key()
    post("/v1/notes", {"text": "a"}, **headers)
    IdempotencyKey.objects.update(created_at=localtime.now() - timedelta(days=30, seconds=1))
    assert post("/v1/notes", {"text": "b"}, **headers).status_code == 201
    assert post("/v1/notes", {"text": "b"}, **headers).status_code == 201
    assert written() == ["a", "b"]


@pytest.mark.parametrize("text", ["", "x" * 256, "khóa", "a\tb"])
def test_a_key_is_short_visible_text(text: str) -> None:
    told = problem(post("/v1/notes", {"text": "a"}, **{"Idempotency-Key": text}), "parameter_invalid")
    assert "Idempotency-Key" in told["detail"]
    assert written() == []


def test_what_was_asked_stays_unknown() -> None:
    post("/v1/notes", {"text": "Nguyễn Thị Lan"}, **{"Idempotency-Key": "lan-1"})
    row = IdempotencyKey.objects.values().get()
    row.pop("body")
    assert "lan" not in json.dumps({name: str(value) for name, value in row.items()}).lower()


def _in_thread(path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    try:
        return post(path, body, **headers)
    finally:
        connection.close()


def _lock_held() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return bool(cursor.fetchone()[0])
