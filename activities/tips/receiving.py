"""Taking a tip: who sent it is not among what comes in here, so nothing of it can be written.

Rights were checked before, by whoever calls. No counter, lock, job or audit event is written beside the tip, since
each would carry the moment; its event follows with those of the whole hour (`clock.mix`).
"""

from __future__ import annotations

import uuid

import orjson
from django.conf import settings

from activities.tips import challenge, receipts
from activities.tips.keys import keys_in_use, unit_of
from activities.tips.models import Tip, TipKey, TipSource
from activities.tips.sealing import from_base64, is_box, seal_text
from activities.tips.security import act_by_receipt
from activities.tips.times import this_hour
from api.keyed import keyed_hash
from api.problems import FieldError, Problem
from api.records import Wire

_CONTENT = ("area_id", "category", "text", "place", "location", "urgency", "channel")
_DIGITS = 3
"""Of a degree's fraction."""


def receive(tip: Wire) -> tuple[str, bool]:
    """Keep a tip and give its receipt, and whether it is new: the same again gets the same one.

    `tip` is a decoded `TipRequest`, or `PublicTipRequest` with its proof of work. Raises Problem
    `denunciation_refused`, `invalid`, `challenge_invalid`, `tip_key_missing`, `tip_id_taken`.
    """
    if tip["about_official"]:
        raise Problem("denunciation_refused", params={"address": settings.DENUNCIATION_ADDRESS or None})
    tip_id = uuid.UUID(tip["id"])
    _check(tip, tip_id)
    proof = challenge.checked(tip["work"]["challenge"], tip_id, tip["work"]["solution"]) if "work" in tip else None
    code = receipts.code_of(tip_id)
    # Of the source nothing goes in: a hash by which guesses could be tried would be worth the source itself.
    content = keyed_hash("tip-content", orjson.dumps([tip[name] for name in _CONTENT]))
    act_by_receipt(receipts.hash_of(code))
    before = Tip.objects.filter(receipt_hash=receipts.hash_of(code)).values_list("content_hash", flat=True).first()
    if before is not None:
        if bytes(before) != content:
            raise Problem("tip_id_taken")
        return code, False
    if proof is not None:
        challenge.use(proof)
    _keep(tip, tip_id, code, content)
    return code, True


def _check(tip: Wire, tip_id: uuid.UUID) -> None:
    errors = []
    if tip_id.version != 4:
        errors.append(FieldError("/id", "not_uuid4"))
    if tip["source"] is not None and tip["sealed_source"] is not None:
        errors.append(FieldError("/sealed_source", "one_source"))
    if errors:
        raise Problem("invalid", errors=errors)


def _keep(tip: Wire, tip_id: uuid.UUID, code: str, content: bytes) -> None:
    area_id = uuid.UUID(tip["area_id"])
    found = unit_of(area_id)
    if found is None:
        raise Problem("invalid", errors=[FieldError("/area_id", "tip_area_unknown")])
    unit_id, places = found
    source = _sealed(tip, places)
    point = tip["location"] or {}
    Tip(
        id=tip_id,
        area_id=area_id,
        unit_id=unit_id,
        hour=this_hour(),
        category=tip["category"],
        text=tip["text"],
        place=tip["place"],
        location_lon=round(point["lon"], _DIGITS) if point else None,
        location_lat=round(point["lat"], _DIGITS) if point else None,
        urgency=tip["urgency"],
        channel=tip["channel"],
        receipt_hash=receipts.hash_of(code),
        content_hash=content,
        source_key_id=source[0] if source else None,
    ).save(force_insert=True)
    if source is not None:
        TipSource(tip_id=tip_id, area_id=area_id, sealed=source[1]).save(force_insert=True)


def _sealed(tip: Wire, places: list[uuid.UUID]) -> tuple[uuid.UUID, bytes] | None:
    """The source as it may be stored, with its key: sealed by the phone, or here before anything is written."""
    if tip["source"] is not None:
        keys = keys_in_use(places)
        if not keys:
            raise Problem("tip_key_missing")
        return keys[0].id, seal_text(tip["source"], bytes(keys[0].public_key))
    if tip["sealed_source"] is not None:
        return checked_box(tip["sealed_source"], places)
    return None


def checked_box(sealed: Wire, places: list[uuid.UUID]) -> tuple[uuid.UUID, bytes]:
    """A box that a phone or an officer sealed, if it can be one and its key belongs to these places' police.

    A key that was exchanged meanwhile is taken: the phone may have been off line. Raises Problem `invalid`.
    """
    key_id, box = uuid.UUID(sealed["key_id"]), from_base64(sealed["box"])
    if box is None or not is_box(box):
        raise Problem("invalid", errors=[FieldError("/sealed_source/box", "not_sealed")])
    if not TipKey.objects.filter(id=key_id, area_id__in=places).exists():
        raise Problem("invalid", errors=[FieldError("/sealed_source/key_id", "tip_key_unknown")])
    return key_id, box
