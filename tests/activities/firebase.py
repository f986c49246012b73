"""Google's two services on loopback, for tests that ring phones: a real HTTP receiver that checks what it is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cast import Person
from tests.client import signed_in
from tests.receiver import Received, Receiver, Reply

SEND = "/v1/projects/an-thon/messages:send"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Firebase:
    """Google's two services on loopback: it exchanges a signed assertion for a token, and takes messages with it."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver, self.refusals, self.tokens = receiver, {}, 0
        receiver.answer = self.answer

    def answer(self, request: Received) -> Reply:
        if request.path == "/token":
            assertion = parse_qs(request.body.decode())["assertion"][0]
            claims = jwt.decode(
                assertion, KEY.public_key(), algorithms=["RS256"], audience=f"{self.receiver.url}/token"
            )
            assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
            assert 0 < claims["exp"] - claims["iat"] <= 3600
            assert jwt.get_unverified_header(assertion)["kid"] == "key-1"
            self.tokens += 1
            return 200, {}, json.dumps({"access_token": f"ya29.{self.tokens}", "expires_in": 3599}).encode()
        if request.headers["authorization"] != f"Bearer ya29.{self.tokens}":
            return 401, {}, b'{"error": {"status": "UNAUTHENTICATED"}}'
        status, headers, error = self.refusals.get(json.loads(request.body)["message"]["token"], (200, {}, None))
        body = {"error": {"status": "X", "details": [{"errorCode": error}]}} if error else {"name": "projects/1"}
        return status, headers, json.dumps(body).encode()

    def rung(self) -> list[str]:
        return sorted(json.loads(each.body)["message"]["token"] for each in self.receiver.at(SEND))

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(each.body)["message"] for each in self.receiver.at(SEND)]


def account_file(folder: Path, receiver: Receiver) -> Path:
    """The file of a service account whose tokens this receiver gives."""
    secret = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "project_id": "an-thon", "client_email": "push@an-thon.iam", "private_key_id": "key-1",
        "private_key": secret.decode(), "token_uri": f"{receiver.url}/token",
    }  # fmt: skip
    file = folder / "account.json"
    file.write_text(json.dumps(account))
    return file


def rings(*people: Person) -> None:
    """Their apps name an address, called as they are."""
    for who in people:
        answer = signed_in(who).put("/v1/auth/push_token", {"token": who.key}, content_type="application/json")
        assert answer.status_code == 204
