"""Sheets of a whole area on the site: asked for, watched, fetched where they were asked for; counts as people read."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from accounts.memberships import add_member
from accounts.models import AuditEvent
from accounts.scoping import SystemActor
from accounts.sheets import prints
from accounts.sheets.slips import address_of
from accounts.templatetags.site import count
from accounts.users import create_user
from api import jobs
from api.localtime import now
from tests.accounts.paper import read_paper
from tests.browser import browser
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUSE = SystemActor("test")


@pytest.fixture
def newcomers(cast: Cast) -> int:
    """Two who wait in the first commune, one in the other."""
    for number, team in enumerate((0, 1, 2)):
        user = create_user(actor=HOUSE, phone=f"0912 000 {number:03}", full_name=f"Người Mới {number}")
        add_member(actor=HOUSE, team_id=cast.teams[team], user_id=user.id, starts_at=now() - dt.timedelta(days=1))
    return 2


def test_a_communes_sheets_are_asked_for_watched_and_fetched(cast: Cast, newcomers: int) -> None:
    client, commune = browser(cast.son), cast.communes[0]
    assert f"/admin/areas/{commune}/sheets/" in client.get(f"/admin/areas/{commune}/").content.decode()
    assert f"{newcomers} phiếu" in client.get(f"/admin/areas/{commune}/sheets/").content.decode()
    page = client.post(f"/admin/areas/{commune}/sheets/").headers["Location"]
    assert "data-reload" in client.get(page).content.decode()
    assert client.post(page).status_code == 409, "there is nothing to fetch yet"
    jobs.run_due(prints.TOPIC)
    ready = client.get(page).content.decode()
    assert "data-reload" not in ready and f"{newcomers} phiếu đã in xong" in ready
    answer = client.post(page)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.4") and "attachment" in answer.headers["Content-Disposition"]
    paper = read_paper(answer.content)
    assert len(set(paper.codes)) == len(paper.squares) == newcomers
    assert all(paper.shows(address_of(code, "http://testserver")) for code in paper.codes), "the square says the code"
    assert not paper.shows(address_of(paper.codes[0], "http://elsewhere"))
    assert AuditEvent.objects.filter(name="sheets.fetched", user_id=cast.son.user_id).count() == 1


def test_another_browser_is_told_to_print_anew(cast: Cast, newcomers: int) -> None:
    client, other = browser(cast.son), browser(cast.son)
    page = client.post(f"/admin/areas/{cast.communes[0]}/sheets/").headers["Location"]
    jobs.run_due(prints.TOPIC)
    assert re.search(r'class="an-button" href="/admin/areas/[0-9a-f-]+/sheets/"', other.get(page).content.decode())
    assert other.post(page).status_code == 422
    assert not AuditEvent.objects.filter(name="sheets.fetched").exists()


def test_where_nobody_waits_nothing_is_printed(cast: Cast) -> None:
    for page in (f"areas/{cast.communes[0]}/sheets/", f"teams/{cast.teams[0]}/sheet/"):
        told = browser(cast.son).get(f"/admin/{page}").content.decode()
        assert "không còn ai chờ mã lần đầu" in told and "0 phiếu" not in told and "Tạo phiếu" not in told
    answer = browser(cast.son).post(f"/admin/areas/{cast.communes[0]}/sheets/")
    assert answer.status_code == 409 and "an-note error" in answer.content.decode()


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    from django.utils import translation

    with translation.override("vi"):
        assert [count(n) for n in (0, 999, 15_020, 1_000_000, None)] == ["0", "999", "15.020", "1.000.000", "–"]
    with translation.override("en"):
        assert count(15_020) == "15,020"
