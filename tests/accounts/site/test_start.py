"""The start page while the database is slow to count: it comes all the same, with what is known."""

from __future__ import annotations

import dataclasses
import time

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.scoping import SessionActor
from accounts.site import counted, start
from tests.browser import browser
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LATE = "còn đang được đếm"


@pytest.fixture
def admin(cast: Cast) -> Client:
    cache.clear()
    return browser(cast.son)


def slow_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleepers(_: SessionActor) -> object:
        return User.objects.extra(where=["pg_sleep(5) IS NOT NULL"])

    monkeypatch.setattr(counted, "WITHIN_MS", 100)
    monkeypatch.setattr(start, "DUE", [dataclasses.replace(each, found=sleepers) for each in start.DUE])


def test_what_takes_too_long_to_count_is_left_out_and_said(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_to_count(monkeypatch)
    began = time.monotonic()
    for _ in range(2):
        page = admin.get("/admin/")
        assert (page.status_code, LATE in page.content.decode()) == (200, True)
        assert page.content.decode().count("<b>–</b>") == len(start.DUE)
    assert time.monotonic() - began < 3


def test_what_was_counted_before_stands_until_it_can_be_counted_again(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = admin.get("/admin/").content.decode()
    assert LATE not in before and "<b>–</b>" not in before
    [key] = [name.split(":", 2)[2] for name in cache._cache if "site-due" in name and not name.endswith(":last")]
    cache.delete(key)
    slow_to_count(monkeypatch)
    after = admin.get("/admin/").content.decode()
    assert LATE in after and "<b>–</b>" not in after


def test_the_limit_ends_with_the_counting(admin: Client) -> None:
    from django.db import connection

    assert admin.get("/admin/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("10s",)
