"""Signatures of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, time of the attempt, and body."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def headers(*, secret: str, message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers by which a receiver knows who sends, what, and when."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
