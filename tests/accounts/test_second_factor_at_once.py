"""One-time codes used by several at the same moment, with real commits; and by the real clock."""

from __future__ import annotations

import time

import pytest

from accounts import second_factor
from accounts.models import LoginFailure, Session
from tests.accounts.phone import Phone
from tests.accounts.test_second_factor import Clock, enrol, open_with, signed_in
from tests.cast import Cast, raise_cast
from tests.concurrency.together import at_once

PHONES = 4


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def test_of_several_uses_of_one_code_at_once_one_counts(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(second_factor, "clock", clock)
    secret, codes = enrol(signed_in(Phone(), cast.son), clock)
    for otp in (clock.code(secret), codes[0]):
        LoginFailure.objects.all().delete()
        phones = [Phone(network=f"198.51.100.{n}") for n in range(PHONES)]
        answers = at_once(*(lambda p=p, otp=otp: open_with(p, cast.son, otp).status for p in phones))  # type: ignore[misc]
        assert sorted(answers) == [200] + [401] * (PHONES - 1)
    assert Session.objects.filter(user_id=cast.son.user_id, ended_at=None, second_factor=True).count() == 3


def test_the_real_clock_serves_a_real_app(cast: Cast) -> None:
    phone, clock = signed_in(Phone(), cast.son), Clock()
    clock.now = time.time()
    enrol(phone, clock)
