"""The second factor: one-time codes by time (TOTP, RFC 6238), and recovery codes for when the app is lost.

Six digits of SHA-1 every 30 s, as every app makes them; one step early or late is taken, and no step twice. Where it is
required (`ANTHON_SECOND_FACTOR`), admins and police officers hold their roles only in sessions that were opened so.
"""

from __future__ import annotations

import base64
import io
import os
import re
import secrets
import time
import uuid
from dataclasses import dataclass
from urllib.parse import quote

import segno
from django.db import transaction
from django_otp.oath import TOTP

from accounts.codes import ALPHABET
from accounts.events import record
from accounts.grants import doubt_police
from accounts.models import RecoveryCode, SecondFactor, Session, User
from accounts.passwords import check_password
from accounts.rights import require_over_user
from accounts.scoping import SessionActor
from accounts.sessions import end_sessions
from accounts.throttles import charge, otp_buckets, password_buckets, refund
from api.actors import Actor, Event
from api.keyed import decrypted, encrypted, keyed_hash
from api.localtime import now
from api.problems import FieldError, Problem

clock = time.time
STEP_S = 30
RECOVERY_CODES = 10
_SECRET_BYTES = 20  # RFC 4226 §4
_RECOVERY_LETTERS = 10
_ISSUER = "An Thôn"
_DECORATION = re.compile(r"[\s\-]+")
_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True)
class Enrolment:
    """A new secret, told once: as text, as the address that apps read, and as its QR."""

    secret: str
    uri: str
    qr_svg: str


def begin(*, actor: SessionActor, password: str) -> Enrolment:
    """A new secret, good once it is confirmed by a code; one that was begun before is forgotten.

    Raises Problem `invalid` (password), `too_many_attempts`, and `second_factor_exists` while one is in use.
    """
    user = _confirmed_user(actor, password)
    raw = os.urandom(_SECRET_BYTES)
    sealed = encrypted("totp-secret", user.id.bytes, raw)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        before = SecondFactor.objects.select_for_update().filter(user_id=user.id).first()
        if before and before.confirmed_at:
            raise Problem("second_factor_exists")
        fresh = {"sealed_secret": sealed, "created_at": now(), "last_step": 0}
        SecondFactor.objects.update_or_create(user_id=user.id, defaults=fresh)
    secret = base64.b32encode(raw).decode()
    label = quote(f"{_ISSUER}:{user.phone}", safe=":")
    uri = f"otpauth://totp/{label}?secret={secret}&issuer={quote(_ISSUER)}&algorithm=SHA1&digits=6&period={STEP_S}"
    return Enrolment(secret, uri, _qr(uri))


def confirm(*, actor: SessionActor, code: str) -> list[str]:
    """Put what was begun into use by a first code; the recovery codes are told once. This session counts as opened so.

    Raises Problem `invalid` (code), `too_many_attempts`, `second_factor_exists`, `second_factor_missing`.
    """
    buckets = otp_buckets(actor.user_id, actor.phone_id, known_device=True)
    charge(buckets)
    with transaction.atomic():
        begun = SecondFactor.objects.select_for_update().filter(user_id=actor.user_id).first()
        if begun is None or begun.confirmed_at:
            raise Problem("second_factor_exists" if begun else "second_factor_missing")
        if not _take_step(begun, code):
            raise _wrong("/code")
        SecondFactor.objects.filter(user_id=actor.user_id).update(confirmed_at=now())
        Session.objects.filter(id=actor.session_id).update(second_factor=True)
        codes = _new_recovery_codes(actor.user_id)
        _record(actor, "second_factor.enrolled", actor.user_id)
    refund(buckets)
    return codes


def make_recovery_codes(*, actor: SessionActor, password: str, otp: str) -> list[str]:
    """Ten new recovery codes in place of the old ones, by who knows the password and holds a code.

    Raises Problem `invalid` (password or code), `too_many_attempts`, `second_factor_missing`.
    """
    _confirmed_user(actor, password)
    buckets = otp_buckets(actor.user_id, actor.phone_id, known_device=True)
    charge(buckets)
    with transaction.atomic():
        _require(actor, otp)
        codes = _new_recovery_codes(actor.user_id)
        _record(actor, "recovery_codes.made", actor.user_id)
    refund(buckets)
    return codes


def remove(*, actor: SessionActor, password: str, otp: str) -> None:
    """No second factor from now on, by who knows the password and holds a code; no session counts any more.

    Without one there is nothing to do. Raises Problem `invalid` (password or code) and `too_many_attempts`.
    """
    _confirmed_user(actor, password)
    if not is_enrolled(actor.user_id):
        return
    buckets = otp_buckets(actor.user_id, actor.phone_id, known_device=True)
    charge(buckets)
    with transaction.atomic():
        _require(actor, otp)
        _forget(actor.user_id)
        _record(actor, "second_factor.removed", actor.user_id)
    refund(buckets)


def reset(*, actor: Actor, user_id: uuid.UUID) -> None:
    """Take another's second factor away, as for a lost phone; all their sessions end. By an admin over that person.

    Nobody resets their own: that takes the password and a code. Raises Problem `not_found` and `forbidden`.
    """
    if not User.objects.filter(id=user_id).exists():
        raise Problem("not_found")
    require_over_user(actor, user_id)
    if actor.user_id == user_id:
        raise Problem("forbidden")
    with transaction.atomic():
        if _forget(user_id):
            end_sessions(
                user_id=user_id, because="second_factor_reset", by_user_id=actor.user_id, request_id=actor.request_id
            )
            _record(actor, "second_factor.reset", user_id)
            doubt_police(actor=actor, user_ids=[user_id])


def use(*, user_id: uuid.UUID, otp: str) -> str | None:
    """`totp` or `recovery_code` if this is one that is good, which it is no longer; else None. In a transaction."""
    text = _DECORATION.sub("", otp)
    if _DIGITS.fullmatch(text):
        factor = SecondFactor.objects.select_for_update().filter(user_id=user_id, confirmed_at__isnull=False).first()
        return "totp" if factor and _take_step(factor, text) else None
    kept = RecoveryCode.objects.filter(code_hash=_recovery_hash(user_id, text), user_id=user_id, used_at=None)
    return "recovery_code" if kept.update(used_at=now()) else None


def is_enrolled(user_id: uuid.UUID) -> bool:
    """Whether somebody has a second factor in use."""
    return SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()


def _take_step(factor: SecondFactor, code: str) -> bool:
    """Whether the code is that of a step not used yet, which it is now. The caller holds the row."""
    text = _DECORATION.sub("", code)
    if not _DIGITS.fullmatch(text):
        return False
    totp = TOTP(decrypted("totp-secret", factor.user_id.bytes, bytes(factor.sealed_secret)), step=STEP_S)
    totp.time = clock()
    if not totp.verify(int(text), tolerance=1, min_t=factor.last_step + 1):
        return False
    return bool(SecondFactor.objects.filter(user_id=factor.user_id, last_step__lt=totp.t()).update(last_step=totp.t()))


def _require(actor: SessionActor, otp: str) -> None:
    """Use one of the actor's codes, in the transaction of what it allows."""
    if not is_enrolled(actor.user_id):
        raise Problem("second_factor_missing")
    kind = use(user_id=actor.user_id, otp=otp)
    if kind is None:
        raise _wrong("/otp")
    if kind == "recovery_code":
        _record(actor, "recovery_code.used", actor.user_id)


def _confirmed_user(actor: SessionActor, password: str) -> User:
    """The actor's account, once the password was said again. Call it outside a transaction: attempts count."""
    user = User.objects.get(id=actor.user_id)
    buckets = password_buckets(user.id)
    charge(buckets)
    if not check_password(password, user.password):
        raise Problem("invalid", errors=[FieldError("/password", "password_wrong")])
    refund(buckets)
    return user


def _new_recovery_codes(user_id: uuid.UUID) -> list[str]:
    """Ten codes of 45 bits, in place of all earlier ones; written `7K3M9-QX2C4`."""
    RecoveryCode.objects.filter(user_id=user_id).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(_RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, code_hash=_recovery_hash(user_id, code), created_at=now()) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _recovery_hash(user_id: uuid.UUID, text: str) -> bytes:
    return keyed_hash("recovery-code", user_id.bytes, text.upper().encode())


def _forget(user_id: uuid.UUID) -> bool:
    """Whether there was one in use."""
    in_use = is_enrolled(user_id)
    SecondFactor.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.filter(user_id=user_id).delete()
    Session.objects.filter(user_id=user_id, ended_at=None).update(second_factor=False)
    return in_use


def _wrong(pointer: str) -> Problem:
    return Problem("invalid", errors=[FieldError(pointer, "code_wrong")])


def _qr(text: str) -> str:
    drawn = io.BytesIO()
    # Without a size, but with a viewBox: it fills whatever box it is shown in, whole.
    segno.make(text, error="m").save(drawn, kind="svg", omitsize=True, xmldecl=False)
    return drawn.getvalue().decode()


def _record(actor: Actor, name: str, user_id: uuid.UUID) -> None:
    record(Event(name, subject_type="user", subject_id=user_id), by=actor)
