"""Whether a stored pledge is what was signed: its text is made anew from its parts, and held against its hash.

What may change after the signature (status, withdrawal, household) isn't in that text. All of a pledge is held against
its newest version besides, which lies in a table that the serving role adds to and can't alter.
"""

from __future__ import annotations

import json
import uuid

import orjson

from accounts.rights import require_in
from accounts.scoping import SystemActor
from activities.pledges.models.pledges import AGREED, VerificationState
from activities.pledges.pledges.agreement import agreed_text, changed_parts, sha256
from activities.pledges.pledges.registration import PLEDGE, PLEDGE_TEMPLATE
from api.actors import Actor
from api.listing import missing
from api.localtime import local_day, now
from api.postgres import ask
from api.problems import Problem
from api.records import Wire

# A deleted template still says what was agreed to.
_PARTS = f"""
SELECT (SELECT {PLEDGE.shape.select})::text, p.agreed_text,
  (SELECT {PLEDGE_TEMPLATE.shape.select} FROM pledge_template t WHERE t.id = p.template_id)::text,
  coalesce((SELECT m.merged_into_id FROM household m WHERE m.id = p.signed_household_id), p.signed_household_id)::text,
  (SELECT r.data::text FROM revision r WHERE r.record_id = p.id AND r.type = 'pledge' AND r.version = p.version
     AND r.status = 'applied' AND r.op <> 'delete')
FROM pledge p CROSS JOIN LATERAL (SELECT p.*) t WHERE p.id = %s AND p.deleted_at IS NULL
"""


def verify(*, pledge_id: uuid.UUID, printed_hash: str | None = None) -> Wire:
    """What anyone who holds a signed sheet may know: whether it stands as it was signed, and holds today.

    Nothing of who signed is in it. Raises Problem `not_found` for what isn't there or was never signed.
    """
    found = _examined(SystemActor(reason="pledge verified"), pledge_id, printed_hash)
    if found is None or found["status"] not in AGREED:
        raise Problem("not_found")
    hidden = ("changed", "computed_hash", "agreed_text", "status", "area_id")
    return {name: value for name, value in found.items() if name not in hidden}


def examine(*, actor: Actor, pledge_id: uuid.UUID) -> Wire:
    """The same for those who read pledges there: which parts changed, and the text that was agreed to.

    Raises Problem `not_found` out of scope, `forbidden`, `gone`, and `pledge_not_signed`.
    """
    found = _examined(actor, pledge_id, None)
    if found is None:
        raise missing(actor, PLEDGE, pledge_id)
    require_in(actor, uuid.UUID(found["area_id"]), PLEDGE.access.read)
    if found["status"] not in AGREED:
        raise Problem("pledge_not_signed")
    return {name: value for name, value in found.items() if name not in ("status", "area_id")}


def _examined(actor: Actor, pledge_id: uuid.UUID, printed_hash: str | None) -> Wire | None:
    rows = ask(_PARTS, [pledge_id], as_actor=actor)
    if not rows:
        return None
    [(text, kept, template_text, stands_for, version)] = rows
    pledge = orjson.loads(text)
    stands = agreed_text(pledge, orjson.loads(template_text)) if template_text else None
    return examined(pledge, kept, stands, stands_for, orjson.loads(version or "{}")) | {
        "hash_matches": printed_hash == pledge["content_hash"] if printed_hash else None
    }


def examined(pledge: Wire, kept: str | None, stands: str | None, stands_for: str | None, version: Wire) -> Wire:
    """What follows from a pledge in wire form, its kept text, that of its parts, the household that it belongs to, and
    its newest version."""
    computed = sha256(stands) if stands else None
    changed = {name for name, value in pledge.items() if version.get(name) != value}
    if pledge["content_hash"] is not None:
        changed |= _altered(pledge, kept, stands)
        if pledge["household_id"] != stands_for and pledge["household_id"] != pledge["signed_household_id"]:
            changed.add("household_id")
    state = VerificationState.CHANGED if changed else VerificationState.INTACT
    if pledge["content_hash"] is None and not changed:
        state = VerificationState.WAITING
    today = local_day(now()).isoformat()
    until, withdrawn = pledge["expires_on"], pledge["withdrawn_on"]
    holds = pledge["signed_on"] and pledge["signed_on"] <= today and (until or today) >= today
    return {
        "pledge_id": pledge["id"],
        "area_id": pledge["area_id"],
        "status": pledge["status"],
        "state": state.value,
        "valid": bool(holds and state == VerificationState.INTACT and not (withdrawn and withdrawn <= today)),
        "content_hash": pledge["content_hash"],
        "template_title": json.loads(stands)["template"]["title"] if stands else None,
        "signed_on": pledge["signed_on"],
        "expires_on": until,
        "withdrawn_on": withdrawn,
        "changed": sorted(changed),
        "computed_hash": computed,
        "agreed_text": kept,
    }


def _altered(pledge: Wire, kept: str | None, stands: str | None) -> set[str]:
    """What doesn't fit together of a pledge's hash, the text that was hashed, and its parts."""
    found = set(changed_parts(kept, stands) if kept and stands else ())
    if not found and (not stands or sha256(stands) != pledge["content_hash"]):
        found.add("content_hash")
    if kept is None or sha256(kept) != pledge["content_hash"]:
        found.add("agreed_text")
    return found
