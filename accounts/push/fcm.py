"""Firebase Cloud Messaging, HTTP v1: one message to one phone, in the name of a service account.

Sources: firebase.google.com/docs/reference/fcm/rest/v1 (messages, ErrorCode); RFC 7523 for the token exchange. The
service account's file is named by `ANTHON_FCM_CREDENTIALS`; without it nothing is pushed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import orjson
from django.conf import settings

from api import outgoing
from api.jobs import Later

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EARLY_S = 300
"""A token is exchanged so long before its end."""
_SHORTEST_PAUSE_S = 10.0
_NO_SUCH_PHONE = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})


class TokenGone(Exception):
    """The service knows this phone no more: its token is to be forgotten."""


@dataclass(frozen=True)
class Account:
    """A service account as its file tells it."""

    project: str
    email: str
    key_id: str
    private_key: str
    token_uri: str


@dataclass(frozen=True)
class Notice:
    """What a phone is told: words for people, `data` for the app. Of the same `tag` only the newest is shown."""

    title: str
    body: str
    data: Mapping[str, str]
    tag: str
    lasts_s: int


def is_set_up() -> bool:
    """Whether there is an account to push with."""
    return bool(settings.FCM_CREDENTIALS)


def send(token: str, notice: Notice) -> None:
    """Hand one notice over. Raises `TokenGone`, and `Later` for what may go better another time."""
    try:
        answer = _post(token, notice)
    except outgoing.Unreachable as away:
        raise Later(away.code) from away
    if answer.status == HTTPStatus.OK:
        return
    told = _told(answer)
    if told in _NO_SUCH_PHONE or (told == "INVALID_ARGUMENT" and _about_token(answer)):
        raise TokenGone
    if answer.status == HTTPStatus.UNAUTHORIZED:
        _access.cache_clear()
    # Quotas and outages: after at least ten seconds, or when the service says (its own advice to senders).
    raise Later(f"fcm_{told.lower()}"[:60], max(answer.retry_after_s, _SHORTEST_PAUSE_S))


def _post(token: str, notice: Notice) -> outgoing.Answer:
    account = _account(settings.FCM_CREDENTIALS)
    url = f"{settings.FCM_ENDPOINT}/v1/projects/{account.project}/messages:send"
    headers = {"Authorization": f"Bearer {_access().token(account)}", "Content-Type": "application/json"}
    return outgoing.post(url, orjson.dumps({"message": message(token, notice)}), headers)


def message(token: str, notice: Notice) -> dict[str, Any]:
    """The message of HTTP v1. It wakes a sleeping phone, and takes the place of an earlier one of its tag."""
    return {
        "token": token,
        "notification": {"title": notice.title, "body": notice.body},
        "data": dict(notice.data),
        "android": {
            "priority": "HIGH",
            "ttl": f"{notice.lasts_s}s",
            "notification": {"tag": notice.tag, "channel_id": "alerts"},
        },
        "apns": {
            "headers": {"apns-priority": "10", "apns-collapse-id": notice.tag},
            "payload": {"aps": {"sound": "default", "interruption-level": "time-sensitive"}},
        },
    }


def _told(answer: outgoing.Answer) -> str:
    """The code of a refusal: FCM's own where it gives one, else the status of the API below it."""
    error = _error(answer)
    codes = [each.get("errorCode") for each in error.get("details", ()) if isinstance(each, dict)]
    return str(next(filter(None, codes), None) or error.get("status") or answer.status)


def _about_token(answer: outgoing.Answer) -> bool:
    """Whether it is the token that the service found malformed, and not something else of the message."""
    details = (each for each in _error(answer).get("details", ()) if isinstance(each, dict))
    violations = [v for each in details for v in each.get("fieldViolations", ()) if isinstance(v, dict)]
    return any(v.get("field") == "message.token" for v in violations)


def _error(answer: outgoing.Answer) -> dict[str, Any]:
    try:
        error = orjson.loads(answer.body)["error"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


@cache
def _account(path: str) -> Account:
    told = orjson.loads(Path(path).read_bytes())
    return Account(
        told["project_id"], told["client_email"], told["private_key_id"], told["private_key"], told["token_uri"]
    )


class _Access:
    """The access token of this process, exchanged anew before it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def token(self, account: Account) -> str:
        with self._lock:
            if time.monotonic() > self._good_until:
                self._token, lasts_s = _exchanged(account)
                self._good_until = time.monotonic() + lasts_s - _EARLY_S
            return self._token


@cache
def _access() -> _Access:
    return _Access()


def _exchanged(account: Account) -> tuple[str, float]:
    """An access token for a signed assertion (RFC 7523 §2.1), and how long it is good. Raises `Later`."""
    moment = int(time.time())
    claims = {"iss": account.email, "scope": _SCOPE, "aud": account.token_uri, "iat": moment, "exp": moment + 3600}
    assertion = jwt.encode(claims, account.private_key, algorithm="RS256", headers={"kid": account.key_id})
    body = urlencode({"grant_type": _GRANT, "assertion": assertion}).encode()
    answer = outgoing.post(account.token_uri, body, {"Content-Type": "application/x-www-form-urlencoded"})
    if answer.status != HTTPStatus.OK:
        raise Later(f"fcm_token_{answer.status}", answer.retry_after_s)
    told = orjson.loads(answer.body)
    return str(told["access_token"]), float(told.get("expires_in", _EARLY_S))
