"""What time does to tips: overdue ones ring, urgent ones ring at a beat, and the hour is mixed once it is over.

With real commits, since only the owner of the tables can let time pass.
"""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connections

from accounts.models import AuditEvent
from accounts.push import sending
from activities.tips import alerting, clock
from api import jobs
from api.ids import uuid7
from api.job_models import Outbox
from tests.activities.firebase import Firebase, rings
from tests.activities.tips.telling import a_key, a_tip, events, post, rows, send
from tests.cast import Cast, raise_cast
from tests.client import signed_in


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def age(by: dt.timedelta) -> None:
    """Let all tips and messages have come so much earlier, which the serving role can't."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE tip SET hour = hour - %s, decided_at = decided_at - %s", [by, by])
        cursor.execute("UPDATE tip_message SET hour = hour - %s", [by])


def test_after_24_hours_it_is_overdue_and_the_trail_says_so_once(cast: Cast) -> None:
    tip, passed = a_tip(cast.hamlets[0]), a_tip(cast.hamlets[0])
    for each in (tip, passed):
        send(cast.lan, each)
    post(cast.dung, f"/v1/tips/{passed['id']}/forward", {"forwarded_to": "Phòng PC04"})
    clock.find_overdue()
    assert not events("tip.overdue")
    age(dt.timedelta(hours=25))
    listed = signed_in(cast.dung).get("/v1/tips", {"overdue": "true"}).json()["items"]
    assert [each["id"] for each in listed] == [tip["id"]]
    clock.find_overdue()
    clock.find_overdue()
    assert [str(event.subject_id) for event in events("tip.overdue")] == [tip["id"]]
    assert Outbox.objects.filter(topic=alerting.TOPIC, key=str(cast.communes[0]), done_at=None).count() == 1


def test_the_units_officers_are_rung_and_the_notice_says_nothing_of_a_tip(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = a_tip(cast.hamlets[0])
    send(cast.lan, tip)
    age(dt.timedelta(hours=25))
    clock.find_overdue()
    phone = sending.Phone(token_id=uuid7(), user_id=cast.dung.user_id, locale="vi", second_factor=True)
    rung = []
    monkeypatch.setattr(sending, "phones_of", lambda users, strict: rung.append((users, strict)) or [phone])
    assert jobs.run_due(alerting.TOPIC) == 1
    assert rung == [({cast.dung.user_id}, {cast.dung.user_id})]
    [push] = Outbox.objects.filter(topic=sending.REMINDERS)
    assert push.payload["notice"]["body"] == "Hồng Thái: 1 tin đang chờ"
    assert tip["id"] not in str(push.payload) + push.key
    assert jobs.run_due(alerting.TOPIC) == 0


def test_an_urgent_tip_rings_the_police_once_at_the_next_beat_and_leaves_no_trace_of_it(
    cast: Cast, firebase: Firebase, caplog: pytest.LogCaptureFixture
) -> None:
    rings(cast.lan, cast.bao, cast.minh, cast.dung, cast.hoa)
    urgent, seen, other = (a_tip(cast.hamlets[0], urgency=how) for how in ("urgent", "urgent", "soon"))
    for tip in (urgent, seen, other):
        send(cast.lan, tip)
    post(cast.dung, f"/v1/tips/{seen['id']}/acknowledge")
    left = Outbox.objects.count(), AuditEvent.objects.count()
    caplog.set_level("DEBUG")
    for _ in range(2):
        clock.beat()
        jobs.run_due(sending.TRACELESS)
    assert firebase.rung() == ["dung"]
    told = firebase.messages()[0]
    assert told["notification"]["body"] == "Hồng Thái: mở danh sách tin báo để xem ngay"
    listed = signed_in(cast.dung).get(told["data"]["path"]).json()["items"]
    assert [each["id"] for each in listed] == [urgent["id"]]
    assert not any(tip["id"] in str(told) for tip in (urgent, seen, other))
    assert (Outbox.objects.count(), AuditEvent.objects.exclude(name="tips.listed").count()) == left
    assert "push" not in caplog.text and "job" not in caplog.text
    assert rows("SELECT id FROM tip WHERE rung") == [(uuid.UUID(urgent["id"]),)]


def test_while_one_that_rang_is_not_looked_at_others_do_not_ring(cast: Cast, firebase: Firebase) -> None:
    """Or anybody could keep the police awake, for a second of a phone's work each."""
    rings(cast.dung)
    first, second, third = (a_tip(cast.hamlets[0], urgency="urgent") for _ in range(3))
    for tip, rung in ((first, 1), (second, 1)):
        send(None, tip)
        clock.ring()
        jobs.run_due(sending.TRACELESS)
        assert len(firebase.rung()) == rung
    for tip in (first, second):
        post(cast.dung, f"/v1/tips/{tip['id']}/acknowledge")
    send(None, third)
    clock.ring()
    jobs.run_due(sending.TRACELESS)
    assert len(firebase.rung()) == 2


def test_a_tip_that_came_with_the_hours_last_second_is_rung_before_it_is_mixed(cast: Cast, firebase: Firebase) -> None:
    rings(cast.dung)
    send(cast.lan, a_tip(cast.hamlets[0], urgency="urgent"))
    age(dt.timedelta(hours=1))
    clock.mix()
    assert not events("tip.received"), "a ring would touch its row after the mixing"
    clock.beat()
    clock.beat()
    jobs.run_due(sending.TRACELESS)
    assert len(events("tip.received")) == 1 and firebase.rung() == ["dung"]


def test_mixing_writes_the_hour_anew_in_the_order_of_random_ids(cast: Cast) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM FULL tip")  # rows are put where others left room, in that order
    a_key(cast)
    code = ""
    for no in range(6):
        code = send(cast.lan, a_tip(cast.hamlets[0], source=f"Người {no}")).json()["receipt"]
    post(None, f"/v1/tips/receipts/{code}/messages", {"id": str(uuid.uuid4()), "text": "Thêm"})
    clock.mix()
    assert not events("tip.received"), "not before the hour is over"
    age(dt.timedelta(hours=1))
    clock.mix()
    clock.mix()
    told = events("tip.received")
    assert len(told) == 6 and len(events("tip.message_received")) == 1
    with connections["owner"].cursor() as owner:
        owner.execute("SELECT id, xmin::text FROM tip ORDER BY ctid")
        lying = owner.fetchall()
    assert [id for id, _ in lying] == sorted(id for id, _ in lying) and len({written for _, written in lying}) == 1
    for event in (*told, *events("tip.message_received")):
        assert event.user_id is event.session_id is event.device_id is event.request_id is None
        assert event.details == {}
    every = rows("SELECT mixed FROM tip UNION ALL SELECT mixed FROM tip_message")
    assert len(every) == 7 and all(mixed for (mixed,) in every)
