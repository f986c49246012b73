"""The sealed source of a tip: handed to an officer for a reason that is written down first, and sealed anew by one.

The server can't open it. Officers open it on their own machine (`./anthon tips open`), and bring it back sealed to the
new key when keys are exchanged (`./anthon tips reseal`).
"""

from __future__ import annotations

import hashlib
import uuid

from accounts.events import record
from activities.tips.handling import find
from activities.tips.keys import places_of
from activities.tips.models import Tip, TipKey, TipOpening, TipSource
from activities.tips.receiving import checked_box
from activities.tips.sealing import to_base64
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now
from api.problems import FieldError, Problem
from api.records import Wire


def take_source(*, actor: Actor, tip_id: uuid.UUID, reason: str) -> Wire:
    """The sealed source; who took it and why is committed with it, before the answer goes out. Each time anew.

    Raises Problem `not_found` out of scope, `forbidden` for all but the police, `tip_source_missing`.
    """
    area_id, key_id, source = _find(actor, tip_id)
    assert actor.user_id is not None
    opening = TipOpening(id=uuid7(), tip_id=tip_id, area_id=area_id, user_id=actor.user_id, reason=reason, at=now())
    opening.save(force_insert=True)
    details = {"opening_id": str(opening.id), "key_id": str(key_id)}
    record(Event("tip.source_taken", area_id, "tip", tip_id, details), by=actor)
    return _told(source, key_id, opening.id)


def reseal(*, actor: Actor, tip_id: uuid.UUID, sealed: Wire, replaces: str) -> Wire:
    """Put a source back that an officer sealed to the key in use; brought again, nothing changes.

    `replaces` is SHA-256, in hex, of the box that was opened. Raises Problem `not_found`, `forbidden`, `invalid`,
    `tip_source_missing`, and `tip_source_changed` if another one stands there meanwhile.
    """
    area_id, was, source = _find(actor, tip_id)
    key_id, box = checked_box(sealed, places_of(area_id))
    if bytes(source.sealed) == box and was == key_id:
        return _told(source, key_id, None)
    if hashlib.sha256(bytes(source.sealed)).hexdigest() != replaces:
        raise Problem("tip_source_changed")
    if not TipKey.objects.filter(id=key_id, valid_to=None).exists():
        raise Problem("invalid", errors=[FieldError("/sealed_source/key_id", "tip_key_unknown")])
    source.sealed = box
    source.save(update_fields=["sealed"])
    Tip.objects.filter(id=tip_id).update(source_key_id=key_id)
    details = {"from_key_id": str(was), "to_key_id": str(key_id)}
    record(Event("tip.source_resealed", area_id, "tip", tip_id, details), by=actor)
    return _told(source, key_id, None)


def _find(actor: Actor, tip_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID, TipSource]:
    """The tip's area, its key and its source, held until the transaction ends."""
    area_id = find(actor, tip_id, source_too=True)
    tip = Tip.objects.select_for_update(no_key=True).get(id=tip_id)
    source = TipSource.objects.filter(tip_id=tip_id).first()
    if source is None or tip.source_key_id is None:
        raise Problem("tip_source_missing")
    return area_id, tip.source_key_id, source


def _told(source: TipSource, key_id: uuid.UUID, opening_id: uuid.UUID | None) -> Wire:
    box = to_base64(bytes(source.sealed))
    return {"tip_id": source.tip_id, "opening_id": opening_id, "key_id": key_id, "box": box}
