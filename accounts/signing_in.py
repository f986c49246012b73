"""Signing in: by phone number and password, or by an activation code that also sets the password.

Who guesses learns nothing: a phone number without an account costs the same hash, the same statements and the same
answer as a wrong password.
"""

import uuid
from dataclasses import dataclass

from accounts.codes import code_hash
from accounts.events import record
from accounts.models import ActivationCode, User
from accounts.passwords import ALONE, check_password, hash_password, password_faults
from accounts.phones import normalise_phone
from accounts.scoping import pseudonym
from accounts.second_factor import use
from accounts.sessions import Caller, Device, TokenPair, end_sessions, open_session
from accounts.throttles import activation_buckets, charge, otp_buckets, refund, sign_in_buckets
from api.actors import Event
from api.localtime import now
from api.problems import Problem
from api.text import nfc
from api.transactions import run_in


@dataclass(frozen=True)
class SignedIn:
    """A new session and whose it is."""

    user: User
    tokens: TokenPair


# A phone whose session was taken from it may be in other hands.
_ACCOUNT = """
SELECT u.*,
  EXISTS (SELECT FROM session s WHERE s.user_id = u.id AND s.device_id = %(device)s
            AND coalesce(s.ended_because, '')
              <> ALL ('{revoked,activated,reuse,deactivated,lost,second_factor_reset}')) AS known_device,
  EXISTS (SELECT FROM activation_code c WHERE c.user_id = u.id AND c.device_id = %(device)s AND c.purpose = 'activate')
    AS enrolled_device,
  EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS has_second_factor
FROM user_account u WHERE u.phone = %(phone)s
"""


def sign_in(*, phone: str, password: str, device: Device, caller: Caller, otp: str | None = None) -> SignedIn:
    """A session for whoever knows the password, and has the one-time code if the account asks for it.

    Raises Problem `invalid` (no phone number), `too_many_attempts`, `credentials_invalid`; and only after the right
    password `account_inactive`, `device_not_enrolled` (a short password, on a phone that was never activated by code,
    without a second factor), `otp_required` and `otp_invalid`. The last two count like any failure.
    """
    number = normalise_phone(phone)
    user = next(iter(User.objects.raw(_ACCOUNT, {"phone": number, "device": device.id})), None)
    known = bool(getattr(user, "known_device", False))
    buckets = sign_in_buckets(number, device.id, caller.network, known_device=known)
    charge(buckets)
    if not check_password(password, user.password if user else "") or user is None:
        _record_refusal(user.id if user else None, device, caller, "password")
        raise Problem("credentials_invalid")
    two: bool = user.has_second_factor  # type: ignore[attr-defined]
    enrolled: bool = user.enrolled_device  # type: ignore[attr-defined]
    if not user.is_active or (user.password_needs_device and not (enrolled or two)):
        refund(buckets)
        raise Problem("device_not_enrolled" if user.is_active else "account_inactive")
    if two:
        if otp is None:
            _record_refusal(user.id, device, caller, "otp_required")
            raise Problem("otp_required")
        guesses = otp_buckets(user.id, device.id, known_device=known)
        charge(guesses)
        buckets += guesses

    def begin() -> TokenPair | None:
        # Held to the end: a change of the password, or another sign-in of this user, comes before or after.
        unchanged = User.objects.select_for_update(no_key=True).filter(
            id=user.id, password=user.password, is_active=True
        )
        if not unchanged.values_list("id"):
            raise Problem("credentials_invalid")
        used = use(user_id=user.id, otp=otp or "") if two else None
        if two and not used:
            return None
        tokens = open_session(
            user_id=user.id, device=device, request_id=caller.request_id, second_factor=used is not None
        )
        if used == "recovery_code":
            _record_recovery(user.id, device, caller)
        refund(buckets)
        return tokens

    tokens = run_in("write", begin)
    if tokens is None:
        _record_refusal(user.id, device, caller, "otp")
        raise Problem("otp_invalid")
    return SignedIn(user, tokens)


def _record_recovery(user_id: uuid.UUID, device: Device, caller: Caller) -> None:
    event = Event("recovery_code.used", subject_type="user", subject_id=user_id)
    record(event, user_id=user_id, device_id=pseudonym(device.id), request_id=caller.request_id)


def _record_refusal(user_id: uuid.UUID | None, device: Device, caller: Caller, because: str) -> None:
    """Written for unknown numbers too, without the number."""
    event = Event("session.refused", subject_type="user", subject_id=user_id, details={"because": because})
    record(event, device_id=pseudonym(device.id), request_id=caller.request_id)


def activate(*, code: str, password: str, device: Device, caller: Caller) -> SignedIn:
    """Set the password and sign in; the phone is enrolled, so 8 characters do. All other sessions of the account end.

    A repeat from the same phone with the same password, because the answer was lost, signs in again. A code that only
    delivers leaves the password alone. Raises Problem `invalid` (a mistyped code, which counts as no guess; the
    password), `too_many_attempts`, `code_invalid`, `account_inactive`.
    """
    hashed_code = code_hash(code)
    buckets = activation_buckets(device.id, caller.network)
    charge(buckets)
    found = ActivationCode.objects.filter(code_hash=hashed_code, expires_at__gt=now()).first()
    user = User.objects.filter(id=found.user_id).first() if found else None
    if found is None or user is None or not _fits(found, user, password, device):
        raise Problem("code_invalid")
    delivers, repeated = found.purpose == "deliver", found.used_at is not None
    if not delivers and not user.is_active:
        raise Problem("account_inactive")
    if not (delivers or repeated) and (
        faults := password_faults(password, phone=user.phone, name=user.full_name, enrolled=True)
    ):
        refund(buckets)
        raise Problem("invalid", errors=faults)
    hashed = user.password if delivers or repeated else hash_password(password)

    def begin() -> TokenPair:
        _hold(user, found)
        if not repeated:
            _use_code(found, device, caller)
        if not (delivers or repeated):
            User.objects.filter(id=user.id).update(password=hashed, password_needs_device=len(nfc(password)) < ALONE)
        end_sessions(user_id=user.id, because="activated", by_user_id=user.id, request_id=caller.request_id)
        tokens = open_session(user_id=user.id, device=device, request_id=caller.request_id, only_delivers=delivers)
        refund(buckets)
        return tokens

    return SignedIn(user, run_in("write", begin))


def _fits(code: ActivationCode, user: User, password: str, device: Device) -> bool:
    """Whether a code can be used: a fresh one, or one that this phone used, by whoever knows the password set then.

    Codes that deliver are for deactivated accounts only.
    """
    if code.purpose == "deliver":
        return not user.is_active and code.device_id in (None, device.id)
    return code.used_at is None or (code.device_id == device.id and check_password(password, user.password))


def _hold(user: User, code: ActivationCode) -> None:
    """Lock the account and the code, and make sure that they are as they were when they were looked at."""
    holder = User.objects.select_for_update(no_key=True).get(id=user.id)
    held = ActivationCode.objects.select_for_update(no_key=True).get(id=code.id)
    before = (user.password, user.is_active, code.used_at, code.expires_at)
    if (holder.password, holder.is_active, held.used_at, held.expires_at) != before:
        raise Problem("code_invalid")


def _use_code(code: ActivationCode, device: Device, caller: Caller) -> None:
    ActivationCode.objects.filter(id=code.id).update(used_at=now(), device_id=device.id)
    event = Event(
        "activation_code.used", subject_type="user", subject_id=code.user_id, details={"purpose": code.purpose}
    )
    record(event, user_id=code.user_id, device_id=pseudonym(device.id), request_id=caller.request_id)
