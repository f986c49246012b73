"""Webhooks: signed as Standard Webhooks have it, tried again under the same id, never into somebody's own network."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEvent, Webhook
from accounts.webhooks.sending import messages
from api.ids import uuid7
from api.jobs import run_due
from api.localtime import now
from api.sync import store
from tests.cast import Cast, raise_cast
from tests.client import signed_in
from tests.receiver import Received, Receiver, Reply, receiving

ROOT = Path(__file__).parents[2]
JSON = "application/json"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with receiving() as found:
        yield found


@pytest.fixture
def cast(db: None) -> Cast:
    return raise_cast()


def subscribe(cast: Cast, url: str, **more: Any) -> dict[str, Any]:
    body = {"id": str(uuid7()), "area_id": str(cast.communes[0]), "url": url, "events": ["alert.raised"]} | more
    answer = signed_in(cast.son).post("/v1/webhooks", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()


def happen(cast: Cast) -> None:
    """Something of which they are told, in a hamlet of that commune."""
    store.run(messages(event="alert.raised", area_id=cast.hamlets[0], at=now(), data={"id": "1"}))


def waiting() -> list[tuple[str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_error, extract(epoch FROM due_at - now())::float FROM outbox"
            " WHERE topic = 'webhooks.send' AND done_at IS NULL"
        )
        return cursor.fetchall()


def make_due() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox SET due_at = now(), taken_until = NULL WHERE topic = 'webhooks.send' AND done_at IS NULL"
        )


def signed(secret: str, request: Received) -> str:
    """The signature as a receiver works it out, by the specification alone."""
    text = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.split("_", 1)[1])
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def test_a_message_is_signed_and_fresh(cast: Cast, receiver: Receiver):
    made = subscribe(cast, f"{receiver.url}/hook?of=anthon")
    happen(cast)
    assert run_due("webhooks.send") == 1
    [request] = receiver.requests
    assert request.path == "/hook?of=anthon"
    assert request.headers["webhook-signature"] == signed(made["secret"], request)
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 10
    assert json.loads(request.body)["type"] == "alert.raised"
    assert waiting() == []
    read = signed_in(cast.son).get(f"/v1/webhooks/{made['id']}").json()
    assert (read["last_status"], read["failing_since"]) == (204, None)


def test_what_is_not_taken_comes_again_under_the_same_id(cast: Cast, receiver: Receiver):
    made = subscribe(cast, f"{receiver.url}/hook")
    answers: list[Reply] = [(500, {}, b""), (302, {"Location": "http://127.0.0.1:1/"}, b""), (204, {}, b"")]
    receiver.answer = lambda _: answers[len(receiver.requests) - 1]
    happen(cast)
    for why in ("http_500", "http_302"):
        run_due("webhooks.send")
        [(told, _)] = waiting()
        assert told == why
        assert Webhook.objects.get().failing_since is not None
        make_due()
    run_due("webhooks.send")
    assert waiting() == []
    assert Webhook.objects.get().failing_since is None
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len({request.body for request in receiver.requests}) == 1
    assert all(each.headers["webhook-signature"] == signed(made["secret"], each) for each in receiver.requests)


def test_a_busy_receiver_is_left_alone_as_long_as_it_wishes(cast: Cast, receiver: Receiver):
    subscribe(cast, receiver.url)
    receiver.answer = lambda _: (429, {"Retry-After": "120"}, b"")
    happen(cast)
    run_due("webhooks.send")
    [(_, wait)] = waiting()
    assert 115 < wait <= 120


def test_a_receiver_that_does_not_answer_is_waited_for_once_and_not_by_each_message(cast: Cast, settings: Any):
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    subscribe(cast, "http://127.0.0.1:9/hook")
    for _ in range(3):
        happen(cast)
    assert run_due("webhooks.send") == 3
    assert sorted(why for why, _ in waiting()) == ["no_answer", "receiver_silent", "receiver_silent"]
    assert all(wait > 8 for why, wait in waiting() if why == "receiver_silent")
    Webhook.objects.update(last_sent_at=now() - dt.timedelta(minutes=11), failing_since=now() - dt.timedelta(hours=1))
    make_due()
    run_due("webhooks.send")
    assert sorted(why for why, _ in waiting()) == ["no_answer", "receiver_silent", "receiver_silent"]
    assert max(wait for _, wait in waiting()) > 500, "the longer it has been silent, the longer it is left alone"


def test_a_receiver_that_says_it_is_gone_hears_no_more(cast: Cast, receiver: Receiver):
    subscribe(cast, receiver.url)
    receiver.answer = lambda _: (410, {}, b"")
    happen(cast)
    run_due("webhooks.send")
    happen(cast)
    assert waiting() == []
    assert len(receiver.requests) == 1
    assert Webhook.objects.get().ended_because == "receiver_gone"
    assert AuditEvent.objects.filter(name="webhook.ended").exists()


def test_a_message_is_given_up_after_a_day(cast: Cast, receiver: Receiver):
    subscribe(cast, receiver.url)
    receiver.answer = lambda _: (500, {}, b"")
    happen(cast)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox SET payload = jsonb_set(payload, '{until}', '\"2026-01-01T00:00:00.000Z\"')"
            " WHERE topic = 'webhooks.send'"
        )
    run_due("webhooks.send")
    assert waiting() == []


_WORKER = """
import django
django.setup()
from api.jobs import run_due
run_due("webhooks.send")
"""


def test_a_worker_killed_between_sending_and_marking_sends_the_same_message(clean_db: None, settings: Any):
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    cast = raise_cast()
    with receiving() as receiver:
        subscribe(cast, receiver.url)
        happen(cast)
        environment = os.environ | {
            "ANTHON_WEBHOOK_PRIVATE_ADDRESSES": "yes",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": str(ROOT),
        }
        worker = subprocess.Popen([sys.executable, "-c", _WORKER], cwd=ROOT, env=environment)

        def kill(request: Received) -> Reply:
            if len(receiver.requests) == 1:
                os.kill(worker.pid, signal.SIGKILL)
                worker.wait()
            return 204, {}, b""

        receiver.answer = kill
        assert worker.wait(timeout=60) == -signal.SIGKILL
        assert waiting() != [], "nothing marked it as done"
        assert run_due("webhooks.send") == 0, "its lease holds yet"
        make_due()
        assert run_due("webhooks.send") == 1
        first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert waiting() == []


def test_the_secret_is_shown_once_and_never_stands_in_the_table(cast: Cast):
    made = subscribe(cast, "https://dispatch.example.vn/hook", description="Trực ban")
    body = {name: made[name] for name in ("id", "area_id", "url", "events", "description")}
    again = signed_in(cast.son).post("/v1/webhooks", body, content_type=JSON)
    assert (again.status_code, again.json()["secret"]) == (200, None)
    other = signed_in(cast.son).post("/v1/webhooks", body | {"events": ["alert.closed"]}, content_type=JSON)
    assert (other.status_code, other.json()["code"]) == (409, "already_exists")
    read = signed_in(cast.son).get(f"/v1/webhooks/{made['id']}").json()
    listed = signed_in(cast.son).get("/v1/webhooks", {"area": str(cast.communes[0])}).json()["items"]
    assert listed == [read]
    assert "secret" not in read
    assert base64.b64decode(made["secret"][6:]) not in bytes(Webhook.objects.get().sealed_secret)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"url": "http://dispatch.example.vn/"}, "/url", "address_not_https"),
        ({"url": "https://127.0.0.1/"}, "/url", "address_private"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "/url", "address_private"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "/url", "address_private"),
        ({"url": "https://user:word@dispatch.example.vn/"}, "/url", "address_invalid"),
        ({"url": "dispatch"}, "/url", "address_invalid"),
        ({"events": ["tip.created"]}, "/events/0", "invalid_choice"),
        ({"events": []}, "/events", "required"),
    ],
)
def test_what_may_not_be_subscribed_to(cast: Cast, change: dict[str, Any], pointer: str, code: str):
    body = {"area_id": str(cast.communes[0]), "url": "https://dispatch.example.vn/", "events": ["alert.raised"]}
    answer = signed_in(cast.son).post("/v1/webhooks", body | change, content_type=JSON)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]


def test_a_name_that_leads_inside_is_not_followed(cast: Cast):
    """The address looks public; what it resolves to isn't."""
    subscribe(cast, "https://localhost/hook")
    happen(cast)
    run_due("webhooks.send")
    assert [why for why, _ in waiting()] == ["address_private"]


def test_an_area_has_only_so_many(cast: Cast):
    for _ in range(20):
        subscribe(cast, "https://dispatch.example.vn/")
    body = {"area_id": str(cast.communes[0]), "url": "https://dispatch.example.vn/", "events": ["alert.raised"]}
    answer = signed_in(cast.son).post("/v1/webhooks", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "webhooks_too_many")
