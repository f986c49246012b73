"""Signing in: what a phone gets, and what a stranger can't tell."""

import statistics
import time

import pytest

from accounts.models import Session, User
from accounts.scoping import SystemActor
from accounts.users import deactivate_user
from api.ids import uuid7
from api.localtime import now
from tests.accounts.phone import Answer, Phone
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def same_but_request_id(one: Answer, other: Answer) -> bool:
    bodies = [{**answer.body, "request_id": None} for answer in (one, other)]
    return one.status == other.status and bodies[0] == bodies[1]


def test_lan_signs_in_and_is_known_by_her_access_token(cast: Cast, phone: Phone) -> None:
    answer = phone.sign_in(cast.lan)
    assert answer.status == 200
    assert set(answer.body) == {"access", "refresh", "access_expires_in", "session_id", "user"}
    assert answer.body["access_expires_in"] == 900
    assert answer.body["user"] == {
        "id": str(cast.lan.user_id), "phone": cast.lan.phone, "full_name": "lan", "locale": "vi",
    }  # fmt: skip
    me = phone.get("/v1/me")
    assert me.status == 200 and me.body["user"]["id"] == str(cast.lan.user_id)


@pytest.mark.parametrize("written", ["0900000000", "0900 000 000", "84900000000", "+84 900.000.000", "0084900000000"])
def test_a_phone_number_is_taken_as_people_write_it(cast: Cast, phone: Phone, written: str) -> None:
    assert phone.sign_in(written).status == 200


@pytest.mark.parametrize("written", ["", "12345", "+1 202 555 0100", "0900 000 00x", "+84", "09000000000000"])
def test_what_is_no_phone_number_is_named(cast: Cast, phone: Phone, written: str) -> None:
    answer = phone.sign_in(written)
    assert answer.status == 422 and answer.body["errors"][0]["pointer"] == "/phone"


def test_unknown_phone_and_wrong_password_are_told_apart_by_nothing(cast: Cast) -> None:
    wrong = Phone().sign_in(cast.lan, "không phải mật khẩu này")
    unknown = Phone().sign_in("0987654321", "không phải mật khẩu này")
    assert wrong.status == 401 and wrong.code == "credentials_invalid"
    assert same_but_request_id(wrong, unknown)
    without_password = User.objects.create(phone="+84911111111", full_name="Mới", name_fold="moi", created_at=now())
    assert same_but_request_id(wrong, Phone().sign_in(without_password.phone, "gì cũng được, miễn là dài"))


def test_unknown_phone_and_wrong_password_take_the_same_time(cast: Cast) -> None:
    def seconds(number: str, attempt: int) -> float:
        caller = Phone(network=f"198.51.100.{attempt}")
        began = time.perf_counter()
        assert caller.sign_in(number, "không phải mật khẩu này").status == 401
        return time.perf_counter() - began

    # In turns, so that whatever else the machine does meets both alike.
    took = [(seconds(cast.lan.phone, n), seconds("0987654321", n)) for n in range(20)][2:]
    known, unknown = (statistics.median(each) for each in zip(*took, strict=True))
    assert 0.75 < known / unknown < 1.33


def test_an_inactive_account_is_told_so_only_with_the_right_password(cast: Cast) -> None:
    deactivate_user(actor=SystemActor("test"), user_id=cast.lan.user_id)
    assert Phone().sign_in(cast.lan, "không phải mật khẩu này").code == "credentials_invalid"
    right = Phone().sign_in(cast.lan)
    assert (right.status, right.code) == (403, "account_inactive")


def test_a_second_sign_in_on_the_same_phone_replaces_the_first(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    first, first_access = phone.session_id, phone.access
    assert phone.sign_in(cast.lan).status == 200
    assert Session.objects.get(id=first).ended_because == "replaced"
    stale = Phone(access=first_access).get("/v1/me")
    assert (stale.status, stale.code) == (401, "session_ended")
    assert phone.get("/v1/me").status == 200


def test_two_people_share_one_phone_and_both_stay_signed_in(cast: Cast) -> None:
    device = uuid7()
    lans, baos = Phone(device), Phone(device)
    lans.sign_in(cast.lan)
    baos.sign_in(cast.bao)
    assert lans.get("/v1/me").status == baos.get("/v1/me").status == 200
    assert lans.turn().status == baos.turn().status == 200


def test_a_password_in_decomposed_unicode_is_the_same_password(cast: Cast, phone: Phone) -> None:
    import unicodedata

    assert phone.sign_in(cast.lan, unicodedata.normalize("NFD", PASSWORD)).status == 200


def test_no_secret_is_repeated_in_an_error(cast: Cast, phone: Phone) -> None:
    secret = "bí mật không ai được thấy"
    answer = phone.post(
        "/v1/auth/token", {"phone": "0900000000", "password": secret, "device": {}, "password2": secret}
    )
    assert answer.status == 422 and secret not in str(answer.body)
    assert {error["pointer"] for error in answer.body["errors"]} == {"/device/id", "/password2"}


def test_without_a_token_and_with_a_bad_one_it_is_401(cast: Cast, phone: Phone) -> None:
    assert phone.get("/v1/me").code == "unauthenticated"
    phone.sign_in(cast.lan)
    head, claims, signature = phone.access.split(".")
    for bad in ("x", f"{head}.{claims}.", f"{head}.{claims}.{signature[::-1]}", phone.refresh_token):
        answer = Phone(access=bad).get("/v1/me")
        assert (answer.status, answer.code) == (401, "token_invalid")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
