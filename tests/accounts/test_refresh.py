"""Refreshing: lost answers are repeated, stolen tokens show, and nobody is signed out by bad luck."""

import datetime as dt
import os
import uuid

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from accounts.models import AuditEvent, RefreshToken, Session
from accounts.scoping import SystemActor
from accounts.tokens import RefreshSecret, read_refresh_secret
from accounts.users import deactivate_user
from tests.accounts.phone import Phone
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def hours_pass(hours: float) -> None:
    """All that was stored about sessions happened that much earlier."""
    away = dt.timedelta(hours=hours)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE refresh_token SET created_at = created_at - %s, used_at = used_at - %s", [away, away])
        cursor.execute(
            "UPDATE session SET created_at = created_at - %s, refreshed_at = refreshed_at - %s,"
            " expires_at = expires_at - %s",
            [away, away, away],
        )


@pytest.fixture
def lans_phone(cast: Cast, phone: Phone) -> Phone:
    assert phone.sign_in(cast.lan).status == 200
    return phone


def test_a_refresh_gives_a_new_pair_that_works(lans_phone: Phone) -> None:
    before = lans_phone.refresh_token
    answer = lans_phone.turn()
    assert answer.status == 200 and set(answer.body) == {"access", "refresh", "access_expires_in", "session_id"}
    assert lans_phone.refresh_token != before
    assert lans_phone.get("/v1/me").status == 200


def test_only_hashes_of_refresh_tokens_are_stored(lans_phone: Phone) -> None:
    lans_phone.turn()
    secret = read_refresh_secret(lans_phone.refresh_token)
    stored = {bytes(token.hash) for token in RefreshToken.objects.all()}
    assert len(stored) == 2 and secret.hash in stored and secret.secret not in stored


def test_an_answer_that_was_lost_is_the_same_six_hours_later(lans_phone: Phone) -> None:
    lost = lans_phone.refresh()
    hours_pass(6)
    again = lans_phone.refresh()
    assert again.status == 200 and again.body["refresh"] == lost.body["refresh"]
    lans_phone.turn()
    assert lans_phone.turn().status == 200


def test_an_exchanged_key_signs_nobody_out_and_repeats_a_lost_answer(lans_phone: Phone, settings: Settings) -> None:
    lost = lans_phone.refresh()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key " * 4, [settings.SECRET_KEY]
    assert lans_phone.refresh().body["refresh"] == lost.body["refresh"]
    assert [lans_phone.turn().status for _ in range(3)] == [200] * 3


def test_a_lost_answer_of_a_key_that_is_gone_asks_for_a_sign_in(lans_phone: Phone, settings: Settings) -> None:
    lans_phone.refresh()
    settings.SECRET_KEY = "another key " * 4
    refused = lans_phone.refresh()
    assert (refused.status, refused.body["code"]) == (401, "refresh_invalid")


def test_the_old_token_still_repeats_within_a_minute_of_its_successors_first_use(lans_phone: Phone) -> None:
    old = lans_phone.refresh_token
    lans_phone.turn()
    successor = lans_phone.refresh_token
    lans_phone.turn()
    hours_pass(50 / 3600)
    again = lans_phone.refresh(old)
    assert again.status == 200 and again.body["refresh"] == successor


def test_an_old_token_after_that_ends_the_session_and_its_family(lans_phone: Phone) -> None:
    old = lans_phone.refresh_token
    lans_phone.turn()
    lans_phone.turn()
    hours_pass(61 / 3600)
    stolen = lans_phone.refresh(old)
    assert (stolen.status, stolen.code) == (401, "refresh_reused")
    assert lans_phone.refresh().code == "session_ended"
    assert lans_phone.get("/v1/me").code == "session_ended"
    assert Session.objects.get(id=lans_phone.session_id).ended_because == "reuse"
    names = set(AuditEvent.objects.filter(subject_id=lans_phone.session_id).values_list("name", flat=True))
    assert {"session.started", "session.reused", "session.ended"} <= names


def test_a_grandparent_token_is_a_reuse_too(lans_phone: Phone) -> None:
    old = lans_phone.refresh_token
    for _ in range(5):
        lans_phone.turn()
    hours_pass(1)
    assert lans_phone.refresh(old).code == "refresh_reused"


def test_a_made_up_secret_ends_nothing(lans_phone: Phone) -> None:
    made_up = RefreshSecret(uuid.UUID(lans_phone.session_id), os.urandom(32)).text
    for token in (made_up, "x", "=" * 64, "é" * 64, lans_phone.access, lans_phone.refresh_token[:-1]):
        answer = lans_phone.refresh(token[:200])
        assert answer.status == 401 and answer.code == "refresh_invalid"
    assert lans_phone.refresh().status == 200


def test_another_device_cannot_use_the_token(lans_phone: Phone) -> None:
    assert Phone().refresh(lans_phone.refresh_token).code == "refresh_invalid"
    assert lans_phone.refresh().status == 200


def test_sixty_days_without_a_refresh_end_it_and_each_refresh_begins_them_anew(lans_phone: Phone) -> None:
    hours_pass(59 * 24)
    assert lans_phone.turn().status == 200
    hours_pass(59 * 24)
    assert lans_phone.turn().status == 200
    hours_pass(61 * 24)
    assert lans_phone.refresh().code == "session_ended"


def test_a_deactivated_account_hears_of_it_when_it_refreshes_and_at_its_next_request(
    cast: Cast, lans_phone: Phone
) -> None:
    deactivate_user(actor=SystemActor("test"), user_id=cast.lan.user_id)
    for answer in (lans_phone.get("/v1/me"), lans_phone.refresh()):
        assert (answer.status, answer.code) == (403, "account_inactive")
