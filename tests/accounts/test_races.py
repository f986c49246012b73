"""Many at once, with real threads, connections and commits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from accounts.models import AuditEvent, RefreshToken
from tests.accounts.phone import Phone
from tests.accounts.test_refresh import hours_pass
from tests.accounts.test_throttles import WRONG
from tests.cast import raise_cast

pytestmark = [pytest.mark.usefixtures("clean_db"), pytest.mark.urls("tests.accounts.urls")]

T = TypeVar("T")


def at_once(count: int, ask: Callable[[], T]) -> list[T]:
    """The answers of so many threads that begin together, each on a connection of its own."""
    together = Barrier(count)

    def one(_: int) -> T:
        together.wait()
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_sixteen_refreshes_at_once_give_one_successor() -> None:
    phone = Phone()
    assert phone.sign_in(raise_cast().lan).status == 200
    answers = at_once(16, phone.refresh)
    assert [answer.status for answer in answers] == [200] * 16
    assert len({answer.body["refresh"] for answer in answers}) == 1
    assert RefreshToken.objects.filter(session_id=phone.session_id).count() == 2
    phone.turn()
    assert phone.turn().status == 200


def test_a_reuse_among_refreshes_ends_the_session_once() -> None:
    phone = Phone()
    phone.sign_in(raise_cast().lan)
    old = phone.refresh_token
    phone.turn()
    phone.turn()
    hours_pass(1)
    answers = at_once(8, lambda: phone.refresh(old))
    assert sorted(answer.code for answer in answers) == ["refresh_reused"] + ["session_ended"] * 7
    assert AuditEvent.objects.filter(name="session.ended", subject_id=phone.session_id).count() == 1


def test_thirty_guesses_at_once_get_no_further_than_thirty_in_a_row() -> None:
    cast = raise_cast()
    phone = Phone()
    answers = at_once(30, lambda: phone.sign_in(cast.lan, WRONG))
    statuses = [answer.status for answer in answers]
    assert statuses.count(401) == 5 and statuses.count(429) == 25


def test_guesses_for_many_accounts_from_one_network_never_deadlock() -> None:
    cast = raise_cast()
    people = [*cast.people.values()] * 3
    queue = iter(people)
    answers = at_once(len(people), lambda: Phone().sign_in(next(queue)))
    assert [answer.status for answer in answers] == [200] * len(people)
