"""Sessions: how they begin, go on by refreshing, and end.

Each refresh token has one successor, derived and not stored, so a lost answer can be asked for again however late;
what comes back after its successor has been in use for a minute is in two hands, and ends the session.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.events import record
from accounts.models import Session
from accounts.scoping import pseudonym
from accounts.tokens import ACCESS_LIFETIME, RefreshSecret, access_token, first_refresh_secret, read_refresh_secret
from api.actors import Event
from api.ids import uuid7
from api.localtime import now
from api.postgres import ask, tell
from api.problems import Problem
from api.transactions import run_in

LIFETIME = dt.timedelta(days=60)
# A browser's session isn't refreshed: it ends with the working day, or earlier (accounts.site.cookies).
LIFETIMES = {"web": dt.timedelta(hours=12)}
REPEATABLE_FOR = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Device:
    """The phone that a session is on, as it names itself."""

    id: uuid.UUID
    name: str = ""
    platform: str = ""
    app_version: str = ""


@dataclass(frozen=True)
class Caller:
    """Whoever asks before anyone is signed in: the network that the request came from, and the request."""

    network: str
    request_id: uuid.UUID


@dataclass(frozen=True)
class TokenPair:
    """What a phone holds of its session."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    refresh: str

    @property
    def wire(self) -> dict[str, object]:
        """With an access token that is good from now."""
        return {
            "access": access_token(user_id=self.user_id, session_id=self.session_id),
            "refresh": self.refresh,
            "access_expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "session_id": self.session_id,
        }


_OPEN = """
WITH opened AS (
  INSERT INTO session (id, user_id, device_id, device_name, platform, app_version, only_delivers, second_factor,
                       created_at, refreshed_at, expires_at)
  VALUES (%(session)s, %(user)s, %(device)s, %(name)s, %(platform)s, %(app_version)s, %(only_delivers)s,
          %(second_factor)s, %(now)s, %(now)s, %(expires)s)
)
INSERT INTO refresh_token (hash, session_id, generation, created_at) VALUES (%(hash)s, %(session)s, 0, %(now)s)
"""


def open_session(
    *,
    user_id: uuid.UUID,
    device: Device,
    request_id: uuid.UUID,
    only_delivers: bool = False,
    second_factor: bool = False,
) -> TokenPair:
    """A new session on this device, in place of one that the same user had there; runs in the caller's transaction.

    The caller holds the row of the user, so two sign-ins of one user don't meet here. Another user's session on the
    same phone stays.
    """
    moment = now()
    secret = first_refresh_secret(uuid7())
    end_sessions(user_id=user_id, because="replaced", device_id=device.id, by_user_id=user_id, request_id=request_id)
    values: dict[str, Any] = {
        "session": secret.session_id,
        "user": user_id,
        "device": device.id,
        "name": device.name,
        "platform": device.platform,
        "app_version": device.app_version,
        "only_delivers": only_delivers,
        "second_factor": second_factor,
        "now": moment,
        "expires": moment + LIFETIMES.get(device.platform, LIFETIME),
        "hash": secret.hash,
    }
    event = Event("session.started", subject_type="session", subject_id=secret.session_id, details={"user_id": user_id})
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
    record(event, user_id=user_id, session_id=secret.session_id, device_id=pseudonym(device.id), request_id=request_id)
    return TokenPair(secret.session_id, user_id, secret.text)


def sessions_that_are(*, active: bool) -> Q:
    """Those that go on, or those that are over."""
    going_on = Q(ended_at=None, expires_at__gt=now())
    return going_on if active else ~going_on


def end_sessions(
    *,
    user_id: uuid.UUID,
    because: str,
    by_user_id: uuid.UUID | None,
    request_id: uuid.UUID,
    session_ids: Sequence[uuid.UUID] | None = None,
    device_id: uuid.UUID | None = None,
    except_id: uuid.UUID | None = None,
) -> None:
    """End the open sessions of a user: all, some, those on one device, or all but one. Ended ones stay as they are.

    `because` is kept: signed_out, idle, revoked, replaced, reuse, password_changed, activated, lost, deactivated,
    reactivated, second_factor_reset.
    """
    open_ones = Session.objects.filter(user_id=user_id, ended_at=None)
    if session_ids is not None:
        open_ones = open_ones.filter(id__in=session_ids)
    if device_id is not None:
        open_ones = open_ones.filter(device_id=device_id)
    if except_id is not None:
        open_ones = open_ones.exclude(id=except_id)
    _end(open_ones, because=because, by_user_id=by_user_id, request_id=request_id)


def end_sessions_of(
    *, user_ids: Collection[uuid.UUID], because: str, by_user_id: uuid.UUID | None, request_id: uuid.UUID
) -> None:
    """End all open sessions of these users, in as many statements as for one."""
    open_ones = Session.objects.filter(user_id__in=user_ids, ended_at=None)
    _end(open_ones, because=because, by_user_id=by_user_id, request_id=request_id)


def _end(open_ones: QuerySet[Session], *, because: str, by_user_id: uuid.UUID | None, request_id: uuid.UUID) -> None:
    held = open_ones.select_for_update(no_key=True).order_by("id").values_list("id", "user_id", "device_id")
    ended = list(held)
    if not ended:
        return
    Session.objects.filter(id__in=[id_ for id_, _, _ in ended]).update(ended_at=now(), ended_because=because)
    events = [
        Event(
            "session.ended",
            subject_type="session",
            subject_id=id_,
            details={"because": because, "user_id": user_id, "device_id": pseudonym(device)},
        )
        for id_, user_id, device in ended
    ]
    record(*events, user_id=by_user_id, request_id=request_id)


# Locked first, and all read by a later statement: one that waited for a lock still reads the other tables as they were
# before, and would miss the successor that the one ahead of it wrote.
_LOCK = "SELECT 1 FROM session WHERE id = %s FOR NO KEY UPDATE"
_FIND = """
SELECT s.user_id, s.device_id, s.ended_at IS NOT NULL OR s.expires_at <= %s, u.is_active OR s.only_delivers,
       t.generation, n.hash, n.used_at
FROM session s JOIN user_account u ON u.id = s.user_id JOIN refresh_token t ON t.session_id = s.id AND t.hash = %s
  LEFT JOIN refresh_token n ON n.session_id = s.id AND n.generation = t.generation + 1
WHERE s.id = %s
"""
_USE = "UPDATE refresh_token SET used_at = %s WHERE hash = %s AND used_at IS NULL"
_DERIVE = """
INSERT INTO refresh_token (hash, session_id, generation, created_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (hash) DO NOTHING
"""
_PROLONG = "UPDATE session SET refreshed_at = %s, expires_at = %s WHERE id = %s"


def refresh_session(*, refresh: str, device_id: uuid.UUID, request_id: uuid.UUID) -> TokenPair:
    """The next pair. A repeat gives the same refresh token until 60 s after that one was first presented, however late.

    Raises Problem `refresh_invalid` for what was never a token of this device (and changes nothing), `session_ended`,
    `account_inactive`, or `refresh_reused` after it ended the session.
    """
    secret = read_refresh_secret(refresh)
    outcome = run_in("write", lambda: _turn(secret, device_id, request_id))
    if isinstance(outcome, str):
        raise Problem(outcome)
    return outcome


def _turn(secret: RefreshSecret, device_id: uuid.UUID, request_id: uuid.UUID) -> TokenPair | str:
    """The next pair, or the code of the problem: what was written about a reuse must be committed."""
    moment, session_id = now(), secret.session_id
    found = ask(_FIND, [moment, secret.hash, session_id], before=[(_LOCK, [session_id])])
    if not found or found[0][1] != device_id:
        return "refresh_invalid"
    [(user_id, _, over, is_active, generation, kept, successor_used_at)] = found
    successor = secret.successor(bytes(kept) if kept else None)
    if not is_active:
        return "account_inactive"
    if over:
        return "session_ended"
    if successor_used_at is not None and moment - successor_used_at > REPEATABLE_FOR:
        _end_for_reuse(user_id, session_id, device_id, request_id)
        return "refresh_reused"
    if successor is None:
        return "refresh_invalid"
    tell(
        [
            (_USE, [moment, secret.hash]),
            (_DERIVE, [successor.hash, session_id, generation + 1, moment]),
            (_PROLONG, [moment, moment + LIFETIME, session_id]),
        ]
    )
    return TokenPair(session_id, user_id, successor.text)


def _end_for_reuse(user_id: uuid.UUID, session_id: uuid.UUID, device_id: uuid.UUID, request_id: uuid.UUID) -> None:
    end_sessions(user_id=user_id, because="reuse", by_user_id=None, request_id=request_id, session_ids=[session_id])
    event = Event("session.reused", subject_type="session", subject_id=session_id, details={"user_id": user_id})
    record(event, device_id=pseudonym(device_id), request_id=request_id)
