"""In and out of the admin site: who gets in, for how long, and what strangers and slips get to see."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.issuing import issue_activation_code
from accounts.models import AuditEvent, Grant, Session, User
from accounts.scoping import SystemActor
from accounts.site import cookies
from accounts.site.start import StartPage
from api import transactions
from api.localtime import now
from tests.browser import browser
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


def sign_in(client: Client, phone: str, password: str = PASSWORD, *, secure: bool = False, **more: str) -> Any:
    return client.post("/admin/login/", {"phone": phone, "password": password, **more}, secure=secure)


def test_son_signs_in_and_out(cast: Cast) -> None:
    client = Client()
    answer = sign_in(client, cast.son.phone.replace("+84", "0"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    cookie = answer.cookies[cookies.VISIT]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/admin")
    session = Session.objects.get(user_id=cast.son.user_id, platform="web")
    assert 11.9 < (session.expires_at - now()).total_seconds() / 3600 <= 12
    assert client.get("/admin/").status_code == 200
    assert client.post("/admin/logout/").headers["Location"] == "/admin/login/"
    session.refresh_from_db()
    assert session.ended_because == "signed_out"
    assert client.get("/admin/").status_code == 302


def test_in_production_every_cookie_goes_over_https_alone(cast: Cast, settings: LazySettings) -> None:
    settings.PRODUCTION = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client, kept = Client(), {}
    for answer in (
        client.get("/admin/login/", secure=True),
        sign_in(client, cast.son.phone, secure=True),
        client.post(f"/admin/people/{cast.lan.user_id}/deactivate/", secure=True),
        client.post("/admin/language/", {"language": "en"}, secure=True),
    ):
        kept |= answer.cookies
    assert kept.keys() == {
        "anthon_csrf",
        cookies.VISIT,
        cookies.BROWSER,
        "messages",
        cookies.LANGUAGE,
        cookies.DOORSTEP,
    }
    for name, cookie in kept.items():
        assert cookie["path"] == "/admin", name
        assert not cookie.value or (cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"), name


def test_a_signed_out_cookie_is_of_no_use(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.son.phone)
    kept = client.cookies[cookies.VISIT].value
    client.post("/admin/logout/")
    client.cookies[cookies.VISIT] = kept
    assert client.get("/admin/").status_code == 302


def test_a_wrong_password_says_so_and_opens_nothing(cast: Cast) -> None:
    client = Client()
    for phone in (cast.son.phone, "0911 111 111"):
        answer = sign_in(client, phone, "không phải mật khẩu này")
        assert answer.status_code == 401
        assert cookies.VISIT not in answer.cookies
        assert "an-note error" in answer.content.decode()


def test_what_was_typed_wrong_stands_at_its_field(cast: Cast) -> None:
    answer = sign_in(Client(), "abc")
    assert answer.status_code == 422
    assert re.search(r'id="id_phone_error"', answer.content.decode())


def test_the_same_browser_is_the_same_device(cast: Cast) -> None:
    client = Client()
    for _ in range(2):
        sign_in(client, cast.son.phone)
    sessions = Session.objects.filter(user_id=cast.son.user_id, platform="web")
    assert len({session.device_id for session in sessions}) == 1
    assert [session.ended_because for session in sessions.order_by("id")] == ["replaced", None]


@pytest.mark.parametrize("key", ["lan", "bao", "minh", "dung", "hoa", "linh", "khach"])
def test_who_is_no_admin_gets_a_friendly_page(cast: Cast, key: str) -> None:
    client = Client()
    answer = sign_in(client, cast.people[key].phone)
    assert answer.status_code == 302
    answer = client.get("/admin/")
    assert answer.status_code == 403
    assert 'action="/admin/logout/"' in answer.content.decode()
    assert "/admin/people" not in answer.content.decode()


def test_an_ended_grant_bites_on_the_next_page(cast: Cast) -> None:
    client = browser(cast.son)
    assert client.get("/admin/").status_code == 200
    Grant.objects.filter(user_id=cast.son.user_id).update(ends_at=now())
    assert client.get("/admin/").status_code == 403


def test_a_deactivated_admin_is_out_on_the_next_page(cast: Cast) -> None:
    client = browser(cast.son)
    User.objects.filter(id=cast.son.user_id).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_half_an_hour_without_anybody_ends_the_session(cast: Cast) -> None:
    client = browser(cast.son, seen=time.time() - 31 * 60)
    answer = client.get("/admin/nothing/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/?next=%2Fadmin%2Fnothing%2F")
    assert Session.objects.get(id=cast.son.session_id).ended_because == "idle"
    assert AuditEvent.objects.filter(name="session.ended", subject_id=cast.son.session_id).exists()


def test_whoever_is_there_stays_signed_in(cast: Cast) -> None:
    client = browser(cast.son, seen=time.time() - 29 * 60)
    answer = client.get("/admin/")
    assert answer.status_code == 200
    assert cookies.VISIT in answer.cookies
    assert cookies.VISIT not in client.get("/admin/").cookies


def test_a_cookie_of_ones_own_making_is_none(cast: Cast) -> None:
    client = browser(cast.son)
    client.cookies[cookies.VISIT] = client.cookies[cookies.VISIT].value[:-2] + "AA"
    assert client.get("/admin/").status_code == 302
    other = browser(cast.lan)
    kept = other.cookies[cookies.VISIT].value
    client.cookies[cookies.BROWSER] = kept
    assert cookies.browser_of(client.get("/admin/login/").wsgi_request) != cast.lan.session_id


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    client = browser(cast.son, enforce_csrf_checks=True)
    answer = client.post("/admin/logout/")
    assert answer.status_code == 403
    assert Session.objects.get(id=cast.son.session_id).ended_at is None
    page = client.get("/admin/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    body = {"csrfmiddlewaretoken": token[1]}
    assert client.post("/admin/logout/", body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/admin/logout/", body, headers={"Origin": "http://testserver"}).status_code == 302


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "/v1/me", "/admin//evil.example"])
def test_signing_in_leads_nowhere_else(cast: Cast, wanted: str) -> None:
    answer = sign_in(Client(), cast.son.phone, next=wanted)
    assert answer.headers["Location"] in ("/admin/", "/admin//evil.example")
    assert sign_in(Client(), cast.son.phone, next="/admin/people/").headers["Location"] == "/admin/people/"


def test_an_admin_activates_in_the_browser_with_a_short_password(cast: Cast) -> None:
    User.objects.filter(id=cast.son.user_id).update(password="")
    code = issue_activation_code(actor=SystemActor("tests"), user_id=cast.son.user_id)
    client = Client()
    answer = client.post("/admin/activate/", {"code": code.lower(), "password": "bếp lửa hồng"})
    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert sign_in(client, cast.son.phone, "bếp lửa hồng").status_code == 302
    assert sign_in(Client(), cast.son.phone, "bếp lửa hồng").status_code == 403  # another browser isn't enrolled


def test_everything_under_admin_answers_in_html(cast: Cast) -> None:
    for path in ("/admin/nothing/", "/admin/x/y/z"):
        answer = browser(cast.son).get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    answer = browser(cast.son).put("/admin/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert "text/html" in answer.headers["Content-Type"]
    too_large = browser(cast.son).post("/admin/logout/", {"x": "x" * (1 << 21)})
    assert too_large.status_code == 413
    assert "text/html" in too_large.headers["Content-Type"]


def test_a_crash_is_a_page_and_a_line_in_the_log(cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(StartPage, "get", fails)
    answer = browser(cast.son).get("/admin/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.content.decode()
    assert "nobody foresaw this" not in answer.content.decode()
    assert "nobody foresaw this" in caplog.text


def test_pages_let_nothing_else_in(cast: Cast) -> None:
    for path in ("/admin/login/", "/admin/", "/admin/nothing/"):
        answer = browser(cast.son).get(path)
        policy, page = answer.headers["Content-Security-Policy"], answer.content.decode()
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r'(src|href|action)="(https?:)?//', page)
        assert not re.search(r"<script>|<style|<[^>]+\s(on\w+|style)=", page)
        for name in re.findall(r'(?:src|href)="(/(?:admin/static|docs)/[^"]+)"', page):
            assert Client().get(name).status_code == 200, name


def test_files_are_kept_for_a_year_under_names_that_change(cast: Cast) -> None:
    page = Client().get("/admin/login/").content.decode()
    [name] = re.findall(r'href="(/admin/static/unfold/css/styles\.[0-9a-f]{12}\.css)"', page)
    answer = Client().get(name, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert Client().get(re.sub(r"[0-9a-f]{12}", "0" * 12, name)).status_code == 404
    for escape in ("../settings.py", "site/../../settings.py", "admin/css/base.css", "site/site.css"):
        assert Client().get(f"/admin/static/{escape}").status_code == 404


def test_the_language_is_the_persons_until_another_is_chosen(cast: Cast) -> None:
    client = browser(cast.son)
    assert '<html lang="vi">' in client.get("/admin/", headers={"Accept-Language": "en"}).content.decode()
    User.objects.filter(id=cast.son.user_id).update(locale="en")
    assert '<html lang="en">' in client.get("/admin/").content.decode()
    answer = client.post("/admin/language/", {"language": "vi", "next": "/admin/nothing/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/nothing/")
    assert '<html lang="vi">' in client.get("/admin/").content.decode()


def test_reading_writes_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    begun = transactions._begin
    monkeypatch.setattr(transactions, "_begin", lambda mode: seen.append(mode) or begun(mode))
    browser(cast.son).get("/admin/")
    assert seen == ["read"]
