"""Guessing: slowed down per account and device first, per network last, and never by racing."""

import datetime as dt

import pytest
from django.db import connection
from django.test import RequestFactory

from accounts.models import LoginFailure, Session
from accounts.throttles import Bucket, client_network
from api.localtime import now
from tests.accounts.phone import Phone
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

WRONG = "không phải mật khẩu này"


def seconds_pass(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE login_failure SET updated_at = updated_at - %s", [dt.timedelta(seconds=seconds)])


def test_the_sixth_wrong_guess_from_a_phone_has_to_wait_a_minute(cast: Cast, phone: Phone) -> None:
    assert [phone.sign_in(cast.lan, WRONG).status for _ in range(5)] == [401] * 5
    refused = phone.sign_in(cast.lan)
    assert (refused.status, refused.code) == (429, "too_many_attempts")
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.headers["RateLimit-Policy"] and refused.headers["RateLimit"]
    seconds_pass(61)
    assert phone.sign_in(cast.lan).status == 200


def test_knocking_on_while_refused_does_not_prolong_the_wait(cast: Cast, phone: Phone) -> None:
    for _ in range(20):
        phone.sign_in(cast.lan, WRONG)
    seconds_pass(61)
    assert phone.sign_in(cast.lan).status == 200


def test_an_unknown_number_is_slowed_down_alike(phone: Phone) -> None:
    assert [phone.sign_in("0987654321", WRONG).status for _ in range(6)] == [401] * 5 + [429]


def test_a_right_password_forgives_what_came_before(cast: Cast, phone: Phone) -> None:
    for _ in range(3):
        for _ in range(4):
            phone.sign_in(cast.lan, WRONG)
        assert phone.sign_in(cast.lan).status == 200


def test_strangers_on_many_devices_run_dry_but_do_not_lock_lan_out_of_her_own_phone(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    statuses = [Phone(network=f"198.51.100.{n}").sign_in(cast.lan, WRONG).status for n in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert phone.sign_in(cast.lan).status == 200


def test_lan_gets_in_from_the_attackers_own_network_however_full_it_is(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    fill("network", phone.network.encode())
    assert (refused := Phone(network=phone.network).sign_in(cast.lan)).code == "too_many_attempts"
    assert refused.headers["RateLimit"].startswith('"network"')
    assert phone.sign_in(cast.lan).status == 200
    assert [phone.sign_in(cast.lan, WRONG).status for _ in range(6)] == [401] * 5 + [429], (
        "her phone answers for itself"
    )


@pytest.mark.parametrize("because", ["revoked", "activated", "reuse", "deactivated", "lost", "second_factor_reset"])
def test_a_phone_that_was_taken_from_its_session_is_a_stranger_again(cast: Cast, phone: Phone, because: str) -> None:
    phone.sign_in(cast.lan)
    Session.objects.filter(user_id=cast.lan.user_id).update(ended_at=now(), ended_because=because)
    fill("account", cast.lan.phone.encode())
    assert phone.sign_in(cast.lan).code == "too_many_attempts"


def test_strangers_get_a_hundred_guesses_and_then_four_a_day(cast: Cast) -> None:
    statuses = []
    for n in range(110):
        statuses.append(Phone(network=f"198.51.100.{n}").sign_in("0987654321", WRONG).status)
        seconds_pass(301)
    assert statuses[:100] == [401] * 100 and statuses[102:] == [429] * 8
    seconds_pass(6 * 3600)
    assert Phone(network="203.0.113.1").sign_in("0987654321", WRONG).status == 401


def fill(name: str, *parts: bytes) -> None:
    """A bucket as full as it gets."""
    key = Bucket(name, parts, capacity=1, drip_s=1).key
    LoginFailure.objects.update_or_create(key=key, defaults={"level": 6000.0, "updated_at": now()})


def test_twenty_people_in_one_room_sign_in_from_one_address(cast: Cast) -> None:
    for person in (*cast.people.values(), *cast.people.values()):
        Phone().sign_in(person, WRONG)
        assert Phone().sign_in(person).status == 200


def test_neither_numbers_nor_addresses_are_stored(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan, WRONG)
    rows = LoginFailure.objects.all()
    assert len(rows) == 4 and all(len(bytes(row.key)) == 32 for row in rows)


def test_codes_are_guessed_as_slowly(phone: Phone) -> None:
    assert [phone.activate("AAAA-BBBB-CCCC").status for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "nonsense", "unknown"),
    ],
)
def test_an_address_counts_only_as_far_as_our_own_proxies_wrote_it(
    settings: object, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies  # type: ignore[attr-defined]
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_network(request) == expected
