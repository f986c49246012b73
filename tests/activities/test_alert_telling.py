"""An alert reaches phones and systems: by real requests to a real receiver, once each, with nothing personal in it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.db import connection

from accounts.models import PushToken, Session
from activities.observations.alerts.escalating import escalate_due
from api.jobs import run_due
from tests.activities.firebase import Firebase, rings
from tests.activities.test_alerts import call, do, overdue
from tests.cast import Cast, add_grant, add_person
from tests.client import signed_in
from tests.receiver import receiving


def deliver() -> None:
    """What workers do about an alert."""
    run_due("alerts.tell")
    run_due("push.send")
    run_due("webhooks.send")


def waiting(topic: str) -> list[tuple[str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_error, extract(epoch FROM due_at - now())::float FROM outbox"
            " WHERE topic = %s AND done_at IS NULL",
            [topic],
        )
        return cursor.fetchall()


def make_due() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL AND topic NOT LIKE '%.escalate'")


def test_a_call_rings_the_police_and_the_head_and_says_nothing_personal(cast: Cast, firebase: Firebase):
    rings(cast.lan, cast.bao, cast.minh, cast.dung, cast.linh)
    alert = call(cast.lan, note="Bị đuổi", place_text="Ngõ 3", location={"lon": 108.4, "lat": 11.2})
    deliver()
    assert firebase.rung() == ["bao", "dung"]
    message = firebase.messages()[0]
    assert message["notification"]["title"] == "SOS – tổ viên cần giúp ngay"
    assert message["notification"]["body"].startswith("Thái An, ")
    assert message["data"]["id"] == alert["id"]
    assert set(message["data"]) <= {"type", "id", "area_id", "kind", "severity", "status", "level", "occurred_at"}
    assert message["android"]["priority"] == "HIGH"
    for personal in ("Bị đuổi", "Ngõ 3", "108.4", cast.lan.phone, str(cast.lan.user_id)):
        assert personal not in json.dumps(firebase.messages(), ensure_ascii=False)
    deliver()
    assert len(firebase.rung()) == 2, "once each"
    assert firebase.tokens == 1


def test_the_next_level_rings_wider_and_the_sender_hears_who_is_on_it(cast: Cast, firebase: Firebase):
    officer = add_person("tinh", 40)
    add_grant(officer, "police_officer", cast.province)
    rings(cast.lan, cast.bao, cast.dung, officer)
    alert = call(cast.lan)
    deliver()
    overdue(alert["id"])
    assert escalate_due() == 1
    deliver()
    assert firebase.rung() == ["bao", "bao", "dung", "dung", "tinh"]
    assert firebase.messages()[-1]["notification"]["title"] == "Chưa ai tiếp nhận: SOS – tổ viên cần giúp ngay"
    do(officer, alert, "acknowledge")
    deliver()
    assert firebase.messages()[-1]["token"] == "lan"
    assert firebase.messages()[-1]["notification"]["title"].startswith("Đã có người tiếp nhận")


def test_a_phone_that_is_gone_is_forgotten(cast: Cast, firebase: Firebase):
    rings(cast.bao, cast.dung)
    firebase.refusals = {"bao": (404, {}, "UNREGISTERED")}
    call(cast.lan)
    deliver()
    assert list(PushToken.objects.values_list("token", flat=True)) == ["dung"]
    assert waiting("push.send") == []


@pytest.mark.parametrize(("status", "error"), [(429, "QUOTA_EXCEEDED"), (503, "UNAVAILABLE"), (500, "INTERNAL")])
def test_a_busy_service_is_asked_again_when_it_wishes(cast: Cast, firebase: Firebase, status: int, error: str):
    rings(cast.dung)
    firebase.refusals = {"dung": (status, {"Retry-After": "45"}, error)}
    call(cast.lan)
    deliver()
    [(why, wait)] = waiting("push.send")
    assert why == f"fcm_{error.lower()}"
    assert 44 < wait <= 46
    firebase.refusals = {}
    make_due()
    deliver()
    assert waiting("push.send") == []
    assert firebase.rung() == ["dung", "dung"]


def test_an_access_token_that_is_refused_is_exchanged_anew(cast: Cast, firebase: Firebase):
    rings(cast.dung)
    call(cast.lan)
    deliver()
    firebase.tokens += 1  # what the worker holds is no longer good
    call(cast.lan)
    deliver()
    assert [why for why, _ in waiting("push.send")] == ["fcm_unauthenticated"]
    make_due()
    deliver()
    assert waiting("push.send") == []


def test_a_notice_that_was_held_up_too_long_is_given_up(cast: Cast, firebase: Firebase):
    rings(cast.dung)
    firebase.refusals = {"dung": (503, {}, "UNAVAILABLE")}
    call(cast.lan)
    run_due("alerts.tell")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox SET payload = jsonb_set(payload, '{until}', '\"2026-01-01T00:00:00.000Z\"')"
            " WHERE topic = 'push.send'"
        )
    run_due("push.send")
    assert waiting("push.send") == []


def test_who_signed_out_or_lacks_the_second_factor_is_not_rung(cast: Cast, firebase: Firebase, settings: Any):
    rings(cast.bao, cast.dung)
    assert signed_in(cast.bao).post("/v1/auth/logout", {}, content_type="application/json").status_code == 204
    settings.SECOND_FACTOR = "required"
    call(cast.lan)
    deliver()
    assert firebase.rung() == []
    Session.objects.filter(id=cast.dung.session_id).update(second_factor=True)
    call(cast.lan)
    deliver()
    assert firebase.rung() == ["dung"]


def test_a_phone_belongs_to_whoever_signed_in_last(cast: Cast, firebase: Firebase):
    for who in (cast.bao, cast.lan):
        signed_in(who).put("/v1/auth/push_token", {"token": "shared"}, content_type="application/json")
    signed_in(cast.lan).put("/v1/auth/push_token", {"token": "shared"}, content_type="application/json")
    assert PushToken.objects.get().user_id == cast.lan.user_id
    assert signed_in(cast.bao).delete("/v1/auth/push_token").status_code == 204
    assert signed_in(cast.lan).delete("/v1/auth/push_token").status_code == 204
    assert not PushToken.objects.exists()


def test_without_an_account_no_phone_is_rung_and_nothing_waits(cast: Cast):
    rings(cast.dung)
    call(cast.lan)
    deliver()
    assert waiting("push.send") == []
    assert waiting("alerts.tell") == []


def test_systems_are_told_of_what_they_asked_for(cast: Cast, settings: Any):
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with receiving() as receiver:
        body = {"area_id": str(cast.communes[0]), "url": f"{receiver.url}/hook", "events": ["alert.raised"]}
        made = signed_in(cast.son).post("/v1/webhooks", body, content_type="application/json").json()
        elsewhere = body | {"area_id": str(cast.communes[1]), "url": f"{receiver.url}/elsewhere"}
        signed_in(cast.son).post("/v1/webhooks", elsewhere, content_type="application/json")
        alert = call(cast.lan, note="Bị đuổi")
        do(cast.dung, alert, "acknowledge")
        deliver()
        [message] = receiver.requests
    assert message.path == "/hook"
    told = json.loads(message.body)
    assert told["type"] == "alert.raised"
    assert told["data"]["path"] == f"/v1/alerts/{alert['id']}"
    assert told["data"]["area_name"] == "Thái An"
    assert "Bị đuổi" not in message.body.decode()
    assert str(cast.lan.user_id) not in message.body.decode()
    assert base64.b64decode(made["secret"].removeprefix("whsec_"))
