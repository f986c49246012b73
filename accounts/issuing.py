"""Activation codes given out, to one person or to a thousand at once: drawn, told once, kept as hashes."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.codes import code_hash, new_code
from accounts.events import record
from accounts.grants import doubt_police
from accounts.models import ActivationCode, SecondFactor, User
from accounts.rights import refused_over
from accounts.sessions import end_sessions
from api.actors import Actor, Event
from api.localtime import now
from api.problems import Problem

CODE_LIFETIME = dt.timedelta(days=7)


@dataclass(frozen=True)
class Drawn:
    """Codes that aren't stored yet, by user, and until when they will be good; `delivers`: whose only deliver."""

    codes: Mapping[uuid.UUID, str]
    delivers: Collection[uuid.UUID]
    expires_at: dt.datetime


@dataclass(frozen=True)
class IssuedCode:
    """A one-time code, told once. `purpose`: activate, or deliver for a deactivated account."""

    code: str
    purpose: str
    expires_at: dt.datetime


def issue_activation_code(*, actor: Actor, user_id: uuid.UUID) -> str:
    """As `issue_code`, the code alone."""
    return issue_code(actor=actor, user_id=user_id).code


def issue_code(*, actor: Actor, user_id: uuid.UUID, sessions_too: bool = False) -> IssuedCode:
    """A code for a week, in place of earlier ones: it sets the password; for a deactivated account it only delivers.

    By an admin, or for a member by the leader of their team; never for oneself, since it would do without the password.
    `sessions_too`: the phone is lost, so all sessions end now, and none of the account's phones stays enrolled. The
    code is told once and can't be read again.
    """
    users = {user.id: user for user in User.objects.filter(id=user_id)}
    if not users:
        raise Problem("not_found")
    if actor.user_id == user_id:
        raise Problem("forbidden")
    drawn = draw_codes(users)
    with transaction.atomic():
        store_codes(actor=actor, drawn=drawn)
        if sessions_too:
            end_sessions(user_id=user_id, because="lost", by_user_id=actor.user_id, request_id=actor.request_id)
            # It is enrolled no longer: else the next password, if short, would stand on the lost phone too.
            ActivationCode.objects.filter(user_id=user_id).update(device_id=None)
    return IssuedCode(drawn.codes[user_id], "deliver" if user_id in drawn.delivers else "activate", drawn.expires_at)


def draw_codes(users: Mapping[uuid.UUID, User]) -> Drawn:
    """New codes for these accounts; they are good once they are stored."""
    return Drawn(
        codes={user_id: new_code() for user_id in users},
        delivers=frozenset(user_id for user_id, user in users.items() if not user.is_active),
        expires_at=now() + CODE_LIFETIME,
    )


def refused_codes(actor: Actor, users: Mapping[uuid.UUID, bool]) -> dict[uuid.UUID, str]:
    """To whom of these (each with whether the account is active) the actor may give no code, and why."""
    active = [user_id for user_id, is_active in users.items() if is_active]
    over = [user_id for user_id, is_active in users.items() if not is_active]
    return {
        **(refused_over(actor, active, heads_too=True) if active else {}),
        **(refused_over(actor, over) if over else {}),
    }


def _taken_over(users: Mapping[uuid.UUID, bool]) -> list[uuid.UUID]:
    """Whose accounts the code alone would open anew: they had a password already, and have no one-time codes."""
    guarded = SecondFactor.objects.filter(user_id__in=users, confirmed_at__isnull=False).values("user_id")
    opened = User.objects.filter(id__in=users, is_active=True).exclude(password="").exclude(id__in=guarded)
    return list(opened.values_list("id", flat=True))


def store_codes(*, actor: Actor, drawn: Drawn) -> None:
    """Make drawn codes good, in place of earlier ones, in the caller's transaction. Ten queries for any number.

    Raises Problem `not_found` and `forbidden` for the first that isn't the actor's to give, `conflict` if an account
    was switched off or on since the codes were drawn.
    """
    users = {user_id: user_id not in drawn.delivers for user_id in drawn.codes}
    for code in refused_codes(actor, users).values():
        raise Problem(code)
    # Held to the end, in one order: what an account's code is for depends on whether it is active.
    held = User.objects.select_for_update(no_key=True).filter(id__in=users).order_by("id")
    if dict(held.values_list("id", "is_active")) != users:
        raise Problem("conflict")
    doubt_police(actor=actor, user_ids=_taken_over(users))
    moment = now()
    ActivationCode.objects.filter(user_id__in=users, used_at=None, expires_at__gt=moment).update(expires_at=moment)
    rows = [
        ActivationCode(
            user_id=user_id,
            code_hash=code_hash(code),
            purpose="deliver" if user_id in drawn.delivers else "activate",
            created_at=moment,
            expires_at=drawn.expires_at,
            issued_by=actor.user_id,
        )
        for user_id, code in drawn.codes.items()
    ]
    try:
        ActivationCode.objects.bulk_create(rows, batch_size=5_000)
    except IntegrityError:  # a code that was drawn before, once in a billion: drawn anew it is another
        raise Problem("unavailable", retry_after_s=1) from None
    record(*(Event("activation_code.issued", subject_type="user", subject_id=user_id) for user_id in users), by=actor)
