"""How a story is told: requests to the real server and what it answered, written down by operation."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from api.localtime import now, wire
from tests.client import CheckedClient, operation_of
from tests.contract.evening import MORNING, written_down

_SHOWN_HEADERS = ("ETag", "Location")
Exchange = dict[str, Any]


class Story:
    """Who tells what to the server, and what it answered, by operation."""

    def __init__(self) -> None:
        self.exchanges: dict[str, list[Exchange]] = {}
        # S3 tells when it stored something in whole seconds.
        self._start = now().replace(microsecond=0)
        # All that phones say happened on the evening before the playing.
        self._night = dt.datetime.combine(self._start.date() - dt.timedelta(days=1), dt.time(14, 50), dt.UTC)

    def at(self, minutes: int) -> str:
        """So many minutes after 21:50 of the evening."""
        return wire(self._night + dt.timedelta(minutes=minutes))

    def tell(
        self,
        title: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        file: tuple[str, str, bytes] | None = None,
        expect: int = 200,
    ) -> Any:
        """One request and its answer, written down under its operation.

        `file` is sent as the body: its name, type and bytes. An answer that isn't JSON is told by its name alone.
        """
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        answer = CheckedClient().generic(
            method,
            path,
            file[2] if file else "" if body is None else json.dumps(body),
            file[1] if file else "application/merge-patch+json" if method == "PATCH" else "application/json",
            headers=sent | {"Accept-Language": "en"},
        )
        assert answer.status_code == expect, f"{title}: {answer.status_code} {answer.content.decode()}"
        operation = operation_of(method, path.partition("?")[0])
        assert operation is not None, path
        exchange: Exchange = {"title": title, "method": method, "path": path}
        if headers:
            exchange["headers"] = headers
        if body is not None:
            exchange["body"] = body
        if file:
            exchange["file"] = {"name": file[0], "type": file[1]}
        exchange["status"] = answer.status_code
        shown = {name: answer.headers[name] for name in _SHOWN_HEADERS if name in answer.headers}
        if shown:
            exchange["answer_headers"] = shown
        if name := re.search(r'filename="(.+?)"', answer.headers.get("Content-Disposition", "")):
            exchange["saved"] = re.sub(r"\d{8}-\d{6}", f"{MORNING:%Y%m%d-%H%M%S}", name[1])
        elif answer.content:
            exchange["answer"] = json.loads(answer.content)
        self.exchanges.setdefault(operation["operationId"], []).append(exchange)
        return answer

    def written(self) -> dict[str, list[Exchange]]:
        """All exchanges, with the ids, moments and secrets of the fixed evening."""
        return written_down(self.exchanges, self._night, self._start)
