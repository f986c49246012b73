"""Receipts: the server's signature under "I hold these bytes", and the keys to check it by.

A receipt is a JWS in compact form (RFC 7515), EdDSA with Ed25519 (RFC 8037). Ed25519 is deterministic: the same facts
under the same key give the same receipt. Keys that no longer sign stay listed as long as receipts of theirs are about.
"""

from __future__ import annotations

import datetime as dt
import uuid
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from api.keyed import from_base64url, to_base64url
from api.localtime import wire


def sign_receipt(*, id: uuid.UUID, sha256: str, size: int, received_at: dt.datetime) -> str:
    """The receipt for these bytes, signed by the first key. `received_at` is when the store took them."""
    kid = next(iter(settings.RECEIPT_KEYS))
    header = to_base64url(orjson.dumps({"alg": "EdDSA", "kid": kid, "typ": "receipt+jws"}))
    claims = {"id": str(id), "sha256": sha256, "size": size, "received_at": wire(received_at)}
    signed = f"{header}.{to_base64url(orjson.dumps(claims))}"
    return f"{signed}.{to_base64url(_key(settings.RECEIPT_KEYS[kid]).sign(signed.encode()))}"


def facts_of(receipt: str) -> dict[str, Any]:
    """What a receipt of our own says; its signature isn't checked here."""
    payload = receipt.split(".")[1]
    facts: dict[str, Any] = orjson.loads(from_base64url(payload))
    return facts


def public_keys() -> dict[str, Any]:
    """The key set (RFC 7517) that receipts are checked by: `/.well-known/jwks.json`."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": kid,
                "x": to_base64url(_key(seed).public_key().public_bytes_raw()),
            }
            for kid, seed in settings.RECEIPT_KEYS.items()
        ]
    }


@cache
def _key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(from_base64url(seed))
