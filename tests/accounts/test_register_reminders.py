"""Reminders of the registers: once before the time is over and once after, to whoever is responsible."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent, Breach, DataRequest
from accounts.on_call import nearest_admins
from accounts.requests import breaches, data_requests, reminding
from accounts.requests.deadlines import due_of
from accounts.requests.working_days import days_after, is_working, working_days_after, working_days_before
from accounts.scoping import SystemActor
from api.ids import uuid7
from api.jobs import run_due, tick
from api.localtime import LOCAL, local_day, now, wire
from tests.activities.conftest import firebase  # noqa: F401 - a fixture
from tests.activities.firebase import Firebase, rings
from tests.cast import Cast, add_grant, add_person, raise_cast
from tests.client import signed_in

SYSTEM = SystemActor(reason="tests")


@pytest.fixture
def cast(db: None) -> Cast:
    return raise_cast()


def came(cast: Cast, received_on: dt.date | None = None, **more: Any) -> DataRequest:
    given = {"kind": "access", "requester": "Trần Tư", "description": "Xin xem", "subject_type": "other"} | more
    return data_requests.receive(actor=SYSTEM, area_id=cast.hamlets[0], received_on=received_on, **given)


def noticed(cast: Cast, hours_ago: int) -> Breach:
    at = now() - dt.timedelta(hours=hours_ago)
    return breaches.notice(actor=SYSTEM, area_id=cast.hamlets[0], description="Mất máy", noticed_at=at)


def let_pass() -> None:
    """The clock gets to where somebody is told next."""
    tick()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox SET due_at = now() WHERE topic = 'registers.remind'")
    run_due("registers.remind")
    run_due(reminding.TOPIC)
    run_due("push.remind")


def told_of(entry: DataRequest | Breach) -> list[tuple[str, Any]]:
    events = AuditEvent.objects.filter(subject_id=entry.id).order_by("at", "id")
    return [(e.name.partition(".")[2], e.details.get("step")) for e in events if e.user_id is None][1:]


def back(entry: DataRequest | Breach) -> None:
    """A reminder that waits is due now."""
    type(entry).objects.filter(id=entry.id).exclude(remind_at=None).update(remind_at=now())


def test_the_nearest_admins_hear_of_it_once_before_and_once_after(cast: Cast, firebase: Firebase) -> None:  # noqa: F811
    near = add_person("hien", 50)
    add_grant(near, "admin", cast.communes[0])
    rings(near, cast.son, cast.lan, cast.dung)
    assert nearest_admins(cast.hamlets[0]) == {near.user_id}
    assert nearest_admins(cast.hamlets[2]) == {cast.son.user_id}
    breach = noticed(cast, 50)  # 22 hours are left
    for _ in range(3):
        let_pass()
    assert told_of(breach) == [("reminded", "report")]
    Breach.objects.filter(id=breach.id).update(due_at=now(), report_due_at=now(), remind_at=now())
    for _ in range(3):
        let_pass()
    assert told_of(breach) == [("reminded", "report"), ("overdue", "report")]
    assert firebase.rung() == ["hien", "hien"]
    first, last = firebase.messages()
    assert (first["data"]["type"], last["data"]["type"]) == ("breach.reminded", "breach.overdue")
    assert first["notification"]["title"] == "Sự cố dữ liệu cá nhân chưa báo cơ quan"
    assert first["notification"]["body"].startswith("Thái An: hạn ")
    assert "quá hạn" in last["notification"]["body"]
    assert "Mất máy" not in json.dumps([first, last], ensure_ascii=False)


def test_each_step_of_a_request_has_its_reminders_and_none_is_given_for_what_is_done(cast: Cast) -> None:
    entry = came(cast)
    back(entry)
    let_pass()
    data_requests.answer(actor=SYSTEM, id=entry.id)
    let_pass()  # what comes next is due in days
    back(entry)
    let_pass()
    data_requests.extend(actor=SYSTEM, id=entry.id, because="Sổ cũ ở xa")
    back(entry)
    let_pass()
    data_requests.settle(actor=SYSTEM, id=entry.id, refused=False, outcome="Đã gửi")
    let_pass()
    assert told_of(entry) == [
        ("reminded", "answer"), ("answered", None), ("reminded", "settle"), ("extended", None),
        ("reminded", "settle"), ("done", None),
    ]  # fmt: skip
    entry.refresh_from_db()
    assert (entry.due_at, entry.remind_at) == (None, None)


def test_an_old_letter_is_told_of_as_overdue_alone_and_more_time_does_not_tell_again(cast: Cast) -> None:
    entry = came(cast, local_day(now()) - dt.timedelta(days=30))
    for _ in range(2):
        let_pass()
    data_requests.extend(actor=SYSTEM, id=entry.id, because="Sổ cũ ở xa")  # the answer is overdue as before
    let_pass()
    assert told_of(entry) == [("overdue", "answer"), ("extended", None)]
    entry.refresh_from_db()
    assert entry.due_at is not None and entry.remind_at is None


def test_systems_that_subscribed_are_told_which_and_until_when(cast: Cast) -> None:
    body = {
        "id": str(uuid7()),
        "area_id": str(cast.communes[0]),
        "url": "https://example.com/",
        "events": ["breach.overdue"],
    }
    assert signed_in(cast.son).post("/v1/webhooks", body, content_type="application/json").status_code == 201
    breach = noticed(cast, 73)
    let_pass()
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload ->> 'body' FROM outbox WHERE topic = 'webhooks.send'")
        [[text]] = cursor.fetchall()
    told = json.loads(text)
    assert told["type"] == "breach.overdue"
    assert told["data"] == {
        "id": str(breach.id), "area_id": str(cast.hamlets[0]), "area_name": "Thái An", "step": "report",
        "due_at": wire(breach.report_due_at), "path": f"/v1/breaches/{breach.id}",
    }  # fmt: skip


def test_a_thousand_letters_cost_what_one_does(cast: Cast, django_assert_num_queries: Any) -> None:
    for count in (1, 20):
        for _ in range(count):
            back(came(cast))
        with django_assert_num_queries(6):
            assert reminding.remind_due(DataRequest) == count


@given(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), st.sampled_from(["access", "objection", "deletion"]))
def test_reminders_come_in_the_morning_before_and_after(day: dt.date, kind: str) -> None:
    answer_due, due = (
        working_days_after(day, 2),
        days_after(day, data_requests.DAYS[data_requests.DataRequestKind(kind)]),
    )
    entry = DataRequest(kind=kind, status="received", received_on=day, answer_due_on=answer_due, due_on=due)
    for status in ("received", "answered"):
        entry.status = status
        last = min(answer_due, due) if status == "received" else due
        found = due_of(entry)
        assert found is not None
        ahead, after = found.ahead.astimezone(LOCAL), found.after.astimezone(LOCAL)
        assert ahead.date() < last < after.date() and ahead.hour == after.hour == 8
        assert is_working(ahead.date()) and after.date() == last + dt.timedelta(days=1)
    assert working_days_after(working_days_before(answer_due, 3), 3) == answer_due
