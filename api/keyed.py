"""Keyed hashes: what must be found again in a table, derived again, or come back unchanged, without being guessed.

What stands in tables can't be hashed anew, so `ANTHON_TABLES_KEY` stays for ever; what callers bring back is known by
any of the keys in `ANTHON_SECRET_KEY`, so that these can be exchanged.
"""

import binascii
import hashlib
import hmac
import os
from collections.abc import Iterator
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from api.problems import Problem

_TAG_BYTES = 16
_NONCE_BYTES = 12
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def keyed_hash(purpose: str, *parts: bytes) -> bytes:
    """What a table keeps or looks up: always the same for the same parts, each of which counts with its length."""
    return hashed_under(settings.TABLES_KEY, purpose, *parts)


def derived(purpose: str, *parts: bytes) -> Iterator[bytes]:
    """What a caller may bring back: derived as it is today, then as it was under each key that is still accepted."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield hashed_under(secret, purpose, *parts)


def hashed_under(secret: str, purpose: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the parts, under a key of its own a purpose (16 characters at most)."""
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(_key(secret, purpose), message, "sha256")


@cache
def _key(secret: str, purpose: str) -> bytes:
    return hashlib.blake2b(secret.encode(), person=purpose.encode()).digest()


def seal(purpose: str, scope: bytes, payload: bytes) -> str:
    """Text to hand out that holds the payload, for all to read, and that comes back unchanged or not at all."""
    return to_base64url(next(derived(purpose, scope, payload))[:_TAG_BYTES] + payload)


def unseal(purpose: str, scope: bytes, text: str) -> bytes:
    """The payload that `seal` was given for the same purpose and scope; Problem `cursor_invalid` for any other text."""
    try:
        raw = from_base64url(text)
    except ValueError:
        raise Problem("cursor_invalid") from None
    tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    if not any(hmac.compare_digest(tag, each[:_TAG_BYTES]) for each in derived(purpose, scope, payload)):
        raise Problem("cursor_invalid")
    return payload


def encrypted(purpose: str, scope: bytes, payload: bytes) -> bytes:
    """What a table keeps and only this server reads (AES-256-GCM): a nonce and the sealed payload, good for this scope.

    Under the tables' key, so that no exchange of keys makes it unreadable.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_key(settings.TABLES_KEY, purpose)[:32]).encrypt(nonce, payload, scope)


def decrypted(purpose: str, scope: bytes, sealed: bytes) -> bytes:
    """The payload that `encrypted` was given for the same purpose and scope; ValueError for anything else."""
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(_key(settings.TABLES_KEY, purpose)[:32]).decrypt(nonce, text, scope)
    except InvalidTag:
        raise ValueError("not sealed by this server for this") from None


def to_base64url(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes that `to_base64url` writes so; ValueError for any other text, a second spelling of them too."""
    raw = binascii.a2b_base64((text + "=" * (-len(text) % 4)).encode("ascii").translate(_FROM_URL), strict_mode=True)
    if to_base64url(raw) != text:
        raise ValueError("not the one spelling of these bytes")
    return raw
