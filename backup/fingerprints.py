"""Which secrets belong to a backup: told by fingerprints, since the secrets themselves are never in it.

Without the same `ANTHON_TABLES_KEY` mutations sent again look like other ones, and activation codes aren't found again;
without the same `ANTHON_SECRET_KEY` among those that are accepted every cursor is void; without the same
`ANTHON_RECEIPT_KEYS` receipts on phones can't be checked any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from api.keyed import hashed_under
from media.receipts import public_keys


def fingerprints() -> dict[str, Any]:
    """Of this installation: those of the secret keys, each keyed by itself, and of the receipts' public keys."""
    receipts = {key["kid"]: hashlib.sha256(key["x"].encode()).hexdigest()[:16] for key in public_keys()["keys"]}
    return {
        "secret_key": _fingerprint(settings.SECRET_KEY),
        "tables_key": _fingerprint(settings.TABLES_KEY),
        "receipt_keys": receipts,
    }


def _fingerprint(secret: str) -> str:
    return hashed_under(secret, "fingerprint").hex()[:16]


def differences(kept: Mapping[str, Any]) -> Iterator[str]:
    """What follows from each secret that isn't the one that the backup was made under."""
    ours = fingerprints()
    if kept["secret_key"] not in map(_fingerprint, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)):
        yield (
            "ANTHON_SECRET_KEY is another one: every phone loads everything anew, and those whose refresh was cut off "
            "sign in again"
        )
    # Before there was a key of its own, the other one stood for it.
    if ours["tables_key"] != kept.get("tables_key", kept["secret_key"]):
        yield (
            "ANTHON_TABLES_KEY is another one: every phone is named by another pseudonym, activation codes are void, "
            "and a mutation that is sent again is refused"
        )
    for kid, fingerprint in kept["receipt_keys"].items():
        if ours["receipt_keys"].get(kid) != fingerprint:
            state = "is another one" if kid in ours["receipt_keys"] else "is missing"
            yield f"the receipt key {kid} {state} in ANTHON_RECEIPT_KEYS: receipts under it can't be checked any more"
