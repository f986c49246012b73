"""A thousand wrong passwords over real HTTP against several server processes: what gets through, and who still does."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest
from argon2 import _password_hasher, low_level
from django.db import connections

from accounts.models import AuditEvent, Session, User
from api.ids import uuid7
from tests.accounts.phone import Phone
from tests.api.raw import server
from tests.cast import PASSWORD, Cast, raise_cast

WRONG = "không phải mật khẩu này"
ATTEMPTS, ADDRESSES, PROCESSES, AT_ONCE = 1000, 50, 3, 16


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


@pytest.fixture
def port(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    words = ("--workers", str(PROCESSES), "--threads", "4")
    with server(tmp_path_factory.mktemp("attacked"), words=words) as (port, _):
        yield port


def sign_in(port: int, phone: str, password: str, device: object, address: str) -> tuple[int, dict[str, Any]]:
    body = {"phone": phone, "password": password, "device": {"id": str(device)}}
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        while True:
            connection.request("POST", "/v1/auth/token", json.dumps(body), headers)
            answer = connection.getresponse()
            told = answer.status, json.loads(answer.read())
            if told[0] != 503:  # a full house; who attacks asks again
                return told
            time.sleep(0.1)
    finally:
        connection.close()


def test_of_a_thousand_guesses_over_fifty_spoofed_addresses_only_what_the_policy_says_is_judged(
    cast: Cast, port: int
) -> None:
    draw = random.Random(47)
    addresses = [f"203.0.113.{n}" for n in range(ADDRESSES)]
    sign_in(port, cast.lan.phone, PASSWORD, cast.lan.device_id, addresses[0])
    targets = [cast.lan.phone] * (ATTEMPTS // 2) + [f"+8498{n:07}" for n in range(ATTEMPTS // 2)]
    draw.shuffle(targets)
    began = time.monotonic()

    def guess(phone: str) -> tuple[str, int]:
        return phone, sign_in(port, phone, WRONG, uuid7(), draw.choice(addresses))[0]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(guess, targets))
    took = time.monotonic() - began
    judged = Counter(code for _, code in answers)
    lans = Counter(code for phone, code in answers if phone == cast.lan.phone)
    assert set(judged) == {401, 429}
    assert 0 < lans[401] <= 20 + took / 300 + 1
    assert 80 < judged[401] <= 100 + took / 2 + 1, "all come from one network, whatever they say of themselves"
    assert AuditEvent.objects.filter(name="session.refused").count() == judged[401], "refused unjudged leaves no event"
    # Her own phone, from the very network of the attack, while strangers are still being slowed.
    assert sign_in(port, cast.lan.phone, PASSWORD, uuid7(), addresses[0])[0] == 429
    assert sign_in(port, cast.lan.phone, PASSWORD, cast.lan.device_id, addresses[0])[0] == 200
    assert Session.objects.filter(user_id=cast.lan.user_id, ended_at=None).count() == 1


@pytest.mark.django_db
@pytest.mark.urls("tests.accounts.urls")
@pytest.mark.parametrize("who", ["known", "unknown", "without a password", "right"])
def test_each_attempt_takes_argon2id_exactly_once(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    cast, made = raise_cast(), []
    if who == "without a password":
        User.objects.filter(id=cast.lan.user_id).update(password="")
    for module, name in ((_password_hasher, "verify_secret"), (low_level, "hash_secret")):
        real = getattr(module, name)

        def counted(*args: Any, _real: Any = real, _name: str = name, **kwargs: Any) -> Any:
            made.append(_name)
            return _real(*args, **kwargs)

        monkeypatch.setattr(module, name, counted)
    number = "0987654321" if who == "unknown" else cast.lan.phone
    Phone().sign_in(number, PASSWORD if who == "right" else WRONG)
    assert made == ["verify_secret"]


def test_known_and_unknown_phones_take_the_same_time_within_a_tenth(cast: Cast, port: int) -> None:
    """In turns of random order, so that whatever else the machine does meets both; its worst quarter is left out."""
    draw = random.Random(1)
    took: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(150):
        pair = [True, False]
        draw.shuffle(pair)
        for known in pair:
            _forget_failures()
            began = time.perf_counter()
            phone = cast.lan.phone if known else f"+8497{turn:07}"
            assert sign_in(port, phone, WRONG, uuid7(), "203.0.113.1")[0] == 401
            took[known].append(time.perf_counter() - began)
    known, unknown = (statistics.median(sorted(each)[: len(each) * 3 // 4]) for each in (took[True], took[False]))
    assert 0.9 < known / unknown < 1.1, f"known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms"


def _forget_failures() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM login_failure")
