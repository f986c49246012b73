"""Receipts: whether the server's signature really says that it holds these very bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class UnknownKey(Exception):
    """The receipt names a key that the key set lacks: fetch the set again."""


class BadReceipt(Exception):
    """The receipt is no proof for this photo: keep the photo."""


@dataclass(frozen=True)
class Receipt:
    """What a receipt vouches for."""

    id: str
    sha256: str
    size: int
    received_at: str


def check_receipt(token: str, *, keys: Mapping[str, Any], id: str, sha256: str, size: int) -> Receipt:
    """The receipt in a compact JWS (RFC 7515, EdDSA by RFC 8037), if a key of the set signed it for exactly this file.

    Raises `UnknownKey` or `BadReceipt`. The algorithm is pinned: what the header wishes for counts for nothing.
    """
    try:
        head, payload, signature = token.split(".")
        header, claims = json.loads(_decode(head)), json.loads(_decode(payload))
        algorithm, kid = header["alg"], header["kid"]
        receipt = Receipt(claims["id"], claims["sha256"], claims["size"], claims["received_at"])
        seal = _decode(signature)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadReceipt("not a receipt") from error
    if algorithm != "EdDSA":
        raise BadReceipt(f"signed with {algorithm}")
    key = next((k for k in keys.get("keys", []) if k.get("kid") == kid and k.get("crv") == "Ed25519"), None)
    if key is None:
        raise UnknownKey(kid)
    try:
        Ed25519PublicKey.from_public_bytes(_decode(key["x"])).verify(seal, f"{head}.{payload}".encode())
    except InvalidSignature as error:
        raise BadReceipt("the signature is wrong") from error
    if (receipt.id, receipt.sha256, receipt.size) != (id, sha256, size):
        raise BadReceipt("it is for another file")
    return receipt


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
