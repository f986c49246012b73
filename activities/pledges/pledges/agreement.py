"""The exact text that somebody agreed to, and its hash: anyone can make both anew from the parts of a pledge.

The text is one JSON object in the form of RFC 8785 (sorted keys, no spaces, UTF-8; text, whole numbers, lists and null
alone), `content_hash` its SHA-256 in hex. Test vectors lie in `openapi/pledge-vectors.json`.
"""

from __future__ import annotations

import hashlib
import json

from api.records import Wire

FORMAT = "anthon-pledge-1"


def canonical(value: object) -> str:
    """JSON in the one form of RFC 8785; of numbers it takes whole ones alone, which our shapes see to."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def parts(pledge: Wire, template: Wire) -> Wire:
    """What is agreed to, part by part: the clauses of that edition, who signed, how, before whom and until when."""
    signature = pledge["signature"]
    return {
        "format": FORMAT,
        "pledge_id": pledge["id"],
        "template": {name: template[name] for name in ("id", "edition", "language", "title", "clauses")},
        "signer": {
            "type": pledge["signer_type"],
            "name": pledge["signer_name"],
            "household_id": pledge["signed_household_id"],
        },
        "method": pledge["method"],
        "signature_sha256": sha256(canonical(signature)) if signature else None,
        "scan_media_id": pledge["scan_media_id"],
        "witness_name": pledge["witness_name"],
        "signed_on": pledge["signed_on"],
        "expires_on": pledge["expires_on"],
    }


def agreed_text(pledge: Wire, template: Wire) -> str:
    """The text of a pledge under an edition of a template, both in wire form."""
    return canonical(parts(pledge, template))


def changed_parts(kept: str, stands: str) -> list[str]:
    """The parts in which two such texts differ; all of them if the kept one is no such text."""
    now = json.loads(stands)
    try:
        before = json.loads(kept)
    except ValueError:
        before = None
    if not isinstance(before, dict):
        return sorted(now)
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
