"""The police's public keys: published by an officer of the area, fetched by anyone, one in use for each area at a time.

The private half never comes here. A house could name a key of its own, so a key's id, which follows from the key, is
what the police post on paper, and what phones remember.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import connection

from accounts.events import record
from accounts.rights import require_in
from activities.tips.models import TipKey
from activities.tips.sealing import KEY_BYTES, from_base64, key_id, seals, to_base64
from activities.tips.security import POLICE
from api.actors import Actor, Event
from api.localtime import now
from api.postgres import ask
from api.problems import FieldError, Problem
from api.records import Wire

# The area itself and all above it, the nearest first; an area that ended hangs below what took its place.
_CHAIN = """
SELECT a.id, a.level FROM (
  SELECT up.area_id, max(length(up.path)) AS depth FROM area_placement p
    JOIN area_placement up ON up.valid_to IS NULL
      AND up.path = ANY(ARRAY(SELECT left(p.path, n) FROM generate_series(13, length(p.path), 13) n))
  WHERE p.area_id = %s AND p.valid_to IS NULL GROUP BY up.area_id) above
  JOIN area a ON a.id = above.area_id ORDER BY above.depth DESC
"""
_LEVELS = frozenset({"hamlet", "commune"})


def places_of(area_id: uuid.UUID) -> list[uuid.UUID]:
    """A hamlet or commune and what lies above it, the nearest first; nothing for any other area, or none."""
    chain = ask(_CHAIN, [area_id])
    return [place for place, _ in chain] if chain and chain[0][1] in _LEVELS else []


def unit_of(area_id: uuid.UUID) -> tuple[uuid.UUID, list[uuid.UUID]] | None:
    """The commune whose police look after an area, and the area's places; None if there is no such area."""
    chain = ask(_CHAIN, [area_id])
    if not chain or chain[0][1] not in _LEVELS:
        return None
    commune = next((place for place, level in chain if level == "commune"), None)
    return (commune, [place for place, _ in chain]) if commune else None


def keys_in_use(places: Sequence[uuid.UUID]) -> list[TipKey]:
    """The keys to seal to, that of the nearest area first."""
    found = TipKey.objects.filter(area_id__in=places, valid_to=None)
    return sorted(found, key=lambda key: (places.index(key.area_id), -key.valid_from.timestamp()))


def publish_key(*, actor: Actor, area_id: uuid.UUID, public_key: str) -> TipKey:
    """Put a key into use for an area, in place of the one before; the same again changes nothing.

    Raises Problem `not_found` and `forbidden` for all but the area's police, `invalid`, `tip_key_taken`.
    """
    require_in(actor, area_id, POLICE)
    raw = from_base64(public_key)
    if raw is None or len(raw) != KEY_BYTES or not seals(raw):
        raise Problem("invalid", errors=[FieldError("/public_key", "not_a_key")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tip_key {area_id}"])
    known = TipKey.objects.filter(id=key_id(raw)).first()
    if known is not None:
        if known.area_id != area_id or known.valid_to is not None:
            raise Problem("tip_key_taken")
        return known
    moment = now()
    TipKey.objects.filter(area_id=area_id, valid_to=None).update(valid_to=moment)
    made = TipKey(id=key_id(raw), area_id=area_id, public_key=raw, valid_from=moment)
    made.save(force_insert=True)
    record(Event("tip_key.published", area_id, "tip_key", made.id), by=actor)
    return made


def end_key(*, actor: Actor, key: uuid.UUID) -> TipKey:
    """Take a key out of use, as when its machine was lost; ended already, nothing changes.

    Raises Problem `not_found` and `forbidden` for all but the area's police.
    """
    found = TipKey.objects.select_for_update().filter(id=key).first()
    if found is None:
        raise Problem("not_found")
    require_in(actor, found.area_id, POLICE)
    if found.valid_to is None:
        found.valid_to = now()
        found.save(update_fields=["valid_to"])
        record(Event("tip_key.ended", found.area_id, "tip_key", found.id), by=actor)
    return found


def told(key: TipKey) -> Wire:
    """A key on the wire."""
    return {
        "id": key.id,
        "area_id": key.area_id,
        "public_key": to_base64(bytes(key.public_key)),
        "valid_from": key.valid_from,
        "valid_to": key.valid_to,
    }
