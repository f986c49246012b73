"""Sealing what was said of a source to the police's public key: libsodium's sealed boxes, of one size for all.

The text is filled up to a multiple of 512 bytes (`sodium_pad`), so that its length tells nothing. What was sealed here,
nothing here opens: a sealed box is made with a key pair of its own, which is forgotten.
"""

from __future__ import annotations

import binascii
import hashlib
import uuid

from nacl.bindings import crypto_box_SEALBYTES as OVERHEAD
from nacl.bindings import sodium_pad
from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox

BLOCK = 512
KEY_BYTES = 32
MOST_BLOCKS = 17


def seal_text(text: str, public_key: bytes) -> bytes:
    """The text in a box for whoever holds the private half of this key."""
    return SealedBox(PublicKey(public_key)).encrypt(sodium_pad(text.encode(), BLOCK))


def seals(public_key: bytes) -> bool:
    """Whether these bytes are a key to seal to: to some points of the curve nothing can be sealed."""
    try:
        seal_text("", public_key)
    except CryptoError:
        return False
    return True


def key_id(public_key: bytes) -> uuid.UUID:
    """What a key is called: the first half of its SHA-256 as a UUID, which people can compare."""
    return uuid.UUID(bytes=hashlib.sha256(public_key).digest()[:16])


def is_box(sealed: bytes) -> bool:
    """Whether these bytes are as long as a sealed box over filled-up text."""
    blocks, rest = divmod(len(sealed) - OVERHEAD, BLOCK)
    return rest == 0 and 0 < blocks <= MOST_BLOCKS


def from_base64(text: str) -> bytes | None:
    """The bytes of a base64 text (RFC 4648 §4), None if it is none."""
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None


def to_base64(raw: bytes) -> str:
    """Base64 with padding."""
    return binascii.b2a_base64(raw, newline=False).decode()
