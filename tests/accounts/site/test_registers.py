"""The registers on the site: what presses comes first, time left in words, found without accents, page by page."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent, Breach, DataRequest
from accounts.site import lists
from accounts.site.entries import time_left
from api.localtime import LOCAL, local_day, now
from tests.accounts.site.letters import fill_registers
from tests.browser import browser
from tests.cast import Cast


@pytest.fixture
def cast(cast: Cast) -> Cast:
    fill_registers(cast)
    return cast


def names(page: str) -> list[str]:
    """What the rows of a list are known by."""
    return re.findall(r'<td class="main"[^>]*><span><a href="[^"]+">([^<]+)</a>', page)


@pytest.mark.django_db
def test_what_presses_comes_first_and_pages_leave_nothing_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(cast.son)
    whole = names(client.get("/admin/data_requests/").content.decode())
    assert whole[0].startswith("Công Tằng Tôn Nữ")
    assert set(whole[-2:]) == {"Huỳnh Thị Mỹ Linh", "Một người không rõ tên"}
    due = [entry.due_at for name in whole for entry in DataRequest.objects.filter(requester=name)]
    assert due == [*sorted(filter(None, due)), None, None]
    monkeypatch.setattr(lists, "PAGE_SIZE", 2)
    page, seen = client.get("/admin/data_requests/").content.decode(), []
    while True:
        seen += names(page)
        if not (following := re.search(r'href="(\?[^"]+)" rel="next"', page)):
            break
        page = client.get("/admin/data_requests/" + following[1].replace("&amp;", "&")).content.decode()
    assert seen == whole


@pytest.mark.django_db
def test_requests_are_found_and_filtered(cast: Cast) -> None:
    client = browser(cast.son)
    for query, found in {
        "q=tran+van+HAI": 1, "state=overdue": 1, "state=done": 1, "state=soon&kind=deletion": 1, "q=khong+co": 0,
        f"area={cast.communes[0]}&state=refused": 1, f"area={cast.communes[1]}": 0,
    }.items():  # fmt: skip
        assert len(names(client.get(f"/admin/data_requests/?{query}").content.decode())) == found, query
    assert len(names(client.get("/admin/breaches/?state=open").content.decode())) == 2
    assert len(names(client.get("/admin/breaches/?q=ma+doc&state=closed").content.decode())) == 1


@pytest.mark.django_db
def test_an_entry_tells_its_story_and_offers_what_can_still_be_done(cast: Cast) -> None:
    client = browser(cast.son)
    waits = DataRequest.objects.get(kind="objection")
    page = client.get(f"/admin/data_requests/{waits.id}/").content.decode()
    assert re.findall("<li><span>([^<]+)</span>", page) == ["Đã nhận", "Đã phản hồi", "Đã gia hạn"]
    assert "Phải hỏi Công an tỉnh" in page
    assert re.findall(rf"/admin/data_requests/{waits.id}/(\w+)/", page) == ["complete", "refuse"]
    over = DataRequest.objects.get(status="done")
    settled = client.get(f"/admin/data_requests/{over.id}/").content.decode()
    assert f"/admin/data_requests/{over.id}/" not in settled.split("<main")[1]
    assert "Yêu cầu đã kết thúc rồi." in client.get(f"/admin/data_requests/{over.id}/answer/").content.decode()


@pytest.mark.django_db
def test_a_report_within_the_minute_of_noticing_is_taken(cast: Cast) -> None:
    breach = Breach.objects.filter(reported_at=None).latest("noticed_at")
    Breach.objects.filter(id=breach.id).update(noticed_at=now() - dt.timedelta(seconds=1))
    at = Breach.objects.get(id=breach.id).noticed_at.astimezone(LOCAL)
    body = {"reported_at": f"{at:%Y-%m-%dT%H:%M}", "reference": "A05-18"}
    assert browser(cast.son).post(f"/admin/breaches/{breach.id}/report/", body).status_code == 302
    assert AuditEvent.objects.filter(name="breach.reported", subject_id=breach.id).count() == 1


@pytest.mark.django_db
def test_the_start_page_counts_what_waits(cast: Cast) -> None:
    page = browser(cast.son).get("/admin/").content.decode()
    told = dict(re.findall(r'href="/admin/(\w+/\?state=\w+)"><b>(\d+)</b>', page))
    assert told["data_requests/?state=overdue"] == "1"
    assert told["data_requests/?state=soon"] == "2"
    assert told["breaches/?state=open"] == "2"


@given(st.integers(-400, 400))
def test_days_left_are_those_of_the_calendar(days: int) -> None:
    today = local_day(now())
    end = dt.datetime.combine(today + dt.timedelta(days=days + 1), dt.time(), LOCAL)
    entry = DataRequest(due_at=end.astimezone(dt.UTC))
    with translation.override("vi"):
        told = time_left(entry)
    assert told == (f"còn {days} ngày" if days > 0 else "hạn hôm nay" if days == 0 else f"quá hạn {-days} ngày")


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (71.5, "còn 71 giờ"), (1.5, "còn 1 giờ"), (0.5, "còn chưa đến 1 giờ"), (-0.5, "vừa quá hạn"),
        (-1.5, "quá hạn 1 giờ"), (-47.5, "quá hạn 47 giờ"), (-49, "quá hạn 2 ngày"), (-73, "quá hạn 3 ngày"),
    ],
)  # fmt: skip
def test_hours_left_of_a_breach_are_counted_down(hours: float, told: str) -> None:
    with translation.override("vi"):
        assert time_left(Breach(due_at=now() + dt.timedelta(hours=hours))) == told
