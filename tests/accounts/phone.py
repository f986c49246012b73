"""A phone that knows nothing but HTTP: how the tests of sessions speak to the server."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from api.ids import uuid7
from tests.cast import PASSWORD, Person
from tests.client import CheckedClient


@dataclass
class Answer:
    """A status, a body and headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return str(self.body.get("code"))


@dataclass
class Phone:
    """One device: signed in or not."""

    device_id: uuid.UUID = field(default_factory=uuid7)
    access: str = ""
    refresh_token: str = ""
    session_id: str = ""
    network: str = "192.0.2.7"

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        extra = {"HTTP_AUTHORIZATION": f"Bearer {self.access}"} if self.access else {}
        response = CheckedClient().generic(
            method,
            path,
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            REMOTE_ADDR=self.network,
            **extra,
            **headers,
        )
        content = json.loads(response.content) if response.content else {}
        return Answer(response.status_code, content, dict(response.headers))

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, body: object = None) -> Answer:
        return self.ask("POST", path, body)

    @property
    def device(self) -> dict[str, str]:
        return {"id": str(self.device_id), "name": "Nokia", "platform": "android", "app_version": "1.0"}

    def sign_in(self, who: Person | str, password: str = PASSWORD) -> Answer:
        number = who if isinstance(who, str) else who.phone
        body = {"phone": number, "password": password, "device": self.device}
        return self._keep(Phone(self.device_id, network=self.network).post("/v1/auth/token", body))

    def activate(self, code: str, password: str = PASSWORD) -> Answer:
        body = {"code": code, "password": password, "device": self.device}
        return self._keep(Phone(self.device_id, network=self.network).post("/v1/auth/activate", body))

    def refresh(self, token: str | None = None) -> Answer:
        """Ask for the next pair; the phone's own tokens stay as they are."""
        body = {"refresh": token or self.refresh_token, "device_id": str(self.device_id)}
        return Phone(self.device_id, network=self.network).post("/v1/auth/refresh", body)

    def turn(self) -> Answer:
        """Refresh and keep the new pair."""
        return self._keep(self.refresh())

    def _keep(self, answer: Answer) -> Answer:
        if answer.status == 200:
            self.access, self.refresh_token = answer.body["access"], answer.body["refresh"]
            self.session_id = answer.body["session_id"]
        return answer
