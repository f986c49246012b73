"""Keyed hashes: what must be found again in a table, or derived again, without being stored or guessed."""

import hashlib
import hmac

from django.conf import settings


def keyed_hash(purpose: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the parts, each with its length, under a key of its own a purpose (16 characters at most)."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=purpose.encode()).digest()
    return hmac.digest(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256")
