"""The registers of the personal-data law: deadlines, who keeps them, and what is overdue."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent, Breach, DataRequest
from accounts.requests.working_days import days_after, holidays, is_working, working_days_after
from api.ids import uuid7
from api.localtime import local_day, now, wire
from tests.cast import Cast, Person, raise_cast
from tests.client import signed_in

JSON = "application/json"


@pytest.fixture
def cast(db: None) -> Cast:
    return raise_cast()


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        ("2026-11-23", "2026-11-25"),  # a Monday
        ("2026-11-27", "2026-12-01"),  # a Friday
        ("2026-11-29", "2026-12-01"),  # a Sunday
        ("2026-02-13", "2026-02-24"),  # before Tết
        ("2026-04-24", "2026-04-29"),  # the Hùng Kings' day on a Sunday is taken on Monday
        ("2026-04-29", "2026-05-05"),
    ],
)
def test_two_working_days(received: str, answer: str) -> None:
    assert working_days_after(day(received), 2) == day(answer)


def test_a_last_day_off_moves_to_the_next_working_day() -> None:
    assert days_after(day("2026-11-25"), 10) == day("2026-12-07")  # a Saturday
    assert days_after(day("2026-11-23"), 10) == day("2026-12-03")
    assert days_after(day("2026-08-22"), 10) == day("2026-09-03")  # 1 and 2 September


@given(st.dates(day("2020-01-01"), day("2060-12-31")), st.integers(1, 30))
def test_deadlines_are_working_days_and_as_many_lie_between(start: dt.date, count: int) -> None:
    due = working_days_after(start, count)
    between = [start + dt.timedelta(days=n) for n in range(1, (due - start).days + 1)]
    assert is_working(due) and sum(map(is_working, between)) == count
    assert is_working(days_after(start, count)) and days_after(start, count) >= start + dt.timedelta(days=count)
    assert all(off.weekday() < 5 for off in holidays(start.year))


def enter(cast: Cast, who: Person | None = None, **more: Any) -> Any:
    body = {
        "area_id": str(cast.hamlets[0]), "kind": "deletion", "requester": "Trần Văn Hải", "description": "Xin xóa",
        "subject_type": "other", "received_on": "2026-11-02",
    }  # fmt: skip
    return signed_in(who or cast.son).post("/v1/data_requests", body | more, content_type=JSON)


def command(cast: Cast, id: str, verb: str, body: Any = None) -> Any:
    return signed_in(cast.son).post(f"/v1/data_requests/{id}/{verb}", body or {}, content_type=JSON)


def test_a_request_from_letter_to_end(cast: Cast) -> None:
    made = enter(cast).json()
    assert (made["answer_due_on"], made["due_on"]) == ("2026-11-04", "2026-11-23")
    assert command(cast, made["id"], "answer").json()["status"] == "answered"
    longer = {"because": "Hồ sơ ở nhiều nơi"}
    extended = command(cast, made["id"], "extend", longer).json()
    assert extended["due_on"] == "2026-12-14"  # the 13th is a Sunday
    assert command(cast, made["id"], "extend", longer).json() == extended
    assert command(cast, made["id"], "extend", {"because": "Thêm nữa"}).json()["code"] == "request_settled"
    done = command(cast, made["id"], "complete", {"outcome": "Đã xóa"}).json()
    assert (done["status"], done["overdue"]) == ("done", False)
    assert command(cast, made["id"], "complete", {"outcome": "Đã xóa"}).json() == done
    assert command(cast, made["id"], "refuse", {"outcome": "Không"}).json()["code"] == "request_settled"
    names = AuditEvent.objects.filter(subject_id=uuid.UUID(made["id"])).order_by("id").values_list("name", flat=True)
    verbs = [name.partition(".")[2] for name in names if name.startswith("data_request.")]
    assert verbs == ["received", "answered", "extended", "done"]
    assert "Hải" not in str(list(AuditEvent.objects.values_list("details", flat=True)))


def test_what_is_overdue_is_listed(cast: Cast) -> None:
    today = local_day(now())
    late, early, old = enter(cast).json(), enter(cast, received_on=today.isoformat()).json(), enter(cast).json()
    command(cast, old["id"], "refuse", {"outcome": "Không phải dữ liệu của người ấy"})
    listed = signed_in(cast.son).get("/v1/data_requests", {"overdue": "true", "area": str(cast.province)}).json()
    assert [each["id"] for each in listed["items"]] == [late["id"]]
    assert listed["items"][0]["overdue"] and not early["overdue"]
    assert signed_in(cast.son).get("/v1/data_requests?kind=access").json()["items"] == []


def test_requests_are_found_by_words_without_accents(cast: Cast) -> None:
    hai, _ = enter(cast).json(), enter(cast, requester="Lê Thị Mười", description="Sửa tên")
    for words in ("hai", "TRAN hải xoa", "văn xin"):
        listed = signed_in(cast.son).get("/v1/data_requests", {"q": words}).json()["items"]
        assert [each["id"] for each in listed] == [hai["id"]]
    assert signed_in(cast.son).get("/v1/breaches", {"q": "hai"}).json()["items"] == []


def test_kinds_have_their_days(cast: Cast) -> None:
    due = {kind: enter(cast, kind=kind).json()["due_on"] for kind in ("access", "correction", "objection", "deletion")}
    assert due == dict(zip(due, ["2026-11-12", "2026-11-12", "2026-11-17", "2026-11-23"], strict=True))


def test_the_same_id_again_is_the_same_request(cast: Cast) -> None:
    id = str(uuid7())
    assert [enter(cast, id=id).status_code for _ in range(2)] == [201, 200]
    assert enter(cast, id=id, kind="access").status_code == 409
    assert enter(cast, received_on="2999-01-01").status_code == 422
    assert DataRequest.objects.count() == 1


def test_a_breach_has_72_hours(cast: Cast) -> None:
    noticed = now() - dt.timedelta(hours=73)
    body = {"area_id": str(cast.hamlets[0]), "description": "Mất một máy", "noticed_at": wire(noticed), "affected": 3}
    client = signed_in(cast.son)
    made = client.post("/v1/breaches", body, content_type=JSON).json()
    assert made["overdue"] and made["report_due_at"] == wire(noticed + dt.timedelta(hours=72))
    client.post("/v1/breaches", body | {"noticed_at": wire(now())}, content_type=JSON)
    assert [each["id"] for each in client.get("/v1/breaches?overdue=true").json()["items"]] == [made["id"]]
    report = {"reported_at": wire(now()), "reference": "A05-17"}
    for _ in range(2):
        told = client.post(f"/v1/breaches/{made['id']}/report", report, content_type=JSON).json()
        assert (told["status"], told["overdue"]) == ("reported", False)
    other = client.post(f"/v1/breaches/{made['id']}/report", report | {"reference": "X"}, content_type=JSON)
    assert other.json()["code"] == "request_settled"
    assert AuditEvent.objects.get(name="breach.reported").details == {"in_time": False}
    closed = client.post(f"/v1/breaches/{made['id']}/close", {"outcome": "Đã tìm lại được"}, content_type=JSON).json()
    assert closed["status"] == "closed" and Breach.objects.filter(closed_at=None).count() == 1
