"""Digest: does the phone hold what the server holds? Compared by area and type without sending a record."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from api.actors import Actor
from api.sync import store
from api.sync.cursor import Cursor, fingerprint
from api.sync.epoch import current_epoch

EMPTY = {"count": 0, "digest": hashlib.sha256(b"").hexdigest()}

_DIGESTS = """
SELECT e.area_id, e.type, count(*),
       encode(sha256(convert_to(string_agg(e.record_id::text || ' ' || e.version || E'\\n', '' ORDER BY e.record_id),
       'UTF8')), 'hex')
FROM stream_entry e WHERE e.area_id = ANY(%s::uuid[]) AND NOT e.deleted GROUP BY e.area_id, e.type
"""


def compare(actor: Actor, *, cursor: str | None, areas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Which types of which areas differ, which areas the phone is behind in, and a cursor that starts anew in what
    differs.

    Areas that the actor doesn't see are passed over; a type that isn't named counts as empty.
    """
    place_of = Cursor.decode(cursor, actor.user_id) if cursor else Cursor()
    epoch = current_epoch()
    views = {view.area_id: view for view in actor.streams()}
    asked = {uuid.UUID(area_id): types for area_id, types in areas.items() if uuid.UUID(area_id) in views}
    held: dict[uuid.UUID, dict[str, dict[str, Any]]] = {}
    for area_id, kind, count, digest in store.query(_DIGESTS, [list(asked)]):
        held.setdefault(area_id, {})[kind] = {"count": count, "digest": digest}
    differ: dict[str, list[str]] = {}
    behind: list[str] = []
    for area_id, claimed in asked.items():
        view = views[area_id]
        place = place_of.places.get(view.no)
        if place is None or place.position < view.head or place.view != fingerprint(view, epoch):
            behind.append(str(area_id))
            continue
        here = held.get(area_id, {})
        wrong = [kind for kind in sorted(view.types) if claimed.get(kind, EMPTY) != here.get(kind, EMPTY)]
        if wrong:
            differ[str(area_id)] = wrong
            # No view has fingerprint 0, so the next pull resets this area.
            place_of.places[view.no] = place._replace(view=0)
    return {"differ": differ, "behind": behind, "cursor": place_of.encode(actor.user_id)}
