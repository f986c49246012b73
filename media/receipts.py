"""Receipts: the server's signature under "I hold these bytes". `api.signing` has the form and the keys."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import orjson

from api.keyed import from_base64url
from api.localtime import wire
from api.signing import public_keys, sign

__all__ = ["facts_of", "public_keys", "sign_receipt"]


def sign_receipt(*, id: uuid.UUID, sha256: str, size: int, received_at: dt.datetime) -> str:
    """The receipt for these bytes, signed by the first key. `received_at` is when the store took them."""
    claims = {"id": str(id), "sha256": sha256, "size": size, "received_at": wire(received_at)}
    return sign(claims, typ="receipt+jws")


def facts_of(receipt: str) -> dict[str, Any]:
    """What a receipt of our own says; its signature isn't checked here."""
    payload = receipt.split(".")[1]
    facts: dict[str, Any] = orjson.loads(from_base64url(payload))
    return facts
