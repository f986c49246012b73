"""A phone's session: signing in, renewing tokens when answers get lost, and repeating what may be repeated."""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from demo.store import Store
from demo.wire import Answer, NoAnswer, Wire

REPEATABLE = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
WORTH_PACKING = 512
"""Bytes from which on a body goes gzipped."""


class OutOfReach(Exception):
    """The server didn't answer usefully for a while. Everything is kept; try again when there is signal."""


class SignedOut(Exception):
    """The session is over: the user has to sign in. The queue is kept."""


class Refused(Exception):
    """A final answer that repeating won't change."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.code or answer.body[:200]!r}")
        self.answer = answer


@dataclass
class Patience:
    """How long to wait between tries: doubling from `first_s`, with jitter, as the server asks, but at most `cap_s`."""

    first_s: float = 1
    cap_s: float = 300
    tries: int = 10
    dice: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], None] = time.sleep

    def rest(self, failures: int, asked_s: float = 0) -> None:
        """Wait after the n-th failure in a row; raises `OutOfReach` when there were too many."""
        if failures >= self.tries:
            raise OutOfReach(f"{failures} tries in a row failed")
        own = self.first_s * 2 ** min(failures - 1, 16) * self.dice.uniform(0.5, 1)
        self.sleep(min(self.cap_s, max(own, asked_s)))


class Session:
    """Requests in the name of one user on one phone. `retries` counts what had to be asked again."""

    def __init__(self, base_url: str, *, wire: Wire, store: Store, patience: Patience | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.wire = wire
        self.store = store
        self.patience = patience or Patience()
        self.retries = 0

    def sign_in(self, *, phone: str, password: str, device: Mapping[str, str]) -> None:
        """Start a session. A lost answer leaves one that nobody uses; asking again is harmless."""
        body = _json({"phone": phone, "password": password, "device": dict(device)})
        answer = self._repeat(lambda: self._send("POST", "/v1/auth/token", body=body))
        if not answer.ok:
            raise Refused(answer)
        self._keep(answer, device["id"])

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Callable[[], bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """An answer that repeating wouldn't better. `body` is called for each try: some of it has to be fresh."""
        return self._repeat(lambda: self._authorised(method, path, body, headers or {}))

    def get(self, path: str) -> Any:
        """What a GET answers; raises `Refused` unless it is 200."""
        answer = self.ask("GET", path)
        if not answer.ok:
            raise Refused(answer)
        return answer.json()

    def _authorised(
        self, method: str, path: str, body: Callable[[], bytes] | None, headers: Mapping[str, str]
    ) -> Answer:
        if not self.store.get("access"):
            raise SignedOut
        for renewed in (False, True):
            bearer = {"Authorization": f"Bearer {self.store.get('access')}", **headers}
            answer = self._send(method, path, body=body() if body else None, headers=bearer)
            if answer.status != HTTPStatus.UNAUTHORIZED or renewed:
                break
            self._refresh()
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._sign_out()
        return answer

    def _refresh(self) -> None:
        """Exchange the refresh token.

        The old token is kept until its successor is stored: if the answer is lost, the same question gets the same
        successor, however late. Only a 401 ends the session.
        """
        question = {"refresh": self.store.get("refresh"), "device_id": self.store.get("device_id")}
        answer = self._repeat(lambda: self._send("POST", "/v1/auth/refresh", body=_json(question)))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._sign_out()
        if not answer.ok:
            raise Refused(answer)
        self._keep(answer, question["device_id"])

    def _keep(self, answer: Answer, device_id: str) -> None:
        tokens = answer.json()
        with self.store.transaction():
            self.store.set(access=tokens["access"], refresh=tokens["refresh"], device_id=device_id)

    def _sign_out(self) -> None:
        with self.store.transaction():
            self.store.set(access=None, refresh=None)
        raise SignedOut

    def _send(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        content: dict[str, str] = {}
        if body is not None:
            content["Content-Type"] = "application/json"
            if len(body) > WORTH_PACKING:
                body, content["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
        return self.wire.request(method, self.base_url + path, body=body, headers={**content, **(headers or {})})

    def _repeat(self, send: Callable[[], Answer]) -> Answer:
        """Send until the answer says something: no answer, a cut-off body, 408, 409 `in_flight`, 429 and 5xx don't."""
        failures = 0
        while True:
            asked_s = 0.0
            try:
                answer = send()
                if not _worth_repeating(answer):
                    if answer.ok:
                        answer.json()
                    return answer
                asked_s = answer.retry_after_s
            except NoAnswer:
                pass
            failures += 1
            self.retries += 1
            self.patience.rest(failures, asked_s)


def _worth_repeating(answer: Answer) -> bool:
    return (
        answer.status in REPEATABLE
        or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or (answer.status == HTTPStatus.BAD_REQUEST and answer.code == "body_truncated")
        or (answer.status == HTTPStatus.CONFLICT and answer.code == "in_flight")
    )


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
