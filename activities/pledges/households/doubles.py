"""Households that look like one registered twice, worked out when somebody asks.

Two households of one hamlet that lived there at the same time, and have the same telephone, the same house number with
a householder of much the same name, or, where one has no house number, a householder of the very same name. That they
have the same ID number is said (to who may see those) only of two with the same householder's name or house number:
else a guessed number on a household made up for it would be answered by every household of the hamlet. What more than
`MOST_ALIKE` share (a block's one number, `không rõ`) says nothing of any two.
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

MOST_ALIKE = 50
MOST_PAIRS = 1000
"""Of one hamlet; who has merged these asks again."""
MOST_HAMLETS = 100
"""So many are looked through for a page, which may be empty and not the last."""


class DoubleReason(LabelledEnum):
    """Why two households look like one."""

    HOUSE_NUMBER = "house_number", "Cùng số nhà, tên chủ hộ gần giống", "Same house number, much the same name"
    ID_NUMBER = "id_number", "Cùng số định danh", "Same ID number"
    NAME = "name", "Cùng tên chủ hộ, thiếu số nhà", "Same name, a house number is missing"
    PHONE = "phone", "Cùng số điện thoại", "Same phone"


_MET = """a.id < b.id
  AND coalesce(a.resident_until, 'infinity') > coalesce(b.resident_from, '-infinity')
  AND coalesce(b.resident_until, 'infinity') > coalesce(a.resident_from, '-infinity')"""
# Each key's households are gathered first: joined with themselves, thousands of equal ones would be millions of pairs.
_SHARING = f"""
SELECT a.id AS one, b.id AS other, '{{reason}}' AS reason
FROM (SELECT array_agg(t) AS them FROM household t {{beside}}
      WHERE t.area_id = h.area_id AND t.deleted_at IS NULL AND {{key}} <> '' GROUP BY {{key}}
      HAVING count(*) BETWEEN 2 AND {MOST_ALIKE}) g
  CROSS JOIN LATERAL unnest(g.them) a CROSS JOIN LATERAL unnest(g.them) b
WHERE {_MET} AND {{also}}
"""


def _sharing(reason: DoubleReason, key: str, also: str = "true", beside: str = "") -> str:
    return _SHARING.format(reason=reason.value, key=key, also=also, beside=beside)


_PAIRS = " UNION ALL ".join(
    (
        _sharing(DoubleReason.PHONE, "t.phone"),
        _sharing(
            DoubleReason.HOUSE_NUMBER, "t.house_fold", f"similarity(a.householder_fold, b.householder_fold) >= {ALIKE}"
        ),
        _sharing(DoubleReason.NAME, "t.householder_fold", "(a.house_fold = '' OR b.house_fold = '')"),
        _sharing(
            DoubleReason.ID_NUMBER,
            "i.hash",
            "(a.householder_fold = b.householder_fold OR a.house_fold <> '' AND a.house_fold = b.house_fold)",
            beside="JOIN household_id_number i ON i.household_id = t.id",
        ),
    )
)
# So many hamlets a page, then on from the next: a province without doubles would be looked through whole.
_DOUBLES = f"""
WITH walked AS MATERIALIZED (
  SELECT DISTINCT r.area_id FROM ({{reach}}) r(area_id) WHERE r.area_id >= %s ORDER BY r.area_id
  LIMIT {MOST_HAMLETS} + 1)
SELECT w.next::text, f.* FROM (
    SELECT CASE WHEN count(*) > {MOST_HAMLETS} THEN (array_agg(area_id ORDER BY area_id DESC))[1] END AS next
    FROM walked) w
  LEFT JOIN LATERAL (
    SELECT h.area_id::text, p.one::text, p.other::text, p.reasons, {{one}}, {{other}}
    FROM (SELECT * FROM walked ORDER BY area_id LIMIT {MOST_HAMLETS}) h CROSS JOIN LATERAL (
      SELECT s.one, s.other, array_agg(DISTINCT s.reason ORDER BY s.reason) AS reasons FROM ({{pairs}}) s
      GROUP BY s.one, s.other ORDER BY s.one, s.other LIMIT {MOST_PAIRS}) p
    WHERE (h.area_id, p.one, p.other) > (%s, %s, %s) ORDER BY h.area_id, p.one, p.other LIMIT %s) f ON true
"""
_FIRST = [str(uuid.UUID(int=0))] * 3


def doubles_page(
    *, actor: Actor, area_id: uuid.UUID | None, limit: int, cursor: str | None
) -> tuple[dict[str, Any], list[uuid.UUID]]:
    """A page of pairs within an area (all that is seen, if none), hamlet by hamlet, and whose it shows: one query.

    Only a page without `next_cursor` is the last, also if it is empty.

    Raises Problem `forbidden` for who only counts.
    """
    if actor.counts(HOUSEHOLD) and not actor.reads(HOUSEHOLD):
        raise Problem("forbidden")
    scope = f"doubles:{actor.user_id}:{area_id}"
    after = decode_cursor(cursor, scope) if cursor else _FIRST
    reach, params = actor.reach(HOUSEHOLD, area_id)
    sql = _DOUBLES.format(reach=reach, pairs=_PAIRS, one=_whole("one"), other=_whole("other"))
    found = ask(sql, [*params, after[0], *after, limit + 1], as_actor=actor)
    rows = [row[1:] for row in found if row[1] is not None]
    following = [found[0][0], *_FIRST[1:]] if found[0][0] else None
    last = rows[limit - 1][:3] if len(rows) > limit else following
    items = [
        {"area_id": area, "reasons": reasons, "households": [orjson.Fragment(one), orjson.Fragment(other)]}
        for area, _, _, reasons, one, other in rows[:limit]
    ]
    page = {"items": items, "next_cursor": encode_cursor(list(last), scope) if last else None}
    return page, sorted({uuid.UUID(each) for row in rows[:limit] for each in row[1:3]})


def _whole(name: str) -> str:
    return f"(SELECT {HOUSEHOLD.shape.select} FROM household t WHERE t.id = p.{name})"
