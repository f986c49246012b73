"""Reading the audit trail: who may see which events, a page of them, and as many as an export wants.

An event belongs to the area that it names. Admins see those of their areas, police officers in theirs only the looks
that were registered for them (`register_events(…, police=True)`: the reads of tips), and what names no area at all is
shown to whoever looks after the whole country.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import orjson
from django.db import connection

from accounts.areas.tree import below
from accounts.events import PERSON, police_names
from accounts.rights import person
from api.actors import Actor
from api.localtime import day_bounds
from api.problems import Problem

NARROW = 300
"""Up to so many areas are asked one by one, each by its own index; more are found by walking through time."""
WALK = 50_000
"""So many events a page walks past at most; one that found too few by then ends early, and its cursor goes on."""

_ROOTS = "unnest(%(roots)s::text[], %(everything)s::bool[]) AS root(path, everything)"
_REACHED = f"""
SELECT p.area_id, root.everything FROM {_ROOTS}
  JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
"""
_REACHED_WITHIN = f"""
SELECT p.area_id, root.everything FROM area_placement top
  JOIN area_placement p ON {below("p", "top.path")} AND p.valid_to IS NULL
  JOIN {_ROOTS} ON starts_with(p.path, root.path)
WHERE top.area_id = %(area)s AND top.valid_to IS NULL
"""
# Whether nothing of the country lies outside of the admin's areas.
_WHOLE = f"""
SELECT NOT EXISTS (
  SELECT 1 FROM area_placement p
  WHERE p.parent_id IS NULL AND p.valid_to IS NULL AND p.tree = 'administrative'
    AND NOT EXISTS (SELECT 1 FROM {_ROOTS} WHERE everything AND starts_with(p.path, root.path)))
"""
_MEASURE = "SELECT (SELECT count(*) FROM (SELECT 1 FROM ({reached}) r LIMIT {most}) few), ({whole})"
_NEWEST = "ORDER BY {0}.at DESC, {0}.id DESC LIMIT %(limit)s"
_NARROW = f"""
SELECT e.* FROM (SELECT area_id, bool_or(everything) AS everything FROM ({{reached}}) r GROUP BY 1) a
  CROSS JOIN LATERAL (
    SELECT * FROM audit_event e
    WHERE e.area_id = a.area_id AND (a.everything OR e.name = ANY(%(police)s)) AND {{where}} {_NEWEST.format("e")}) e
{_NEWEST.format("e")}
"""
_WALKED = "SELECT e.* FROM audit_event e WHERE {where} ORDER BY e.at DESC, e.id DESC"
# Said with OR, the sets of areas are hashed once; a join would sort all that was walked past.
_WIDE = f"""
SELECT e.* FROM ({_WALKED} LIMIT {WALK}) e
WHERE e.area_id IN (SELECT area_id FROM ({{reached}}) r WHERE everything)
   OR (e.name = ANY(%(police)s) AND e.area_id IN (SELECT area_id FROM ({{reached}}) r WHERE NOT everything))
   OR (e.area_id IS NULL AND %(whole)s)
{_NEWEST.format("e")}
"""
_WALK_ENDED = f"SELECT at, id FROM ({_WALKED} LIMIT {WALK}) e OFFSET {WALK - 1}"
_TOLD = f"""
SELECT e.id, e.at, e.name, e.user_id, u.full_name, e.session_id, e.device_id, e.area_id, a.name, e.subject_type,
       e.subject_id, e.details
FROM ({{found}}) e LEFT JOIN user_account u ON u.id = e.user_id LEFT JOIN area a ON a.id = e.area_id
{_NEWEST.format("e")}
"""

Place = tuple[dt.datetime, uuid.UUID]
"""Where a page ended: everything after it is older."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is asked for. `area` means its subtree, `user` who did it, `about` whose account it was done to."""

    area: uuid.UUID | None = None
    user: uuid.UUID | None = None
    about: uuid.UUID | None = None
    name: str | None = None
    subject_type: str | None = None
    subject_id: uuid.UUID | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def told(self) -> dict[str, str]:
        """What was chosen, as text: for a cursor's scope, a job's row, and the trail."""
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in chosen.items() if value is not None}

    def where(self, after: Place | None) -> tuple[str, dict[str, Any]]:
        """The conditions on `e`, and their parameters."""
        first, end = day_bounds(self.since, self.until)
        chosen = [
            ("e.user_id = %(user)s", "user", self.user),
            (f"{PERSON.format('e')} = %(about)s", "about", self.about),
            ("e.name = %(name)s", "name", self.name),
            ("e.subject_type = %(subject_type)s", "subject_type", self.subject_type),
            ("e.subject_id = %(subject_id)s", "subject_id", self.subject_id),
            ("e.at >= %(first)s", "first", first),
            ("e.at < %(end)s", "end", end),
            ("e.at <= %(at)s AND (e.at, e.id) < (%(at)s, %(id)s)", "at", after and after[0]),
        ]
        given = [(sql, name, value) for sql, name, value in chosen if value is not None]
        params = {name: value for _, name, value in given} | ({"id": after[1]} if after else {})
        return " AND ".join(sql for sql, _, _ in given) or "true", params


class Told(NamedTuple):
    """An event as it is shown, with the names of who did it and where."""

    id: uuid.UUID
    at: dt.datetime
    name: str
    user_id: uuid.UUID | None
    user_name: str | None
    session_id: uuid.UUID | None
    device_id: uuid.UUID | None
    area_id: uuid.UUID | None
    area_name: str | None
    subject_type: str | None
    subject_id: uuid.UUID | None
    details: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Events, the newest first, and where the next page begins; None on the last one."""

    events: Sequence[Told]
    end: Place | None


def page(*, actor: Actor, chosen: Selection, after: Place | None = None, limit: int = 50) -> Page:
    """A page of what the actor may see of a selection, in two queries, or three where few of many events fit.

    An area outside of the actor's shows nothing, as one that isn't there. Raises Problem `forbidden` for whoever has
    no role that sees events.
    """
    scope = _scope(actor) | {"area": chosen.area}
    reached = _REACHED if chosen.area is None else _REACHED_WITHIN
    where, params = chosen.where(after)
    params |= scope | {"limit": limit + 1}
    [(areas, whole)] = _ask(_MEASURE.format(reached=reached, whole=_WHOLE, most=NARROW + 1), params)
    params["whole"] = whole = whole and chosen.area is None
    # What a person did or a thing went through has an index of its own, which leaves little to walk past.
    narrow = areas <= NARROW and not whole and not (chosen.user or chosen.about or chosen.subject_id)
    found = (_NARROW if narrow else _WIDE).format(reached=reached, where=where)
    rows = [Told._make((*row[:-1], orjson.loads(row[-1]))) for row in _ask(_TOLD.format(found=found), params)]
    if len(rows) > limit:
        return Page(rows[:limit], (rows[limit - 1].at, rows[limit - 1].id))
    if narrow:
        return Page(rows, None)
    walked = _ask(_WALK_ENDED.format(where=where), params)
    return Page(rows, walked[0] if walked else None)


def every(*, actor: Actor, chosen: Selection, at_once: int = 5_000) -> Iterator[Sequence[Told]]:
    """All that the actor may see of a selection, page after page, the newest first."""
    after: Place | None = None
    while True:
        found = page(actor=actor, chosen=chosen, after=after, limit=at_once)
        if found.events:
            yield found.events
        if found.end is None:
            return
        after = found.end


def require_reader(actor: Actor) -> None:
    """Problem `forbidden` for whoever has no role that sees events."""
    _scope(actor)


def _scope(actor: Actor) -> dict[str, Any]:
    """The roots of what is seen: all of it by admins and the server itself, some names by police officers."""
    who = person(actor)
    if who is None:
        return {"roots": [""], "everything": [True], "police": []}
    held = [h for h in who.holdings if h.role in ("admin", "police_officer") and h.team_id is None]
    if not held:
        raise Problem("second_factor_required" if who.withheld else "forbidden")
    roots = [(path, holding.role == "admin") for holding in held for path in holding.paths]
    return {
        "roots": [path for path, _ in roots],
        "everything": [everything for _, everything in roots],
        "police": sorted(police_names()),
    }


def _ask(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Planned for these very values: how much a filter leaves is what decides which index to walk."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
