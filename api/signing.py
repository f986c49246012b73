"""What the server puts its name to: JWS in compact form (RFC 7515), EdDSA with Ed25519 (RFC 8037), and the keys.

Ed25519 is deterministic: the same claims under the same key give the same text. Keys that no longer sign stay listed
as long as what they signed is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from api.keyed import from_base64url, to_base64url


def sign(claims: Mapping[str, object], *, typ: str) -> str:
    """These claims, signed by the first key; `typ` says what they are, so that one can't pass for another."""
    kid = next(iter(settings.RECEIPT_KEYS))
    header = to_base64url(orjson.dumps({"alg": "EdDSA", "kid": kid, "typ": typ}))
    signed = f"{header}.{to_base64url(orjson.dumps(claims))}"
    return f"{signed}.{to_base64url(_key(settings.RECEIPT_KEYS[kid]).sign(signed.encode()))}"


def signed_claims(jws: str, *, typ: str) -> dict[str, Any] | None:
    """The claims of a text that one of our keys signed as this `typ`; None for any other text."""
    signed, _, signature = jws.rpartition(".")
    header, _, payload = signed.partition(".")
    try:
        told = orjson.loads(from_base64url(header))
        key = _key(settings.RECEIPT_KEYS[told["kid"]]).public_key()
        key.verify(from_base64url(signature), signed.encode())
        claims: dict[str, Any] = orjson.loads(from_base64url(payload))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None
    return claims if (told.get("alg"), told.get("typ")) == ("EdDSA", typ) else None


def stamp(prefix: str, payload: bytes) -> str:
    """Short text for square codes: `<prefix>.<kid>.<payload>.<signature>`, signed by the first key up to the last dot.

    The prefix says what it is, and holds a character that no JWS has, so that neither can pass for the other.
    """
    kid = next(iter(settings.RECEIPT_KEYS))
    signed = f"{prefix}.{kid}.{to_base64url(payload)}"
    return f"{signed}.{to_base64url(_key(settings.RECEIPT_KEYS[kid]).sign(signed.encode()))}"


def stamped(prefix: str, text: str) -> bytes | None:
    """The payload of a text that one of our keys stamped under this prefix; None for any other text."""
    signed, _, signature = text.rpartition(".")
    named, _, payload = signed.rpartition(".")
    try:
        seed = settings.RECEIPT_KEYS[named.removeprefix(f"{prefix}.")] if named.startswith(prefix) else ""
        _key(seed).public_key().verify(from_base64url(signature), signed.encode())
        return from_base64url(payload)
    except (ValueError, KeyError, InvalidSignature):
        return None


def public_keys() -> dict[str, Any]:
    """The key set (RFC 7517) to check by: `/.well-known/jwks.json`."""
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
