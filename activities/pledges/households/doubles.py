"""Households that look like one registered twice, worked out when somebody asks.

Two households of one hamlet that lived there at the same time, and have the same telephone, the same ID number (told
only to who may see those), the same house number with a householder of much the same name, or, where one has no house
number, a householder of the very same name.
"""

from __future__ import annotations

import uuid
from typing import Any

import orjson

from activities.pledges.households.registration import HOUSEHOLD
from api.actors import Actor
from api.enums import LabelledEnum
from api.pagination import decode_cursor, encode_cursor
from api.postgres import ask
from api.problems import Problem

ALIKE = 0.45
"""How much of the three-letter pieces of two names must be shared: `tran van hai` and `tran hai` share 0.5."""


class DoubleReason(LabelledEnum):
    """Why two households look like one."""

    HOUSE_NUMBER = "house_number", "Cùng số nhà, tên chủ hộ gần giống", "Same house number, much the same name"
    ID_NUMBER = "id_number", "Cùng số định danh", "Same ID number"
    NAME = "name", "Cùng tên chủ hộ, thiếu số nhà", "Same name, a house number is missing"
    PHONE = "phone", "Cùng số điện thoại", "Same phone"


_MET = """a.deleted_at IS NULL AND b.deleted_at IS NULL AND a.id < b.id
  AND coalesce(a.resident_until, 'infinity') > coalesce(b.resident_from, '-infinity')
  AND coalesce(b.resident_until, 'infinity') > coalesce(a.resident_from, '-infinity')"""
_PAIRS = f"""
SELECT a.id AS one, b.id AS other, 'house_number' AS reason
FROM household a JOIN household b ON b.area_id = a.area_id AND b.house_fold = a.house_fold
WHERE a.area_id = h.area_id AND a.house_fold <> '' AND {_MET}
  AND similarity(a.householder_fold, b.householder_fold) >= {ALIKE}
UNION ALL
SELECT a.id, b.id, 'phone' FROM household a JOIN household b ON b.area_id = a.area_id AND b.phone = a.phone
WHERE a.area_id = h.area_id AND {_MET}
UNION ALL
SELECT a.id, b.id, 'name'
FROM household a JOIN household b ON b.area_id = a.area_id AND b.householder_fold = a.householder_fold
WHERE a.area_id = h.area_id AND (a.house_fold = '' OR b.house_fold = '') AND {_MET}
UNION ALL
SELECT a.id, b.id, 'id_number'
FROM household_id_number i JOIN household_id_number j ON j.area_id = i.area_id AND j.hash = i.hash
  JOIN household a ON a.id = i.household_id JOIN household b ON b.id = j.household_id
WHERE i.area_id = h.area_id AND {_MET}
"""
_DOUBLES = """
SELECT h.area_id::text, p.one::text, p.other::text, p.reasons, {one}, {other}
FROM (SELECT DISTINCT r.area_id FROM ({reach}) r(area_id) WHERE r.area_id >= %s ORDER BY r.area_id) h
  CROSS JOIN LATERAL (
    SELECT s.one, s.other, array_agg(DISTINCT s.reason ORDER BY s.reason) AS reasons FROM ({pairs}) s
    GROUP BY s.one, s.other) p
WHERE (h.area_id, p.one, p.other) > (%s, %s, %s) ORDER BY h.area_id, p.one, p.other LIMIT %s
"""
_FIRST = [str(uuid.UUID(int=0))] * 3


def doubles_page(
    *, actor: Actor, area_id: uuid.UUID | None, limit: int, cursor: str | None
) -> tuple[dict[str, Any], list[uuid.UUID]]:
    """A page of pairs within an area (all that is seen, if none), hamlet by hamlet, and whose it shows: one query.

    Raises Problem `forbidden` for who only counts.
    """
    if actor.counts(HOUSEHOLD) and not actor.reads(HOUSEHOLD):
        raise Problem("forbidden")
    scope = f"doubles:{actor.user_id}:{area_id}"
    after = decode_cursor(cursor, scope) if cursor else _FIRST
    reach, params = actor.reach(HOUSEHOLD, area_id)
    sql = _DOUBLES.format(reach=reach, pairs=_PAIRS, one=_whole("one"), other=_whole("other"))
    rows = ask(sql, [*params, after[0], *after, limit + 1], as_actor=actor)
    last = rows[limit - 1][:3] if len(rows) > limit else None
    items = [
        {"area_id": area, "reasons": reasons, "households": [orjson.Fragment(one), orjson.Fragment(other)]}
        for area, _, _, reasons, one, other in rows[:limit]
    ]
    page = {"items": items, "next_cursor": encode_cursor(list(last), scope) if last else None}
    return page, sorted({uuid.UUID(each) for row in rows[:limit] for each in row[1:3]})


def _whole(name: str) -> str:
    return f"(SELECT {HOUSEHOLD.shape.select} FROM household t WHERE t.id = p.{name})"
