"""Reading records, one or a page of them, always within the actor's reach and as JSON text from the database."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from api import replicas
from api.actors import Actor, Held, Statement
from api.fields import Choice, Id
from api.localtime import day_bounds
from api.pagination import decode_cursor, encode_cursor
from api.postgres import ask
from api.problems import Problem
from api.records import RecordType
from api.sync import store
from api.text import fold

WALKED = 2_000
"""So many rows of a table are looked at in its order before areas are asked one by one."""
WALKS = "t.version > 0"
"""True of every record, and said by lists that walk a table alone. An index with this condition is theirs: without it,
the planner would rather read a whole table in its order than an area that has little."""
FEW = 300
"""Of so many areas the state of a page is asked one by one."""
Read = Callable[..., list[tuple[Any, ...]]]
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_one(actor: Actor, kind: RecordType, record_id: uuid.UUID) -> tuple[str, int]:
    """A live record's JSON text and version. Raises `not_found`, `forbidden` or `gone`."""
    reach, params = actor.reach(kind)
    found = ask(
        f"SELECT {kind.shape.select}, t.version FROM {kind.table} t "
        f"WHERE t.id = %s AND t.deleted_at IS NULL AND t.area_id IN ({reach})",
        [record_id, *params],
        as_actor=actor if kind.row_security else None,
    )
    if found:
        text, version = found[0]
        return text, version
    raise missing(actor, kind, record_id)


def one(held: Held, kind: RecordType, record_id: uuid.UUID) -> Statement:
    """The query of `read_one`, for who asks it along with who asks."""
    reaches, params = held.reaches(kind, "t.area_id")
    sql = (
        f"SELECT {kind.shape.select}, t.version FROM {kind.table} t "
        f"WHERE t.id = %s AND t.deleted_at IS NULL AND {reaches}"
    )
    return sql, [record_id, *params]


def missing(actor: Actor, kind: RecordType, record_id: uuid.UUID) -> Problem:
    """Why a record can't be read. Only who has a standing in its area learns more than that it isn't there."""
    entries = store.query(
        "SELECT area_id, deleted FROM stream_entry WHERE record_id = %s AND type = %s AND planted_by IS NULL",
        [record_id, kind.name],
    )
    standings = actor.standing([area_id for area_id, _ in entries])
    for area_id, deleted in entries:
        standing = standings.get(area_id)
        if standing and standing.roles:
            return (
                Problem("gone" if deleted else "forbidden")
                if standing.may_read(kind) or not deleted
                else Problem("forbidden")
            )
    return Problem("not_found")


def filter_names(kind: RecordType) -> dict[str, str]:
    """The type's own filters: parameter → field. A reference is asked for under its noun (`team` for `team_id`)."""
    return {name.removesuffix("_id"): name for name in kind.filters}


@dataclass
class Conditions:
    """WHERE, as it grows."""

    sql: list[str]
    params: list[object]

    def add(self, sql: str, *params: object) -> None:
        """One more condition."""
        self.sql.append(sql)
        self.params.extend(params)


def check_reader(actor: Actor, kind: RecordType) -> None:
    """Problem `forbidden` for who may only count records of this type."""
    if actor.counts(kind) and not actor.reads(kind):
        raise Problem("forbidden")


def state(held: Held, kind: RecordType, query: Mapping[str, str], limit: int) -> Statement:
    """The query for what a first page holds, as one hash of ids and versions; for who asks it along with who asks.

    It asks few areas one by one. Of many it walks the table first, as `page` does, and asks the areas if that shows too
    little. The type is one that is `walked`.
    """
    area = as_uuid("area", query["area"]) if "area" in query else None
    reach, reach_params = held.reach(kind, area)
    sees, sees_params = held.reaches(kind, "t.area_id", area)
    conditions, most = _conditions(kind, query), limit + 1
    shown, order, fits = f"t.id, t.version, t.{kind.order[0]}", _order(kind), " AND ".join(conditions.sql)
    # Each part runs only where it is needed: conditions without a row of the table in them are looked at first.
    sql = (
        f"WITH few AS MATERIALIZED (SELECT r.area_id FROM ({reach}) r(area_id) LIMIT {FEW + 1}), "
        f"walked AS MATERIALIZED (SELECT {shown}, t.area_id FROM {kind.table} t "
        f"WHERE (SELECT count(*) > {FEW} FROM few) AND {WALKS} AND {fits} ORDER BY {order} LIMIT {WALKED}), "
        f"found AS MATERIALIZED (SELECT {shown} FROM walked t WHERE ({sees}) IS TRUE ORDER BY {order} LIMIT %s), "
        f"asked AS MATERIALIZED (SELECT DISTINCT area_id FROM few WHERE (SELECT count(*) <= {FEW} FROM few) "
        f"UNION ALL SELECT DISTINCT r.area_id FROM ({reach}) r(area_id) "
        f"WHERE (SELECT count(*) = {WALKED} FROM walked) AND (SELECT count(*) < %s FROM found)) "
        "SELECT encode(sha256(convert_to(coalesce(string_agg(concat(p.id, ' ', p.version), ',' "
        "ORDER BY p.place, p.id), ''), 'UTF8')), 'hex') FROM ("
        f"SELECT {shown} AS place FROM found t WHERE NOT EXISTS (SELECT FROM asked) UNION ALL ("
        f"SELECT {shown} FROM asked a CROSS JOIN LATERAL ("
        f"SELECT * FROM {kind.table} t WHERE t.area_id = a.area_id AND {fits} "
        f"ORDER BY {order} LIMIT %s) t ORDER BY {order} LIMIT %s)) p"
    )
    walk = [*reach_params, *conditions.params, *sees_params, most]
    return sql, [*walk, *reach_params, most, *conditions.params, most, most]


def page(actor: Actor, kind: RecordType, query: Mapping[str, str], limit: int, *, fresh: bool = False) -> bytes:
    """`{"items": […], "next_cursor"}` as JSON bytes, newest first (areas by name). One query, or two.

    Each area is read from its own index and the tops are merged, so a page costs the same however large the table is.
    Of somebody who sees whole provinces, that would be a look into each of 100,000 areas: there the table is walked in
    its order first, where its type says so, and only if that finds too little the areas are asked. `fresh`: never from
    a replica.
    """
    check_reader(actor, kind)
    read = ask if fresh else replicas.ask
    column, direction = kind.order
    scope = (
        f"{kind.collection}:{actor.user_id}:{sorted((k, v) for k, v in query.items() if k not in ('cursor', 'limit'))}"
    )
    conditions = _conditions(kind, query)
    if "cursor" in query:
        value, last_id = decode_cursor(query["cursor"], scope)
        conditions.add(f"(t.{column}, t.id) {'<' if direction == 'DESC' else '>'} (%s, %s)", value, last_id)
    area = as_uuid("area", query["area"]) if "area" in query else None
    seen = actor.reaches_widely(kind, "t.area_id") if kind.walked and area is None else None
    found = _walked(read, kind, conditions, seen, limit) if seen else None
    if found is None:
        found = _merged(read, actor, kind, conditions, area, limit)
    items = ",".join(row[0] for row in found[:limit])
    last = encode_cursor(list(found[limit - 1][1:]), scope) if len(found) > limit else None
    next_cursor = f'"{last}"' if last else "null"
    return f'{{"items":[{items}],"next_cursor":{next_cursor}}}'.encode()


def _merged(
    read: Read, actor: Actor, kind: RecordType, conditions: Conditions, area: uuid.UUID | None, limit: int
) -> list[Any]:
    """The first rows of all areas that the actor reaches: of each area its own first ones, merged."""
    reach, reach_params = actor.reach(kind, area)
    order = _order(kind)
    sql = (
        f"SELECT {kind.shape.select}, t.{kind.order[0]}::text, t.id::text "
        f"FROM (SELECT DISTINCT r.area_id FROM ({reach}) r(area_id)) a CROSS JOIN LATERAL ("
        f"SELECT * FROM {kind.table} t WHERE t.area_id = a.area_id AND {' AND '.join(conditions.sql)} "
        f"ORDER BY {order} LIMIT %s) t ORDER BY {order} LIMIT %s"
    )
    params = [*reach_params, *conditions.params, limit + 1, limit + 1]
    return list(read(sql, params, as_actor=actor if kind.row_security else None))


def _walked(read: Read, kind: RecordType, conditions: Conditions, seen: Statement, limit: int) -> list[Any] | None:
    """The first rows that are seen among the first `WALKED` that fit; None if there may be more of them behind."""
    order, (sees, sees_params) = _order(kind), seen
    sql = (
        f"WITH walked AS MATERIALIZED (SELECT * FROM {kind.table} t WHERE {WALKS} AND {' AND '.join(conditions.sql)} "
        f"ORDER BY {order} LIMIT %s) "
        f"SELECT f.*, w.count FROM (SELECT count(*) FROM walked) w LEFT JOIN LATERAL ("
        f"SELECT {kind.shape.select} AS told, t.{kind.order[0]}::text AS place, t.id::text AS id "
        f"FROM walked t WHERE {sees} ORDER BY {order} LIMIT %s) f ON true"
    )
    rows = read(sql, [*conditions.params, WALKED, *sees_params, limit + 1])
    found = [row[:3] for row in rows if row[0] is not None]
    return found if len(found) > limit or rows[0][3] < WALKED else None


def _order(kind: RecordType) -> str:
    column, direction = kind.order
    return f"t.{column} {direction}, t.id {direction}"


def _conditions(kind: RecordType, query: Mapping[str, str]) -> Conditions:
    """The filters of a list as SQL."""
    conditions = Conditions(["t.deleted_at IS NULL"], [])
    for name, field_name in filter_names(kind).items():
        if name in query:
            conditions.add(f't."{field_name}" = %s', _value(kind, name, field_name, query[name]))
    since, until = day_bounds(as_day("since", query.get("since")), as_day("until", query.get("until")))
    if since:
        conditions.add(f"t.{kind.dated} >= %s", since)
    if until:
        conditions.add(f"t.{kind.dated} < %s", until)
    if words := query.get("q"):
        pattern = "%" + fold(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.add(
            "(" + " OR ".join(f"t.{column} LIKE %s" for column in kind.search) + ")", *(pattern for _ in kind.search)
        )
    return conditions


def _value(kind: RecordType, name: str, field_name: str, text: str) -> object:
    """A filter's value, of the type that its field has."""
    field = kind.shape.fields[field_name]
    if isinstance(field, Id):
        return as_uuid(name, text)
    try:
        msgspec.convert(text, field.wire, strict=False)
    except msgspec.ValidationError:
        choices = ", ".join(map(str, field.choices)) if isinstance(field, Choice) else None
        raise Problem("parameter_invalid", params={"parameter": name, "choices": choices}) from None
    return text


def as_uuid(name: str, text: str) -> uuid.UUID:
    """The id that a query parameter holds; else Problem `parameter_invalid`."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Problem("parameter_invalid", params={"parameter": name}) from None


def as_day(name: str, text: str | None) -> dt.date | None:
    """The day, `YYYY-MM-DD`, that a query parameter holds, if it is there; else Problem `parameter_invalid`."""
    if text is None:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError("only YYYY-MM-DD")
        day = dt.date.fromisoformat(text)
        # The day before and after are needed too: a local day begins on another UTC day.
        _ = day - dt.timedelta(days=2), day + dt.timedelta(days=2)
    except (ValueError, OverflowError):
        raise Problem("parameter_invalid", params={"parameter": name}) from None
    return day
