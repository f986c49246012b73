"""Signed codes of checkpoints, as squares on paper and on NFC tags: making them, and what one says.

`anthon://c/1.<kid>.<payload>.<signature>`: the payload is the checkpoint's id (16 bytes) and its code's version (2
bytes, big-endian), signed with Ed25519 under a key of `/.well-known/jwks.json`, base64url without padding. A phone
without signal holds it against `FORM`, and the id and version against the checkpoint that it synced; with the key set
that it keeps for receipts it can check the signature too. The server does so anyway.
"""

from __future__ import annotations

import re
import uuid
from functools import lru_cache
from typing import NamedTuple

from api.signing import stamp, stamped

PREFIX = "anthon://c/1"
FORM = re.compile(r"anthon://c/1\.[A-Za-z0-9._-]+\.[A-Za-z0-9_-]{24}\.[A-Za-z0-9_-]{86}", re.ASCII)
LAST_VERSION = 2**16 - 1
_ID_BYTES = 16
_BYTES = _ID_BYTES + 2


class Code(NamedTuple):
    """What a code says."""

    checkpoint_id: str
    version: int


def code_of(checkpoint_id: uuid.UUID, version: int) -> str:
    """The text of a checkpoint's code, the same each time under the same key."""
    return stamp(PREFIX, checkpoint_id.bytes + version.to_bytes(2, "big"))


@lru_cache(4096)
def read_code(text: str) -> Code | None:
    """What a code says; None unless one of our keys signed it. A patrol scans few codes, and a month the same ones."""
    payload = stamped(PREFIX, text) if FORM.fullmatch(text) else None
    if payload is None or len(payload) != _BYTES:
        return None
    return Code(str(uuid.UUID(bytes=payload[:_ID_BYTES])), int.from_bytes(payload[_ID_BYTES:], "big"))
