"""Who may see and do what, where: the only place that knows the tree.

A `SessionActor` is made afresh for each request by one query. A right is held over an area and all below it, and over
what an area of that subtree took the place of, since ended areas hang under their successors (see `AreaPlacement`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import orjson
from django.conf import settings

from accounts.areas.tree import above, below
from accounts.events import audit_statement
from api.actors import Along, Event, LateWindow, Standing, Statement, StreamView
from api.ids import uuid7
from api.keyed import keyed_hash
from api.postgres import ask
from api.problems import Problem
from api.records import RecordType, record_types
from api.row_security import guards
from api.sync import store

LATE_DELIVERY = dt.timedelta(days=30)
# Analysts and admins work on line: their phones sync their own area and what lies above it, not all that lies below.
ONLINE_ROLES = frozenset({"analyst", "admin"})

# Held only in sessions that were opened with a second factor, where `settings.SECOND_FACTOR` requires it.
STRICT_ROLES = frozenset({"admin", "police_officer"})
_STRICT = "AND (w.second_factor OR h.role NOT IN ({}))".format(", ".join(f"'{role}'" for role in sorted(STRICT_ROLES)))

_WHO = """
WITH who AS MATERIALIZED (
  SELECT s.user_id, s.device_id, s.only_delivers, s.second_factor,
    u.is_active, u.deactivated_at, u.locale, u.full_name, u.phone
  FROM session s JOIN user_account u ON u.id = s.user_id
  WHERE s.id = %s AND s.user_id = %s AND s.ended_at IS NULL AND s.expires_at > statement_timestamp()
), held AS MATERIALIZED (
  SELECT h.*, w.is_active AND NOT w.only_delivers AND (h.ends_at IS NULL OR h.ends_at > statement_timestamp())
      {strict} AS holds,
    ARRAY(SELECT p.path FROM area_placement p WHERE p.area_id = h.area_id AND p.valid_to IS NULL) AS paths
  FROM who w CROSS JOIN LATERAL (
    SELECT m.role, m.area_id, m.team_id, m.starts_at, m.ends_at
    FROM membership m WHERE m.user_id = w.user_id AND m.deleted_at IS NULL AND m.starts_at <= statement_timestamp()
      AND (m.ends_at IS NULL OR m.ends_at > statement_timestamp() - interval '30 days')
    UNION ALL
    SELECT g.role, g.area_id, NULL, g.starts_at, NULL
    FROM role_grant g WHERE g.user_id = w.user_id AND g.confirmed_at IS NOT NULL
      AND g.starts_at <= statement_timestamp()
      AND (g.ends_at IS NULL OR g.ends_at > statement_timestamp())) h)
SELECT w.device_id, w.only_delivers, w.second_factor, w.is_active, w.deactivated_at, w.locale, w.full_name, w.phone,
  (SELECT json_agg(held) FROM held)::text{more} FROM who w {along}
"""
_PLACES = "SELECT area_id, path FROM area_placement WHERE area_id = ANY(%s::uuid[]) AND valid_to IS NULL"
_BELOW = f"""
SELECT p.area_id FROM unnest(%s::text[]) AS root(path)
  JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
"""
_ABOVE = "SELECT area_id FROM area_placement WHERE path = ANY(%s::text[]) AND valid_to IS NULL"
_WITHIN = f"""
SELECT p.area_id FROM area_placement root JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
WHERE root.area_id = %s AND root.valid_to IS NULL
"""
# Looked up row by row (OFFSET 0 keeps it so): else the whole country would be found out first.
_LIES_WITHIN = f"""
EXISTS (SELECT 1 FROM area_placement root CROSS JOIN area_placement p
  WHERE root.area_id = %s AND root.valid_to IS NULL AND p.area_id = {{area}} AND p.valid_to IS NULL
    AND {below("p", "root.path")} OFFSET 0)
"""
# Each area of the subtree is looked up: who is responsible for a province would else walk it for the list of a hamlet.
_REACHED_WITHIN = f"""
SELECT w.area_id FROM ({_WITHIN}) w CROSS JOIN LATERAL (
  SELECT 1 FROM area_placement p CROSS JOIN (SELECT %s::text[] AS roots, %s::text[] AS above) held
  WHERE p.area_id = w.area_id AND p.valid_to IS NULL
    AND (EXISTS (SELECT 1 FROM unnest(roots) root WHERE starts_with(p.path, root)) OR p.path = ANY(above)) LIMIT 1) seen
"""
_SEEN_THERE = """
EXISTS (SELECT 1 FROM area_placement p CROSS JOIN (SELECT %s::text[] AS roots, %s::text[] AS above) held
  WHERE p.area_id = {area} AND p.valid_to IS NULL
    AND (EXISTS (SELECT 1 FROM unnest(roots) root WHERE starts_with(p.path, root)) OR p.path = ANY(above)))
"""
_ONLINE = ", ".join(f"'{role}'" for role in sorted(ONLINE_ROLES))
# A list a column, as text: of a thousand streams, JSON takes twice as long to write and to read.
_LISTS = ", ".join(
    f"string_agg({column}, ',' ORDER BY s.no)"
    for column in ("s.area_id::text", "s.no::text", "s.head::text", "s.floor::text", "p.roles")
)
_STREAMS = f"""
WITH root AS ({{roots}}), place AS (
  SELECT p.area_id, r.role FROM root r
    JOIN area_placement p ON {below("p", "r.path")} AND p.valid_to IS NULL WHERE r.role NOT IN ({_ONLINE})
  UNION ALL
  SELECT p.area_id, r.role FROM root r
    JOIN area_placement p ON p.path = r.path AND p.valid_to IS NULL WHERE r.role IN ({_ONLINE})
  UNION ALL
  SELECT p.area_id, NULL FROM area_placement p WHERE p.path = ANY({above("root")}) AND p.valid_to IS NULL)
SELECT concat_ws('|', {_LISTS})
FROM (SELECT area_id, coalesce(string_agg(DISTINCT role, ' '), '') AS roles FROM place GROUP BY area_id) p
  -- Looked up one by one: how many areas lie below a path can't be foreseen, and reading all streams grows with them.
  CROSS JOIN LATERAL (SELECT * FROM stream s WHERE s.area_id = p.area_id LIMIT 1) s
"""
_ROOTS_HELD = "SELECT path, held.role FROM held CROSS JOIN unnest(held.paths) path WHERE held.holds"
_ROOTS_GIVEN = "SELECT * FROM unnest(%s::text[], %s::text[]) AS r(path, role)"


class HeldBySession:
    """What is held, within the statement that asks who somebody is. See `api.actors.Held`."""

    user = "w.user_id"

    def streams(self) -> Statement:
        return _STREAMS.format(roots=_ROOTS_HELD), ()

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        sql = (
            f"SELECT p.area_id FROM ({_ROOTS_HELD}) root "
            f"JOIN area_placement p ON {below('p', 'root.path')} AND p.valid_to IS NULL "
            "WHERE root.role = ANY(%s::text[])"
        )
        roles: list[object] = [sorted(kind.access.read)]
        return (sql, roles) if within is None else (f"{sql} AND p.area_id IN ({_WITHIN})", [*roles, within])

    def reaches(self, kind: RecordType, area: str, within: uuid.UUID | None = None) -> Statement:
        above_too = "OR starts_with(root.path, p.path)" if kind.downward else ""
        allowed, roles = ("", []) if kind.downward else ("AND root.role = ANY(%s::text[])", [sorted(kind.access.read)])
        sql = (
            f"EXISTS (SELECT 1 FROM area_placement p JOIN ({_ROOTS_HELD}) root "
            f"ON (starts_with(p.path, root.path) {above_too}) {allowed} "
            f"WHERE p.area_id = {area} AND p.valid_to IS NULL OFFSET 0)"
        )
        return (sql, roles) if within is None else (f"{sql} AND {_LIES_WITHIN.format(area=area)}", [*roles, within])


_id = lru_cache(10_000)(uuid.UUID)
"""Areas and teams are few, and reading the text of an id is a good part of making an actor."""


@lru_cache(256)
def _seen_by(held: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """The roles held in an area, the types that they show there, and whether there are any: else it lies above."""
    roles = frozenset(held.split())
    kinds = record_types().values()
    types = frozenset(kind.name for kind in kinds if kind.downward or kind.access.may_read(roles - ONLINE_ROLES))
    return roles, types, bool(roles)


@dataclass(frozen=True)
class Holding:
    """A role held over an area and all below. `ends_at` in the past: a membership that may still deliver late."""

    role: str
    area_id: uuid.UUID
    team_id: uuid.UUID | None
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    paths: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Whether a place in the tree lies in this holding's area."""
        return any(path.startswith(root) for root in self.paths)


@dataclass(frozen=True)
class SessionActor:
    """A person at work in a session. See `api.actors.Actor` for what each method promises."""

    user_id: uuid.UUID
    session_id: uuid.UUID
    phone_id: uuid.UUID
    request_id: uuid.UUID
    locale: str
    full_name: str
    phone: str
    holdings: tuple[Holding, ...] = ()
    late: tuple[Holding, ...] = ()
    withheld: tuple[Holding, ...] = ()
    """What would be held if the session had been opened with a second factor."""
    second_factor: bool = False
    found: Sequence[Any] = ()

    @cached_property
    def device_id(self) -> uuid.UUID:
        return pseudonym(self.phone_id)

    def home_areas(self) -> Sequence[uuid.UUID]:
        return [h.area_id for h in sorted((*self.holdings, *self.late), key=lambda h: h.team_id is None)]

    def again(self, along: Along | None = None) -> SessionActor:
        fresh = make_actor(session_id=self.session_id, user_id=self.user_id, request_id=self.request_id, along=along)
        if fresh is None:
            raise Problem("session_ended")
        return fresh

    def standing(self, area_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
        wanted = list(area_ids)
        if not wanted or not (self.holdings or self.late):
            return {}
        return self.standing_at(ask(*self.places(wanted)))

    def places(self, area_ids: Iterable[uuid.UUID]) -> Statement:
        return _PLACES, [store.id_array(area_ids)]

    def standing_at(self, places: Iterable[tuple[uuid.UUID, str]]) -> Mapping[uuid.UUID, Standing]:
        found: dict[uuid.UUID, list[str]] = {}
        for area_id, path in places:
            found.setdefault(area_id, []).append(path)
        standings = {area_id: self._standing_at(paths) for area_id, paths in found.items()}
        return {area_id: standing for area_id, standing in standings.items() if standing.roles or standing.late}

    def _standing_at(self, paths: Sequence[str]) -> Standing:
        held = [holding for holding in self.holdings if any(holding.covers(path) for path in paths)]
        ended = [holding for holding in self.late if any(holding.covers(path) for path in paths)]
        return Standing(
            roles=frozenset(holding.role for holding in held),
            teams=frozenset(holding.team_id for holding in held if holding.team_id),
            late=tuple(
                LateWindow(holding.team_id, holding.starts_at, holding.ends_at)
                for holding in ended
                if holding.team_id and holding.ends_at
            ),
        )

    def streams(self) -> Sequence[StreamView]:
        roots = [(path, holding.role) for holding in self.holdings for path in holding.paths]
        if not roots:
            return []
        params = [[path for path, _ in roots], [role for _, role in roots]]
        [[told]] = ask(_STREAMS.format(roots=_ROOTS_GIVEN), params)
        return self.streams_told(told)

    def streams_told(self, told: str | None) -> Sequence[StreamView]:
        if not told:
            return []
        areas, numbers, heads, floors, held = (told_of.split(",") for told_of in told.split("|"))
        return [
            StreamView(area, no, head, floor, *seen)
            for area, no, head, floor, seen in zip(
                areas, map(int, numbers), map(int, heads), map(int, floors), map(_seen_by, held), strict=True
            )
        ]

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        holdings = self._readers(kind)
        roots = [path for holding in holdings for path in holding.paths]
        above = self._ancestors(holdings) if kind.downward else []
        if within is not None:
            return _REACHED_WITHIN, [within, roots, above]
        return (f"{_BELOW} UNION {_ABOVE}", [roots, above]) if kind.downward else (_BELOW, [roots])

    def reaches_widely(self, kind: RecordType, area: str) -> Statement | None:
        holdings = self._readers(kind)
        roots = [path for holding in holdings for path in holding.paths]
        if not any(path.count(".") == 1 for path in roots):
            return None
        above = self._ancestors(holdings) if kind.downward else []
        return _SEEN_THERE.format(area=area), [roots, above]

    def _readers(self, kind: RecordType) -> list[Holding]:
        """The holdings that show records of this type; what flows downward shows itself to every role."""
        return [h for h in self.holdings if kind.downward or h.role in kind.access.read]

    @staticmethod
    def _ancestors(holdings: Iterable[Holding]) -> list[str]:
        """The paths of all that lies above these holdings."""
        above: set[str] = set()
        for path in (path for holding in holdings for path in holding.paths):
            labels = path.split(".")[:-1]
            above |= {".".join(labels[:depth]) + "." for depth in range(1, len(labels))}
        return sorted(above)

    def reads(self, kind: RecordType) -> bool:
        return bool(self._readers(kind))

    def counts(self, kind: RecordType) -> bool:
        return any(holding.role in kind.access.count for holding in self.holdings)

    def _security(self, *, counting: bool) -> dict[str, str]:
        """What the row-level policies read: who acts, and for each guarded table the roots of what may be done."""
        settings = {"anthon.user": str(self.user_id), "anthon.late_roots": _array(h for h in self.late)}
        for guard in guards():
            readers = guard.read | guard.count if counting else guard.read
            settings[f"anthon.read_{guard.name}"] = _array(h for h in self.holdings if h.role in readers)
            settings[f"anthon.write_{guard.name}"] = _array(h for h in self.holdings if h.role in guard.write)
        return settings

    @cached_property
    def _acting(self) -> dict[str, str]:
        return self._security(counting=False)

    def row_security(self, *, counting: bool = False) -> Statement:
        return _set_config(self._security(counting=True) if counting else self._acting)

    def audit(self, events: Sequence[Event]) -> Statement:
        return audit_statement(
            events,
            user_id=self.user_id,
            session_id=self.session_id,
            device_id=self.device_id,
            request_id=self.request_id,
        )


@dataclass(frozen=True)
class SystemActor:
    """The server itself at work: loading areas, jobs. It sees and writes everything, and says in the trail why."""

    reason: str
    user_id: None = None
    session_id: None = None
    device_id: None = None
    request_id: uuid.UUID = field(default_factory=uuid7)
    found: Sequence[Any] = ()

    def home_areas(self) -> Sequence[uuid.UUID]:
        return ()

    def again(self, along: Along | None = None) -> SystemActor:
        return self

    def standing(self, area_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
        return {}

    def places(self, area_ids: Iterable[uuid.UUID]) -> Statement:
        return _PLACES, ["{}"]

    def standing_at(self, places: Iterable[tuple[uuid.UUID, str]]) -> Mapping[uuid.UUID, Standing]:
        return {}

    def streams(self) -> Sequence[StreamView]:
        return []

    def streams_told(self, told: str | None) -> Sequence[StreamView]:
        return []

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        return ("SELECT area_id FROM stream", []) if within is None else (_WITHIN, [within])

    def reaches_widely(self, kind: RecordType, area: str) -> Statement | None:
        return None

    def reads(self, kind: RecordType) -> bool:
        return True

    def counts(self, kind: RecordType) -> bool:
        return True

    def row_security(self, *, counting: bool = False) -> Statement:
        settings = {"anthon.user": "", "anthon.late_roots": "{}"}
        for guard in guards():
            settings |= {f"anthon.read_{guard.name}": '{""}', f"anthon.write_{guard.name}": '{""}'}
        return _set_config(settings)

    def audit(self, events: Sequence[Event]) -> Statement:
        told = [
            Event(e.name, e.area_id, e.subject_type, e.subject_id, {**e.details, "reason": self.reason}) for e in events
        ]
        return audit_statement(told, request_id=self.request_id)


def make_actor(
    *, session_id: uuid.UUID, user_id: uuid.UUID, request_id: uuid.UUID, along: Along | None = None
) -> SessionActor | None:
    """The actor of a session, by one query that may ask more `along`; None if the session is not there or over.

    Raises Problem `account_inactive` (403) for a deactivated account, unless its session only delivers: then the
    actor has no rights but late delivery.
    """
    more = along(HeldBySession()) if along else None
    rows = ask(*_who(session_id, user_id, more))
    if not rows:
        return None
    phone_id, only_delivers, second_factor, is_active, deactivated_at, locale, full_name, phone, held, *found = rows[0]
    if not is_active and not only_delivers:
        raise Problem("account_inactive")
    now = dt.datetime.now(dt.UTC)
    told = [(_holding(item), item["holds"]) for item in orjson.loads(held or "[]")]
    current = tuple(holding for holding, holds in told if holds)
    ended = tuple(holding for holding, holds in told if not holds and holding.team_id)
    withheld = () if only_delivers else tuple(waits for waits, holds in told if not holds and waits.team_id is None)
    if only_delivers:
        # A deactivated account delivers what it made while its memberships lasted, at most until it was deactivated.
        cut = deactivated_at or now
        ended = tuple(replace(h, ends_at=min(h.ends_at or cut, cut)) for h in ended)
        ended = tuple(h for h in ended if h.ends_at and now - h.ends_at < LATE_DELIVERY)
    return SessionActor(
        user_id=user_id,
        session_id=session_id,
        phone_id=phone_id,
        request_id=request_id,
        locale=locale,
        full_name=full_name,
        phone=phone,
        holdings=current,
        late=ended,
        withheld=withheld,
        second_factor=second_factor,
        found=found,
    )


def _who(session_id: uuid.UUID, user_id: uuid.UUID, more: Statement | None) -> Statement:
    strict = _STRICT if settings.SECOND_FACTOR == "required" else ""
    if more is None:
        return _WHO.format(more="", along="", strict=strict), [session_id, user_id]
    sql, params = more
    joined = f"LEFT JOIN LATERAL ({sql}) a ON true"
    return _WHO.format(more=", a.*", along=joined, strict=strict), [session_id, user_id, *params]


def pseudonym(device_id: uuid.UUID) -> uuid.UUID:
    """A phone as records and the trail name it: always the same, but no use for signing in as that phone."""
    return uuid.UUID(bytes=keyed_hash("device", device_id.bytes)[:16], version=5)


def _holding(item: Mapping[str, object]) -> Holding:
    team, ends = item["team_id"], item["ends_at"]
    return Holding(
        role=str(item["role"]),
        area_id=_id(str(item["area_id"])),
        team_id=_id(str(team)) if team else None,
        starts_at=dt.datetime.fromisoformat(str(item["starts_at"])),
        ends_at=dt.datetime.fromisoformat(str(ends)) if ends else None,
        paths=tuple(item["paths"]),  # type: ignore[arg-type]
    )


def _array(holdings: Iterable[Holding]) -> str:
    """The paths of holdings as an array literal; labels are hex digits and dots, so nothing needs quoting."""
    return "{" + ",".join(path for holding in holdings for path in holding.paths) + "}"


def _set_config(settings: Mapping[str, str]) -> Statement:
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    return f"SELECT {calls}", [part for pair in settings.items() for part in pair]
