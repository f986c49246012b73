"""The private key in its file: encrypted under a passphrase (Argon2id, XSalsa20-Poly1305), never sent anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl import pwhash, utils
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.secret import SecretBox

SHORTEST_PASSPHRASE = 12
_KDF = pwhash.argon2id


class KeyFileError(Exception):
    """The file or its passphrase won't do; the text says what to do."""


@dataclass(frozen=True)
class PublicHalf:
    """What everybody may know of a key: `id` is the first half of the SHA-256 of the key."""

    id: uuid.UUID
    key: bytes

    @property
    def text(self) -> str:
        """As the server takes it."""
        return base64.b64encode(self.key).decode()


def public_half(key: bytes) -> PublicHalf:
    """A public key with the name that follows from it."""
    return PublicHalf(uuid.UUID(bytes=hashlib.sha256(key).digest()[:16]), key)


def make(file: Path, passphrase: str) -> PublicHalf:
    """A new key pair in a new file that its owner alone can read."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise KeyFileError(f"a passphrase needs at least {SHORTEST_PASSPHRASE} characters; take several words")
    pair = PrivateKey.generate()
    salt = utils.random(_KDF.SALTBYTES)
    kept = {
        "version": 1,
        "public_key": base64.b64encode(bytes(pair.public_key)).decode(),
        "kdf": "argon2id",
        "opslimit": _KDF.OPSLIMIT_MODERATE,
        "memlimit": _KDF.MEMLIMIT_MODERATE,
        "salt": base64.b64encode(salt).decode(),
    }
    box = _lock(passphrase, kept).encrypt(bytes(pair))
    kept["box"] = base64.b64encode(box).decode()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{file} is there already; a key is never overwritten: choose another name") from None
    with os.fdopen(descriptor, "w") as output:
        json.dump(kept, output, indent=1)
        output.flush()
        os.fsync(output.fileno())
    return public_half(bytes(pair.public_key))


def read_public(file: Path) -> PublicHalf:
    """The public half, for which no passphrase is needed."""
    return public_half(base64.b64decode(_read(file)["public_key"]))


def unlock(file: Path, passphrase: str) -> PrivateKey:
    """The private key."""
    kept = _read(file)
    try:
        return PrivateKey(_lock(passphrase, kept).decrypt(base64.b64decode(kept["box"])))
    except CryptoError:
        raise KeyFileError(f"this isn't the passphrase of {file}") from None


def _lock(passphrase: str, kept: dict[str, Any]) -> SecretBox:
    key = _KDF.kdf(
        SecretBox.KEY_SIZE,
        passphrase.encode(),
        base64.b64decode(kept["salt"]),
        opslimit=kept["opslimit"],
        memlimit=kept["memlimit"],
    )
    return SecretBox(key)


def _read(file: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError):
        raise KeyFileError(f"{file} is no key file; ./anthon tips keygen makes one") from None
    if kept.get("version") != 1 or kept.get("kdf") != "argon2id":
        raise KeyFileError(f"{file} was made by another version of this program")
    return kept
