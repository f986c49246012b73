"""The server as the officer's machine asks it: in the officer's own session, over TLS unless it is this machine."""

from __future__ import annotations

import http.client
import json
import ssl
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PATIENCE_S = 30


class ServerError(Exception):
    """What the server said, or that it didn't."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Server:
    """One server, asked as one officer."""

    def __init__(self, address: str, token: str | None = None) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ServerError("the server's address begins with https://")
        self.parts, self.token = parts, token

    def sign_in(self, phone: str, password: str, otp: str = "") -> None:
        """Open a session; raises `ServerError` with code `otp_required` where a one-time code is needed too."""
        device = {"id": str(uuid.uuid4()), "name": "anthon tips", "platform": "web", "app_version": "1.0.0"}
        body = {"phone": phone, "password": password, "device": device} | ({"otp": otp} if otp else {})
        self.token = str(self.ask("POST", "/v1/auth/token", body)["access"])

    def sign_out(self) -> None:
        """End the session."""
        self.ask("POST", "/v1/auth/logout")

    def publish(self, area: str, public_key: str) -> dict[str, Any]:
        """Put a public key into use."""
        return self.ask("POST", "/v1/tip_keys", {"area_id": area, "public_key": public_key})

    def take(self, tip: str, reason: str) -> dict[str, Any]:
        """The sealed source of a tip."""
        return self.ask("POST", f"/v1/tips/{uuid.UUID(tip)}/source", {"reason": reason})

    def put_back(self, tip: str, body: dict[str, Any]) -> None:
        """The source sealed anew."""
        self.ask("PUT", f"/v1/tips/{uuid.UUID(tip)}/source", body)

    def sealed_to(self, key: uuid.UUID) -> Iterator[str]:
        """The tips whose source is sealed to a key, page by page, each once."""
        cursor = ""
        while True:
            query = {"source_key": str(key), "limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = self.ask("GET", f"/v1/tips?{urlencode(query)}")
            yield from [str(tip["id"]) for tip in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer's JSON; a refusal is a `ServerError` in the server's words."""
        headers = {"Accept": "application/json, application/problem+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"no answer from {self.parts.netloc}: {error}") from None
        finally:
            connection.close()
        try:
            told: dict[str, Any] = json.loads(content) if content else {}
        except ValueError:
            raise ServerError(f"{self.parts.netloc} isn't an An Thôn server") from None
        if answer.status >= http.client.BAD_REQUEST:
            raise ServerError(f"{told.get('title', '')}: {told.get('detail', '')}", str(told.get("code", "")))
        return told

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=_PATIENCE_S, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
