"""Which secrets belong to a backup: told by fingerprints, since the secrets themselves are never in it.

Without the same `ANTHON_SECRET_KEY` every cursor is void, mutations sent again look like other ones, and activation
codes aren't found again. Without the same `ANTHON_RECEIPT_KEYS` receipts on phones can't be checked any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from api.keyed import keyed_hash
from media.receipts import public_keys


def fingerprints() -> dict[str, Any]:
    """Of this installation: the secret key's, keyed by itself, and those of the receipts' public keys."""
    receipts = {key["kid"]: hashlib.sha256(key["x"].encode()).hexdigest()[:16] for key in public_keys()["keys"]}
    return {"secret_key": keyed_hash("fingerprint").hex()[:16], "receipt_keys": receipts}


def differences(kept: Mapping[str, Any]) -> Iterator[str]:
    """What follows from each secret that isn't the one that the backup was made under."""
    ours = fingerprints()
    if ours["secret_key"] != kept["secret_key"]:
        yield (
            "ANTHON_SECRET_KEY is another one: every phone loads everything anew and is named by another pseudonym, "
            "activation codes are void, and a mutation that is sent again is refused"
        )
    for kid, fingerprint in kept["receipt_keys"].items():
        if ours["receipt_keys"].get(kid) != fingerprint:
            state = "is another one" if kid in ours["receipt_keys"] else "is missing"
            yield f"the receipt key {kid} {state} in ANTHON_RECEIPT_KEYS: receipts under it can't be checked any more"
