"""Activation codes, passwords, and the phones that stand behind short ones."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.codes import ALPHABET, code_hash, new_code
from accounts.issuing import issue_activation_code
from accounts.models import ActivationCode, AuditEvent, LoginFailure, Session, User
from accounts.passwords import password_faults
from accounts.scoping import SystemActor
from accounts.users import create_user, deactivate_user, reactivate_user
from api.ids import uuid7
from api.keyed import keyed_hash
from api.problems import Problem
from tests.accounts.phone import Phone
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

HOUSE = SystemActor("test")
SHORT = "mưa rào 7"


def newcomer() -> User:
    return create_user(actor=HOUSE, phone="0912 345 678", full_name="Nguyễn Thị Mai")


def test_a_newcomer_sets_a_short_password_with_a_code_and_is_signed_in(phone: Phone) -> None:
    user = newcomer()
    code = issue_activation_code(actor=HOUSE, user_id=user.id)
    assert re.fullmatch(r"[2-9B-X]{4}-[2-9B-X]{4}-[2-9B-X]{3}", code)
    answer = phone.activate(code.lower().replace("-", " "), SHORT)
    assert answer.status == 200 and answer.body["user"]["full_name"] == "Nguyễn Thị Mai"
    assert phone.get("/v1/me").status == 200
    assert phone.sign_in(user.phone, SHORT).status == 200


def test_a_short_password_works_on_the_activated_phone_alone(phone: Phone) -> None:
    user = newcomer()
    phone.activate(issue_activation_code(actor=HOUSE, user_id=user.id), SHORT)
    elsewhere = Phone().sign_in(user.phone, SHORT)
    assert (elsewhere.status, elsewhere.code) == (403, "device_not_enrolled")
    assert Phone().sign_in(user.phone, SHORT + "x").code == "credentials_invalid"
    other = Phone()
    assert other.activate(issue_activation_code(actor=HOUSE, user_id=user.id), SHORT).status == 200
    assert phone.sign_in(user.phone, SHORT).status == other.sign_in(user.phone, SHORT).status == 200


def test_a_code_works_once_but_a_lost_answer_can_be_asked_for_again(phone: Phone) -> None:
    user = newcomer()
    code = issue_activation_code(actor=HOUSE, user_id=user.id)
    assert phone.activate(code, SHORT).status == 200
    assert Phone().activate(code, SHORT).code == "code_invalid"
    assert phone.activate(code, "một mật khẩu khác").code == "code_invalid"
    assert phone.activate(code, SHORT).status == 200
    assert User.objects.get(id=user.id).password_needs_device
    assert AuditEvent.objects.filter(name="activation_code.used", subject_id=user.id).count() == 1


def test_old_replaced_and_foreign_codes_are_refused_alike(phone: Phone) -> None:
    user = newcomer()
    replaced = issue_activation_code(actor=HOUSE, user_id=user.id)
    old = issue_activation_code(actor=HOUSE, user_id=user.id)
    ActivationCode.objects.update(expires_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    for code in (replaced, old, "7K3M-9QX2-C4TB", new_code()):
        answer = phone.activate(code, SHORT)
        assert (answer.status, answer.code) == (401, "code_invalid")


def test_every_wrong_letter_and_every_swap_is_told_as_mistyped_and_counts_as_no_guess(phone: Phone) -> None:
    user = newcomer()
    code = issue_activation_code(actor=HOUSE, user_id=user.id).replace("-", "")
    wrong = {code[:i] + letter + code[i + 1 :] for i in range(len(code)) for letter in ALPHABET} - {code}
    wrong |= {
        code[:i] + code[j] + code[i + 1 : j] + code[i] + code[j + 1 :]
        for i in range(len(code))
        for j in range(i + 1, len(code))
        if code[i] != code[j]
    }
    for text in wrong:
        with pytest.raises(Problem) as refused:
            code_hash(text)
        assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [("/code", "code_mistyped")]
    for text in sorted(wrong)[:20]:
        with CaptureQueriesContext(connection) as queries:
            answer = phone.activate(text, SHORT)
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, "code_mistyped")
        assert not any("activation_code" in query["sql"] for query in queries)
    assert not LoginFailure.objects.exists()
    assert phone.activate(code, SHORT).status == 200


@pytest.mark.parametrize(
    ("text", "fault", "words"),
    [
        ("7K3M-9QX2", "code_length", "8"),
        ("7K3M-9QX2-C4T-C4T", "code_length", "14"),
        ("7K3M-9QX2-CÁT", "code_letters", "Á"),
        ("Đ0 i", "code_letters", "0 I Đ"),
        ("x", "code_length", "1"),
        ("---", "code_length", "0"),
    ],
)
def test_what_cannot_be_a_code_is_told_why(phone: Phone, text: str, fault: str, words: str) -> None:
    [error] = phone.activate(text, SHORT).body["errors"]
    assert (error["pointer"], error["code"]) == ("/code", fault) and words in error["detail"]


def test_a_code_may_be_typed_with_any_dashes_dots_and_small_letters(phone: Phone) -> None:
    code = issue_activation_code(actor=HOUSE, user_id=newcomer().id)
    for text in (code.lower(), code.replace("-", "–"), code.replace("-", ". "), f" {code} ", code.replace("-", "")):
        assert code_hash(text) == code_hash(code)


def test_a_code_of_the_former_kind_works_for_the_rest_of_its_week(phone: Phone) -> None:
    user = newcomer()
    issue_activation_code(actor=HOUSE, user_id=user.id)
    # As it was hashed when it was issued: `7K30-9QX1-C4TB`, with what is misread for a digit.
    ActivationCode.objects.update(code_hash=keyed_hash("activation-code", b"7K309QX1C4TB"))
    assert phone.activate("7k3o 9qxl c4tb", SHORT).status == 200


def test_a_weak_password_leaves_the_code_usable(phone: Phone) -> None:
    user = newcomer()
    code = issue_activation_code(actor=HOUSE, user_id=user.id)
    weak = phone.activate(code, "matkhau123")
    assert weak.status == 422 and weak.body["errors"][0]["code"] == "password_common"
    assert phone.activate(code, SHORT).status == 200


def test_a_code_ends_the_sessions_of_a_lost_phone(cast: Cast, phone: Phone) -> None:
    lost = Phone()
    lost.sign_in(cast.lan)
    assert phone.activate(issue_activation_code(actor=cast.son.actor(), user_id=cast.lan.user_id)).status == 200
    assert lost.get("/v1/me").code == "session_ended"
    assert lost.refresh().code == "session_ended"


def test_no_code_is_stored_or_audited_in_the_clear() -> None:
    user = newcomer()
    code = issue_activation_code(actor=HOUSE, user_id=user.id)
    stored = ActivationCode.objects.get()
    assert code.encode() not in bytes(stored.code_hash) and len(bytes(stored.code_hash)) == 32
    assert all(code not in str(event) for event in AuditEvent.objects.values())


def test_a_leader_hands_codes_to_the_own_team_only(cast: Cast) -> None:
    assert issue_activation_code(actor=cast.bao.actor(), user_id=cast.lan.user_id)
    for person in (cast.linh, cast.dung):
        with pytest.raises(Problem, match="not_found"):
            issue_activation_code(actor=cast.bao.actor(), user_id=person.user_id)
    with pytest.raises(Problem, match="forbidden"):
        issue_activation_code(actor=cast.lan.actor(), user_id=cast.bao.user_id)


def test_a_deactivated_account_gets_a_code_that_only_delivers(cast: Cast, phone: Phone) -> None:
    activating = issue_activation_code(actor=HOUSE, user_id=cast.lan.user_id)
    deactivate_user(actor=HOUSE, user_id=cast.lan.user_id)
    assert phone.activate(activating).code == "account_inactive"
    code = issue_activation_code(actor=HOUSE, user_id=cast.lan.user_id)
    assert phone.activate(code, "x").status == 200
    assert Session.objects.get(id=phone.session_id).only_delivers
    me = phone.get("/v1/me")
    assert me.status == 200 and me.body["areas"] == me.body["memberships"] == me.body["capabilities"] == []
    assert phone.turn().status == 200
    assert phone.sign_in(cast.lan).code == "account_inactive"
    reactivate_user(actor=HOUSE, user_id=cast.lan.user_id)
    assert phone.get("/v1/me").code == "session_ended"
    assert phone.sign_in(cast.lan).status == 200


def test_a_password_change_ends_the_other_sessions_and_keeps_this_one(cast: Cast, phone: Phone) -> None:
    other = Phone()
    other.sign_in(cast.lan)
    phone.sign_in(cast.lan)
    new = "cơn mưa rào đầu mùa hạ"
    body = {"current_password": PASSWORD, "new_password": new}
    assert phone.post("/v1/auth/password", body).status == 204
    assert phone.get("/v1/me").status == 200 and phone.turn().status == 200
    assert other.get("/v1/me").code == other.refresh().code == "session_ended"
    assert phone.post("/v1/auth/password", body).status == 204, "the answer was lost, and asked for again"
    assert Phone().sign_in(cast.lan).code == "credentials_invalid"
    assert Phone().sign_in(cast.lan, new).status == 200


def test_a_password_change_needs_the_current_one_and_a_good_new_one(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    wrong = phone.post("/v1/auth/password", {"current_password": "x", "new_password": "cơn mưa rào đầu mùa hạ"})
    assert wrong.status == 422 and wrong.body["errors"][0]["pointer"] == "/current_password"
    short = phone.post("/v1/auth/password", {"current_password": PASSWORD, "new_password": SHORT})
    assert short.status == 422
    assert [(error["pointer"], error["code"]) for error in short.body["errors"]] == [
        ("/new_password", "password_too_short")
    ]
    for _ in range(5):
        phone.post("/v1/auth/password", {"current_password": "x", "new_password": "cơn mưa rào đầu mùa hạ"})
    assert phone.post("/v1/auth/password", {"current_password": PASSWORD, "new_password": "y" * 15}).status == 429


@pytest.mark.parametrize(
    ("password", "enrolled", "codes"),
    [
        ("con mèo nằm dưới gốc cau", False, []),
        ("mười bốn ký tự", False, ["password_too_short"]),
        ("mười lăm ký tự.", False, []),
        ("tám ký t", True, []),
        ("bảy ký ", True, ["password_too_short"]),
        ("password123", True, ["password_common"]),
        ("987654321", True, ["password_common"]),
        ("19051990", True, ["password_common"]),
        ("19/05/1990", True, ["password_common"]),
        ("0987654312", True, ["password_common"]),
        ("M4tKh4u2025", True, ["password_common"]),
        ("p@ssw0rd!!", True, ["password_common"]),
        ("abc123abc123abc123", False, ["password_common"]),
        ("123 Anh Yêu Em", True, ["password_common"]),
        ("congan@hongthai", False, ["password_common"]),
        ("Nguyễn Thị Lan 1990", False, ["password_common"]),
        ("Lâm Đồng 2025", True, ["password_common"]),
        ("tím xe đạp 47 núi", False, []),
        ("tám con gà, con vịt", False, []),
        ("Mật Khẩu 2026", True, ["password_common"]),
        ("matkhaumatkhau", True, ["password_common"]),
        ("123456789", True, ["password_common"]),
        ("aaaaaaaaaaaaaaa", False, ["password_common"]),
        ("abcdefghijklmnop", False, ["password_common"]),
        ("tôi là 0912345678 đây", False, ["password_contains_phone"]),
        ("tôi là 0912 345 678 đây", False, ["password_contains_phone"]),
    ],
)
def test_which_passwords_are_taken(password: str, enrolled: bool, codes: list[str]) -> None:
    faults = password_faults(password, phone="+84912345678", name="Nguyễn Thị Lan", enrolled=enrolled)
    assert [fault.code for fault in faults] == codes


def test_sessions_are_listed_page_by_page_and_ended_one_by_one(cast: Cast, phone: Phone) -> None:
    phones = [Phone() for _ in range(3)]
    for each in (*phones, phone):
        each.sign_in(cast.lan)
    first = phone.get("/v1/auth/sessions?limit=3").body
    rest = phone.get(f"/v1/auth/sessions?limit=3&cursor={first['next_cursor']}").body
    items = first["items"] + rest["items"]
    assert len(items) == 5 and rest["next_cursor"] is None, "four, and the one that the cast began with"
    assert [item["id"] for item in items if item["current"]] == [phone.session_id]
    assert items[0]["device"] == phone.device
    victim = phones[0]
    assert phone.ask("DELETE", f"/v1/auth/sessions/{victim.session_id}").status == 204
    assert phone.ask("DELETE", f"/v1/auth/sessions/{victim.session_id}").status == 204
    assert victim.get("/v1/me").code == "session_ended"


def test_nobody_ends_or_sees_sessions_of_others(cast: Cast, phone: Phone) -> None:
    linhs = Phone()
    linhs.sign_in(cast.linh)
    phone.sign_in(cast.lan)
    foreign = linhs.ask("DELETE", f"/v1/auth/sessions/{phone.session_id}")
    nowhere = linhs.ask("DELETE", f"/v1/auth/sessions/{uuid7()}")
    assert {**foreign.body, "request_id": ""} == {**nowhere.body, "request_id": ""} and foreign.status == 404
    assert phone.get("/v1/me").status == 200


def test_logging_out_ends_this_session_alone(cast: Cast, phone: Phone) -> None:
    other = Phone()
    other.sign_in(cast.lan)
    phone.sign_in(cast.lan)
    assert phone.post("/v1/auth/logout").status == 204
    assert phone.get("/v1/me").code == phone.refresh().code == "session_ended"
    assert other.get("/v1/me").status == 200
