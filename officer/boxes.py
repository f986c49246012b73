"""Sealed sources: opened with the private key, sealed to another public one.

The format is the server's and the phones': a libsodium sealed box over UTF-8 text that `sodium_pad` filled up to a
multiple of 512 bytes.
"""

from __future__ import annotations

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

BLOCK = 512


class BoxError(Exception):
    """The box isn't for this key, or was damaged."""


def open_box(box: bytes, key: PrivateKey) -> str:
    """The text in a box."""
    try:
        return sodium_unpad(SealedBox(key).decrypt(box), BLOCK).decode()
    except (CryptoError, ValueError):
        raise BoxError("this source was sealed to another key, or damaged on the way") from None


def seal(text: str, public_key: bytes) -> bytes:
    """A box for whoever holds the private half."""
    return SealedBox(PublicKey(public_key)).encrypt(sodium_pad(text.encode(), BLOCK))
