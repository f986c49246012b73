"""What the phones of a proof were answered: every status, every wait, and whatever should never have been said."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from demo.wire import Answer, NoAnswer, Wire

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_NOT_NOW = {(400, "body_truncated"), (409, "in_flight")}
EXPECTED = {401, 408, 429, 503}
"""What a phone must be able to meet at any time: it refreshes, or tries again."""


@dataclass(frozen=True)
class Moment:
    """One request: when it began and ended (monotonic), and its status; None if no whole answer came."""

    began: float
    ended: float
    status: int | None

    @property
    def well(self) -> bool:
        return self.status is not None and self.status not in {408, 429} and self.status < 500

    @property
    def wait_s(self) -> float:
        return self.ended - self.began


class Watch:
    """Shared by all phones of a proof."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.unanswered: Counter[str] = Counter()
        self.strange: list[str] = []
        self.pushes = 0

    def note(self, route: str, moment: Moment, answer: Answer | None) -> None:
        """Take down one request to the API."""
        with self._lock:
            self.statuses[route][str(moment.status or "no answer")] += 1
            if answer is None:
                return
            self.waits[route].append(moment.wait_s)
            if answer.ok and route == "POST /v1/sync/push":
                self.pushes += 1
            if complaint := _complaint(answer):
                about = f"request {answer.headers.get('x-request-id')}: {answer.body[:300]!r}"
                self.strange.append(f"{route} was answered {complaint} ({about})")

    def note_silence(self, why: str) -> None:
        """Take down why no whole answer came."""
        with self._lock:
            self.unanswered[why] += 1

    def note_store(self, method: str, moment: Moment) -> None:
        """Take down one request to S3, whose words aren't ours."""
        with self._lock:
            self.statuses[f"S3 {method}"][str(moment.status or "no answer")] += 1

    def by_status(self) -> dict[str, int]:
        """All answers of the API by status."""
        whole: Counter[str] = Counter()
        for route, statuses in self.statuses.items():
            if not route.startswith("S3 "):
                whole += statuses
        return dict(sorted(whole.items()))


class WatchedWire(Wire):
    """A phone's wire under watch; `timeline` keeps each request to the API if asked to."""

    def __init__(self, watch: Watch, base_url: str, *, timeout_s: float, timeline: list[Moment] | None = None) -> None:
        super().__init__(timeout_s=timeout_s)
        self._watch = watch
        self._home = urlsplit(base_url).netloc
        self._timeline = timeline

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request, watched."""
        began = time.monotonic()
        answer = None
        try:
            answer = super().request(method, url, headers=headers, body=body)
            return answer
        except NoAnswer as silence:
            self._watch.note_silence(str(silence).partition(": ")[2])
            raise
        finally:
            self._note(method, url, Moment(began, time.monotonic(), answer.status if answer else None), answer)

    def _note(self, method: str, url: str, moment: Moment, answer: Answer | None) -> None:
        parts = urlsplit(url)
        if parts.netloc != self._home:
            self._watch.note_store(method, moment)
            return
        self._watch.note(f"{method} {_ID.sub('{id}', parts.path)}", moment, answer)
        if self._timeline is not None:
            self._timeline.append(moment)


class DeafWire(Wire):
    """Sends a request, or only part of it, and hangs up: the server may have done it, the phone will never know."""

    def __init__(self, *, share: float, timeout_s: float = 5) -> None:
        super().__init__(timeout_s=timeout_s)
        self._share = share

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Always `NoAnswer`."""
        parts = urlsplit(url)
        whole = body or b""
        told: dict[str, Any] = {**(headers or {}), "Content-Length": str(len(whole))}
        try:
            connection = self._connect(parts.scheme, parts.netloc)
            connection.request(method, parts.path, body=whole[: int(len(whole) * self._share)], headers=told)
            connection.close()
        except OSError:
            pass
        raise NoAnswer("hung up")


def _complaint(answer: Answer) -> str | None:
    """Why an answer of the API should never have come; None if it's fine."""
    status = answer.status
    if status == 503 and "retry-after" not in answer.headers:
        return "503 without Retry-After"
    if status < 400 or status in EXPECTED or (status, answer.code) in _NOT_NOW:
        return None
    return f"{status} {answer.code}"
