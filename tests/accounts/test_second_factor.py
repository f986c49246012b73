"""One-time codes: set up, asked for, used once, guessed slowly, lost and taken away; and what roles wait for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

import pytest
from django.db import connection

from accounts import second_factor
from accounts.issuing import issue_activation_code
from accounts.models import AuditEvent, RecoveryCode, SecondFactor, Session, User
from accounts.scoping import SystemActor
from api.ids import uuid7
from tests.accounts.phone import Answer, Phone
from tests.cast import PASSWORD, Cast, Person, add_grant

pytestmark = pytest.mark.django_db

BEGAN = 1_800_000_000.0


class Clock:
    """The server's clock, as far as one-time codes go."""

    now = BEGAN

    def __call__(self) -> float:
        return self.now

    def code(self, secret: str, steps: int = 0) -> str:
        """What an authenticator app shows: RFC 6238 written out, without any library of ours."""
        moved = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(self.now) // 30 + steps), hashlib.sha1)
        at = moved[19] & 15
        number = struct.unpack(">I", moved[at : at + 4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(second_factor, "clock", made)
    return made


@pytest.fixture
def required(settings: object) -> None:
    settings.SECOND_FACTOR = "required"  # type: ignore[attr-defined]


def signed_in(phone: Phone, who: Person) -> Phone:
    answer = phone.sign_in(who)
    assert answer.status == 200, answer.body
    return phone


def enrol(phone: Phone, clock: Clock) -> tuple[str, list[str]]:
    """Set codes up on a signed-in phone; the secret, and the recovery codes. The step of the first code is used."""
    begun = phone.post("/v1/auth/totp", {"password": PASSWORD})
    assert begun.status == 200, begun.body
    secret = begun.body["secret"]
    confirmed = phone.post("/v1/auth/totp/confirm", {"code": clock.code(secret)})
    assert confirmed.status == 200, confirmed.body
    clock.now += 30
    return secret, confirmed.body["recovery_codes"]


def open_with(phone: Phone, who: Person, otp: str | None) -> Answer:
    body = {"phone": who.phone, "password": PASSWORD, "device": phone.device} | ({"otp": otp} if otp else {})
    return phone._keep(Phone(phone.device_id, network=phone.network).post("/v1/auth/token", body))


def test_son_sets_codes_up_and_signs_in_with_one(cast: Cast, phone: Phone, clock: Clock) -> None:
    signed_in(phone, cast.son)
    assert phone.get("/v1/me").body["second_factor"] == {"state": "none", "required_for": []}
    begun = phone.post("/v1/auth/totp", {"password": PASSWORD}).body
    assert begun["uri"].startswith(f"otpauth://totp/An%20Th%C3%B4n:%2B{cast.son.phone[1:]}?secret={begun['secret']}&")
    assert begun["qr_svg"].startswith("<svg") and "script" not in begun["qr_svg"]
    assert open_with(Phone(), cast.son, None).status == 200, "begun only: nothing is asked for yet"
    phone.post("/v1/auth/totp/confirm", {"code": clock.code(begun["secret"])})
    assert phone.get("/v1/me").body["second_factor"]["state"] == "used"
    clock.now += 30
    other = Phone()
    asked = open_with(other, cast.son, None)
    assert (asked.status, asked.code) == (401, "otp_required")
    assert open_with(other, cast.son, clock.code(begun["secret"])).status == 200
    assert other.get("/v1/me").body["second_factor"]["state"] == "used"
    assert other.turn().status == 200 and other.get("/v1/me").body["second_factor"]["state"] == "used"


def test_a_code_is_asked_for_only_after_the_right_password(cast: Cast, phone: Phone, clock: Clock) -> None:
    enrol(signed_in(phone, cast.son), clock)
    assert Phone().sign_in(cast.son, "không phải mật khẩu này").code == "credentials_invalid"


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_one_step_early_or_late_is_taken_and_no_more(
    cast: Cast, phone: Phone, clock: Clock, steps: int, status: int
) -> None:
    secret, _ = enrol(signed_in(phone, cast.son), clock)
    clock.now += 300
    answer = open_with(phone, cast.son, clock.code(secret, steps))
    assert answer.status == status and (status == 200 or answer.code == "otp_invalid")


def test_no_code_is_good_twice_nor_one_before_it(cast: Cast, phone: Phone, clock: Clock) -> None:
    secret, _ = enrol(signed_in(phone, cast.son), clock)
    clock.now += 300
    assert open_with(phone, cast.son, clock.code(secret)).status == 200
    assert open_with(Phone(), cast.son, clock.code(secret)).code == "otp_invalid"
    assert open_with(Phone(), cast.son, clock.code(secret, -1)).code == "otp_invalid"
    clock.now += 30
    assert open_with(Phone(), cast.son, clock.code(secret)).status == 200


def test_the_code_that_confirmed_signs_nobody_in(cast: Cast, phone: Phone, clock: Clock) -> None:
    secret, _ = enrol(signed_in(phone, cast.son), clock)
    assert open_with(Phone(), cast.son, clock.code(secret, -1)).code == "otp_invalid"


def test_a_recovery_code_is_good_once_however_it_is_typed(cast: Cast, phone: Phone, clock: Clock) -> None:
    _, codes = enrol(signed_in(phone, cast.son), clock)
    assert len(set(codes)) == 10
    assert open_with(phone, cast.son, codes[3].lower().replace("-", " ")).status == 200
    assert open_with(Phone(), cast.son, codes[3]).code == "otp_invalid"
    assert AuditEvent.objects.filter(name="recovery_code.used", subject_id=cast.son.user_id).count() == 1


def test_a_recovery_code_of_somebody_else_is_none(cast: Cast, clock: Clock) -> None:
    _, sons = enrol(signed_in(Phone(), cast.son), clock)
    enrol(signed_in(Phone(), cast.dung), clock)
    assert open_with(Phone(), cast.dung, sons[0]).code == "otp_invalid"
    assert RecoveryCode.objects.filter(used_at=None).count() == 20


def test_new_recovery_codes_replace_the_old_ones_and_take_password_and_code(
    cast: Cast, phone: Phone, clock: Clock
) -> None:
    secret, old = enrol(signed_in(phone, cast.son), clock)
    path = "/v1/auth/totp/recovery_codes"
    assert phone.post(path, {"password": "không phải", "otp": clock.code(secret)}).status == 422
    assert phone.post(path, {"password": PASSWORD, "otp": "000000"}).body["errors"][0]["pointer"] == "/otp"
    new = phone.post(path, {"password": PASSWORD, "otp": clock.code(secret)}).body["recovery_codes"]
    assert not set(new) & set(old)
    assert open_with(Phone(), cast.son, old[0]).code == "otp_invalid"
    assert open_with(Phone(), cast.son, new[0]).status == 200


def test_guesses_of_codes_run_dry_and_do_not_lock_an_own_phone_out(cast: Cast, phone: Phone, clock: Clock) -> None:
    secret, _ = enrol(signed_in(phone, cast.son), clock)
    guesses = [open_with(Phone(network=f"198.51.100.{n}"), cast.son, f"{n:06}") for n in range(8)]
    assert [each.code for each in guesses] == ["otp_invalid"] * 5 + ["too_many_attempts"] * 3
    assert open_with(Phone(network="203.0.113.1"), cast.son, clock.code(secret)).code == "too_many_attempts"
    assert open_with(phone, cast.son, clock.code(secret)).status == 200


def test_asking_for_the_code_counts_like_any_attempt(cast: Cast, phone: Phone, clock: Clock) -> None:
    enrol(signed_in(phone, cast.son), clock)
    stranger = Phone()
    assert [open_with(stranger, cast.son, None).status for _ in range(6)] == [401] * 5 + [429]
    told = AuditEvent.objects.filter(name="session.refused", subject_id=cast.son.user_id)
    assert {event.details["because"] for event in told} == {"otp_required"}, "the owner will see that it is known"


def test_the_secret_is_sealed_and_good_for_its_owner_only(cast: Cast, clock: Clock) -> None:
    secret, codes = enrol(signed_in(Phone(), cast.son), clock)
    enrol(signed_in(Phone(), cast.dung), clock)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(f::text, ''), (SELECT string_agg(r::text, '') FROM recovery_code r) FROM second_factor f"
        )
        rows = "".join(cursor.fetchone())
    assert base64.b32decode(secret).hex() not in rows and secret not in rows
    assert not any(code.replace("-", "").encode().hex() in rows for code in codes)
    sons = SecondFactor.objects.get(user_id=cast.son.user_id)
    SecondFactor.objects.filter(user_id=cast.dung.user_id).update(sealed_secret=bytes(sons.sealed_secret))
    with pytest.raises(ValueError, match="not sealed"):
        second_factor.use(user_id=cast.dung.user_id, otp=clock.code(secret))


def test_a_stolen_session_sets_nothing_up_and_takes_nothing_away(cast: Cast, phone: Phone, clock: Clock) -> None:
    signed_in(phone, cast.son)
    assert phone.post("/v1/auth/totp", {"password": "đoán bừa một cái"}).body["errors"][0]["code"] == "password_wrong"
    secret, _ = enrol(phone, clock)
    assert phone.post("/v1/auth/totp", {"password": PASSWORD}).code == "second_factor_exists"
    assert phone.post("/v1/auth/totp/confirm", {"code": clock.code(secret)}).code == "second_factor_exists"
    assert phone.post("/v1/auth/totp/remove", {"password": PASSWORD, "otp": "000000"}).status == 422
    assert phone.post("/v1/auth/totp/remove", {"password": "đoán", "otp": clock.code(secret)}).status == 422
    assert second_factor.is_enrolled(cast.son.user_id)
    assert phone.post("/v1/auth/totp/remove", {"password": PASSWORD, "otp": clock.code(secret)}).status == 204
    assert phone.post("/v1/auth/totp/remove", {"password": PASSWORD, "otp": "000000"}).status == 204
    assert not RecoveryCode.objects.exists() and not Session.objects.filter(second_factor=True).exists()
    assert open_with(Phone(), cast.son, None).status == 200


class TestRequired:
    pytestmark = pytest.mark.usefixtures("required")

    def test_a_role_waits_for_the_second_factor_and_all_else_works(
        self, cast: Cast, phone: Phone, clock: Clock
    ) -> None:
        add_grant(cast.son, "front_officer", cast.communes[0])
        signed_in(phone, cast.son)
        me = phone.get("/v1/me").body
        assert me["second_factor"] == {"state": "none", "required_for": ["admin"]}
        assert me["capabilities"] and phone.get("/v1/patrols").status == 200
        refused = phone.get("/v1/audit_events")
        assert (refused.status, refused.code) == (403, "second_factor_required")
        enrol(phone, clock)
        assert phone.get("/v1/me").body["second_factor"] == {"state": "used", "required_for": []}
        assert phone.get("/v1/audit_events").status == 200

    def test_the_police_sync_nothing_before_and_their_commune_after(
        self, cast: Cast, phone: Phone, clock: Clock
    ) -> None:
        signed_in(phone, cast.dung)
        assert phone.get("/v1/me").body["areas"] == []
        assert phone.get("/v1/sync/pull").body["changes"] == []
        enrol(phone, clock)
        assert str(cast.communes[0]) in {area["area_id"] for area in phone.get("/v1/me").body["areas"]}

    def test_a_session_from_before_and_one_by_activation_stay_without(
        self, cast: Cast, phone: Phone, clock: Clock
    ) -> None:
        secret, _ = enrol(signed_in(phone, cast.son), clock)
        assert Phone(access=phone.access).get("/v1/audit_events").status == 200
        code = issue_activation_code(actor=SystemActor("test"), user_id=cast.son.user_id)
        fresh = Phone()
        assert fresh.activate(code).status == 200
        assert fresh.get("/v1/audit_events").code == "second_factor_required"
        assert fresh.get("/v1/me").body["second_factor"] == {"state": "enrolled", "required_for": ["admin"]}
        assert open_with(fresh, cast.son, clock.code(secret)).status == 200
        assert fresh.get("/v1/audit_events").status == 200

    def test_others_need_none(self, cast: Cast, phone: Phone) -> None:
        signed_in(phone, cast.minh)
        assert phone.get("/v1/me").body["second_factor"] == {"state": "none", "required_for": []}
        assert phone.get("/v1/patrols").status == 200

    def test_what_waits_delivers_nothing_late_either(self, cast: Cast) -> None:
        actor = cast.dung.actor()
        assert not actor.holdings and not actor.late and [h.role for h in actor.withheld] == ["police_officer"]
        assert actor.row_security()[1].count("{}") >= 2


def test_a_short_password_with_a_code_needs_no_enrolled_phone(cast: Cast, phone: Phone, clock: Clock) -> None:
    secret, _ = enrol(signed_in(phone, cast.son), clock)
    User.objects.filter(id=cast.son.user_id).update(password_needs_device=True)
    assert open_with(Phone(), cast.son, clock.code(secret)).status == 200
    User.objects.filter(id=cast.lan.user_id).update(password_needs_device=True)
    assert open_with(Phone(), cast.lan, "123456").code == "device_not_enrolled"


class TestReset:
    def reset(self, who: Person, whose: Person) -> Answer:
        return signed_in(Phone(), who).post(f"/v1/users/{whose.user_id}/reset_second_factor")

    def test_an_admin_over_a_person_takes_it_away_and_ends_their_sessions(
        self, cast: Cast, phone: Phone, clock: Clock
    ) -> None:
        enrol(signed_in(phone, cast.dung), clock)
        assert self.reset(cast.son, cast.dung).status == 204
        assert phone.get("/v1/me").code == "session_ended"
        assert open_with(Phone(), cast.dung, None).status == 200
        assert AuditEvent.objects.filter(name="second_factor.reset", subject_id=cast.dung.user_id).exists()

    def test_nobody_else_does_nor_one_their_own(self, cast: Cast, clock: Clock) -> None:
        add_grant(cast.khach, "admin", cast.communes[1])
        enrol(signed_in(Phone(), cast.dung), clock)
        assert self.reset(cast.khach, cast.dung).status == 404
        assert self.reset(cast.lan, cast.dung).status in (403, 404)
        son = signed_in(Phone(), cast.son)
        enrol(son, clock)
        assert son.post(f"/v1/users/{cast.son.user_id}/reset_second_factor").status == 403
        assert son.post(f"/v1/users/{uuid7()}/reset_second_factor").status == 404
        assert SecondFactor.objects.filter(confirmed_at__isnull=False).count() == 2
