"""Who may see and do what, where: the only place that knows the tree.

A `SessionActor` is made afresh for each request by one query. A right is held over an area and all below it, and over
what an area of that subtree took the place of, since ended areas hang under their successors (see `AreaPlacement`).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from accounts.areas.tree import below
from accounts.events import audit_statement
from api.actors import Event, LateWindow, Standing, Statement, StreamView
from api.ids import uuid7
from api.keyed import keyed_hash
from api.postgres import ask
from api.problems import Problem
from api.records import RecordType, record_types
from api.sync import store

LATE_DELIVERY = dt.timedelta(days=30)
# Analysts and admins work on line: their phones sync their own area and what lies above it, not all that lies below.
ONLINE_ROLES = frozenset({"analyst", "admin"})

_HELD = """
SELECT m.role, m.area_id, m.team_id, m.starts_at, m.ends_at
  FROM membership m WHERE m.user_id = %s AND m.deleted_at IS NULL
   AND m.starts_at <= statement_timestamp()
   AND (m.ends_at IS NULL OR m.ends_at > statement_timestamp() - interval '30 days')
UNION ALL
SELECT g.role, g.area_id, NULL, g.starts_at, NULL
  FROM role_grant g WHERE g.user_id = %s
   AND g.starts_at <= statement_timestamp() AND (g.ends_at IS NULL OR g.ends_at > statement_timestamp())
"""
_ACTOR = f"""
WITH held AS MATERIALIZED (
  SELECT h.*, ARRAY(SELECT p.path FROM area_placement p WHERE p.area_id = h.area_id AND p.valid_to IS NULL) AS paths
  FROM ({_HELD}) h)
SELECT s.device_id, s.only_delivers, u.is_active, u.deactivated_at, u.locale, u.full_name, u.phone,
       COALESCE((SELECT json_agg(held) FROM held), '[]')::text
FROM session s JOIN user_account u ON u.id = s.user_id
WHERE s.id = %s AND s.user_id = %s AND s.ended_at IS NULL AND s.expires_at > statement_timestamp()
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
_STREAMS = f"""
WITH root AS (SELECT * FROM unnest(%s::text[], %s::int[]) AS r(path, holding)), place AS (
  SELECT p.area_id, r.holding FROM root r
    JOIN area_placement p ON {below("p", "r.path")} AND p.valid_to IS NULL WHERE r.holding = ANY(%s::int[])
  UNION ALL
  SELECT p.area_id, r.holding FROM root r JOIN area_placement p ON p.path = r.path AND p.valid_to IS NULL
  UNION ALL
  SELECT p.area_id, -1 FROM area_placement p WHERE p.path = ANY(%s::text[]) AND p.valid_to IS NULL)
SELECT s.area_id, s.no, s.head, s.floor, p.held
FROM (SELECT area_id, array_agg(DISTINCT holding) AS held FROM place GROUP BY area_id) p
  -- Looked up one by one: how many areas lie below a path can't be foreseen, and reading all streams grows with them.
  CROSS JOIN LATERAL (SELECT * FROM stream s WHERE s.area_id = p.area_id LIMIT 1) s ORDER BY s.no
"""


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
    device_id: uuid.UUID
    request_id: uuid.UUID
    locale: str
    full_name: str
    phone: str
    holdings: tuple[Holding, ...] = ()
    late: tuple[Holding, ...] = ()

    def home_areas(self) -> Sequence[uuid.UUID]:
        return [h.area_id for h in sorted((*self.holdings, *self.late), key=lambda h: h.team_id is None)]

    def again(self) -> SessionActor | None:
        return make_actor(session_id=self.session_id, user_id=self.user_id, request_id=self.request_id)

    def standing(self, area_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
        wanted = list(area_ids)
        if not wanted or not (self.holdings or self.late):
            return {}
        return self.standing_at(store.query(*self.places(wanted)))

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
        syncing = [h for h in self.holdings if h.role not in ONLINE_ROLES]
        places = [(path, place) for place, holding in enumerate(self.holdings) for path in holding.paths]
        deep = [place for place, holding in enumerate(self.holdings) if holding in syncing]
        params = [[path for path, _ in places], [place for _, place in places], deep, self._ancestors(self.holdings)]
        rows = ask(_STREAMS, params) if places else []
        seen = {held: self._seen_by(held) for held in {tuple(row[4]) for row in rows}}
        views = []
        for area_id, no, head, floor, held in rows:
            roles, types, own = seen[tuple(held)]
            views.append(StreamView(area_id, no, head, floor, roles, types, own))
        return views

    def _seen_by(self, held: Sequence[int]) -> tuple[frozenset[str], frozenset[str], bool]:
        """Roles, types and whether it is an own area, where these holdings (-1: one of an area below) are held."""
        roles = frozenset(self.holdings[place].role for place in held if place >= 0)
        types = frozenset(
            kind.name for kind in record_types().values() if kind.downward or kind.access.may_read(roles - ONLINE_ROLES)
        )
        return roles, types, bool(roles)

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        holdings = self._readers(kind)
        roots = [path for holding in holdings for path in holding.paths]
        if not kind.downward:
            return _narrowed(_BELOW, [roots], within)
        return _narrowed(f"{_BELOW} UNION {_ABOVE}", [roots, self._ancestors(holdings)], within)

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

    @cached_property
    def _security(self) -> dict[str, str]:
        """What the row-level policies read: who acts, and for each guarded type the roots of what may be done."""
        settings = {"anthon.user": str(self.user_id), "anthon.late_roots": _array(h for h in self.late)}
        for kind in record_types().values():
            if kind.row_security:
                writers = kind.access.write | kind.access.team_write
                settings[f"anthon.read_{kind.name}"] = _array(h for h in self.holdings if h.role in kind.access.read)
                settings[f"anthon.write_{kind.name}"] = _array(h for h in self.holdings if h.role in writers)
        return settings

    def row_security(self) -> Statement:
        return _set_config(self._security)

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

    def home_areas(self) -> Sequence[uuid.UUID]:
        return ()

    def again(self) -> SystemActor:
        return self

    def standing(self, area_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
        return {}

    def places(self, area_ids: Iterable[uuid.UUID]) -> Statement:
        return _PLACES, ["{}"]

    def standing_at(self, places: Iterable[tuple[uuid.UUID, str]]) -> Mapping[uuid.UUID, Standing]:
        return {}

    def streams(self) -> Sequence[StreamView]:
        return []

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        return _narrowed("SELECT area_id FROM stream", [], within)

    def reads(self, kind: RecordType) -> bool:
        return True

    def counts(self, kind: RecordType) -> bool:
        return True

    def row_security(self) -> Statement:
        settings = {"anthon.user": "", "anthon.late_roots": "{}"}
        for kind in record_types().values():
            if kind.row_security:
                settings |= {f"anthon.read_{kind.name}": '{""}', f"anthon.write_{kind.name}": '{""}'}
        return _set_config(settings)

    def audit(self, events: Sequence[Event]) -> Statement:
        told = [
            Event(e.name, e.area_id, e.subject_type, e.subject_id, {**e.details, "reason": self.reason}) for e in events
        ]
        return audit_statement(told, request_id=self.request_id)


def make_actor(*, session_id: uuid.UUID, user_id: uuid.UUID, request_id: uuid.UUID) -> SessionActor | None:
    """The actor of a session, by one query; None if the session is not there or over.

    Raises Problem `account_inactive` (403) for a deactivated account, unless its session only delivers: then the
    actor has no rights but late delivery.
    """
    rows = ask(_ACTOR, [user_id, user_id, session_id, user_id])
    if not rows:
        return None
    device_id, only_delivers, is_active, deactivated_at, locale, full_name, phone, held = rows[0]
    if not is_active and not only_delivers:
        raise Problem("account_inactive")
    holdings = [_holding(item) for item in json.loads(held)]
    now = dt.datetime.now(dt.UTC)
    if only_delivers:
        # A deactivated account delivers what it made while its memberships lasted, at most until it was deactivated.
        current: tuple[Holding, ...] = ()
        cut = deactivated_at or now
        ended = tuple(replace(h, ends_at=min(h.ends_at or cut, cut)) for h in holdings if h.team_id)
        ended = tuple(h for h in ended if h.ends_at and now - h.ends_at < LATE_DELIVERY)
    else:
        current = tuple(h for h in holdings if h.ends_at is None or h.ends_at > now)
        ended = tuple(h for h in holdings if h not in current)
    return SessionActor(
        user_id=user_id,
        session_id=session_id,
        device_id=pseudonym(device_id),
        request_id=request_id,
        locale=locale,
        full_name=full_name,
        phone=phone,
        holdings=current,
        late=ended,
    )


def pseudonym(device_id: uuid.UUID) -> uuid.UUID:
    """A phone as records and the trail name it: always the same, but no use for signing in as that phone."""
    return uuid.UUID(bytes=keyed_hash("device", device_id.bytes)[:16], version=5)


def _holding(item: Mapping[str, object]) -> Holding:
    team, ends = item["team_id"], item["ends_at"]
    return Holding(
        role=str(item["role"]),
        area_id=uuid.UUID(str(item["area_id"])),
        team_id=uuid.UUID(str(team)) if team else None,
        starts_at=dt.datetime.fromisoformat(str(item["starts_at"])),
        ends_at=dt.datetime.fromisoformat(str(ends)) if ends else None,
        paths=tuple(item["paths"]),  # type: ignore[arg-type]
    )


def _narrowed(sql: str, params: Sequence[Any], within: uuid.UUID | None) -> Statement:
    """Of these areas, those in the subtree of one, if one is named."""
    return (sql, params) if within is None else (f"({sql}) INTERSECT ({_WITHIN})", [*params, within])


def _array(holdings: Iterable[Holding]) -> str:
    """The paths of holdings as an array literal; labels are hex digits and dots, so nothing needs quoting."""
    return "{" + ",".join(path for holding in holdings for path in holding.paths) + "}"


def _set_config(settings: Mapping[str, str]) -> Statement:
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    return f"SELECT {calls}", [part for pair in settings.items() for part in pair]
