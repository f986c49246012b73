"""What a patrol did of its route, computed when it is asked for: by the route and checkpoints as they stood that night.

Which version of a route a phone knew can't be told, so the one that the server had when the patrol began counts, or the
first if that came later. Only what was issued by the patrol's area or one above it is looked at: all there see it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from accounts.areas.tree import LABEL_LENGTH
from activities.patrols import measures, rules, track
from activities.patrols.routes.judging import Judged, Visit, Walk, judge, order_kept
from activities.patrols.routes.noticing import Noticed, Trail, notice
from activities.patrols.services import read_patrol
from api.actors import Actor
from api.localtime import wire
from api.records import Wire
from api.sync import store

MOST_VERSIONS = 50
"""Of a route that was changed more often, the oldest of its last versions stands for all before."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MS = dt.timedelta(milliseconds=1)
_BOUNDS = (
    (dt.datetime.min.replace(tzinfo=dt.UTC) - _EPOCH) // _MS,
    (dt.datetime.max.replace(tzinfo=dt.UTC) - _EPOCH) // _MS,
)
_VERSIONS = """
SELECT r.record_id::text, r.area_id::text, r.received_at,
  CASE WHEN %s::bigint IS NULL OR sum(octet_length(r.data::text)) OVER () <= %s THEN r.data::text END
FROM unnest(%s::uuid[]) wanted(id) CROSS JOIN LATERAL (
  SELECT * FROM revision r WHERE r.record_id = wanted.id AND r.type = %s AND r.status = 'applied'
  ORDER BY r.version DESC LIMIT %s) r ORDER BY r.record_id, r.version
"""
# By all places that an area ever had: a route doesn't leave the patrols that walked it when a hamlet moves on.
_ABOVE = f"""
SELECT DISTINCT p.area_id::text, a.area_id::text FROM area_placement p JOIN area_placement a ON a.path = ANY(
  ARRAY(SELECT left(p.path, n) FROM generate_series({LABEL_LENGTH}, length(p.path), {LABEL_LENGTH}) n))
WHERE p.area_id = ANY(%s::uuid[])
"""


@dataclass(frozen=True)
class Version:
    """A record as it was from a moment on."""

    at: int
    area_id: str
    data: Wire


Past = Mapping[str, Sequence[Version]]
"""Versions by id, the oldest first."""


class TooLarge(Exception):
    """What was asked for is more than may be held in memory at once."""


def versions_of(kind: str, ids: Collection[str], *, most_bytes: int | None = None) -> Past:
    """The versions of these routes or checkpoints. One query. Raises `TooLarge` for over `most_bytes` of JSON."""
    found: dict[str, list[Version]] = {}
    if ids:
        rows = store.query(_VERSIONS, [most_bytes, most_bytes, store.id_array(sorted(ids)), kind, MOST_VERSIONS])
        if rows and rows[0][3] is None:
            raise TooLarge
        for record_id, area_id, received_at, data in rows:
            found.setdefault(record_id, []).append(Version(_ms(received_at), area_id, _prepared(orjson.loads(data))))
    return found


def areas_above(area_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Each of these areas with itself and all that it ever lay in. One query."""
    found: dict[str, set[str]] = {}
    for area_id, above in store.query(_ABOVE, [store.id_array(sorted(set(area_ids)))]):
        found.setdefault(area_id, set()).add(above)
    return {area_id: frozenset(above) for area_id, above in found.items()}


@dataclass(frozen=True)
class Judgement:
    """A patrol held against its route; without one, its visits alone."""

    walk: Walk
    route: Wire | None
    checkpoints: Mapping[str, Wire]
    stops: Mapping[str, Judged]
    noticed: Sequence[Noticed]

    @property
    def order_kept(self) -> bool | None:
        """Whether an ordered route was walked in its order."""
        if not self.route or not self.route["ordered"]:
            return None
        first: dict[str, int] = {}
        for each in self.noticed:
            first.setdefault(each.visit["checkpoint_id"], each.at)
        return order_kept([first.get(stop) for stop in self.stops])


def hold(patrol: Wire, route: Wire | None, checkpoints: Mapping[str, Wire], stored: bytes | None = None) -> Judgement:
    """A patrol in wire form held against the route and checkpoints as they stood; `stored` is its track."""
    shift = _shift(patrol)
    piece = track.unpack(stored) if stored else None
    visits = sorted(
        ((_ms_of(each["visited_at"]) + shift, each) for each in patrol["checkpoint_visits"]),
        key=lambda known: (known[0], known[1]["id"]),
    )
    walk = _walk(patrol, shift, piece, visits[-1][0] if visits else 0)
    by_checkpoint: dict[str, list[Visit]] = {}
    for at, visit in visits:
        by_checkpoint.setdefault(visit["checkpoint_id"], []).append((at, visit["id"]))
    stops = {
        stop["checkpoint_id"]: judge(stop, walk, by_checkpoint.get(stop["checkpoint_id"], ()))
        for stop in (route["stops"] if route else ())
    }
    within = (walk.start, walk.until) if walk.end is not None and walk.sure else None
    noticed = notice(visits, checkpoints, within=within, trail=Trail.of(piece, shift) if piece else Trail())
    return Judgement(walk, route, checkpoints, stops, noticed)


def checkpoints_of(*, actor: Actor, patrol_id: uuid.UUID) -> Wire:
    """What a patrol did of its route, checkpoint by checkpoint (`PatrolCheckpoints`). A constant number of queries.

    Raises Problem `not_found` out of scope, `gone`, `forbidden` for who may only count patrols.
    """
    patrol = read_patrol(actor, patrol_id)
    above = areas_above([patrol["area_id"]])
    route_id = patrol["route_id"]
    routes = versions_of("route", {route_id} if route_id else set())
    route = as_of(patrol, route_id, routes, above)
    seen = {visit["checkpoint_id"] for visit in patrol["checkpoint_visits"]}
    past = versions_of("checkpoint", seen | {stop["checkpoint_id"] for stop in (route["stops"] if route else ())})
    rows = store.query("SELECT data FROM track WHERE id = %s AND area_id = %s", [patrol_id, patrol["area_id"]])
    stored = bytes(rows[0][0]) if rows else None
    return _told(patrol, hold(patrol, route, checkpoints_as_of(patrol, past, above), stored))


def as_of(patrol: Wire, id: str | None, past: Past, above: Mapping[str, frozenset[str]]) -> Wire | None:
    """A record as it stood when the patrol began, if it was issued where everybody there sees it."""
    versions = past.get(id or "", ())
    if not versions or versions[0].area_id not in above.get(patrol["area_id"], ()):
        return None
    if len(versions) == 1:
        return versions[0].data
    began = _ms(rules.began_at(patrol))
    return next((each.data for each in reversed(versions) if each.at <= began), versions[0].data)


def checkpoints_as_of(patrol: Wire, past: Past, above: Mapping[str, frozenset[str]]) -> dict[str, Wire]:
    """All checkpoints that are known of, as they stood."""
    return {id: data for id in past if (data := as_of(patrol, id, past, above))}


def _prepared(data: Wire) -> Wire:
    """With the moments of a code's renewals as numbers."""
    if "code_renewed_at" in data:
        data["code_renewed_at"] = [_ms_of(moment) for moment in data["code_renewed_at"]]
    return data


def _walk(patrol: Wire, shift: int, piece: Wire | None, last_seen: int) -> Walk:
    told = patrol["track_spans"]
    if told is None and piece:  # a track from before spans were kept
        spans = [(start * 1000, end * 1000) for start, end in measures.spans(track.seconds(piece))]
    else:
        spans = [(_ms_of(span["starts_at"]), _ms_of(span["ends_at"])) for span in told or ()]
    return Walk(
        start=_ms_of(patrol["started_at"]) + shift,
        end=_ms_of(patrol["ended_at"]) + shift if patrol["status"] in rules.OVER else None,
        tracked=[(start + shift, end + shift) for start, end in spans],
        sure=rules.TIMES_DISAGREE not in patrol["flags"],
        last_seen=last_seen,
    )


def _told(patrol: Wire, held: Judgement) -> Wire:
    visits: dict[str, list[Wire]] = {id: [] for id in held.stops}
    for each in held.noticed:
        visits.setdefault(each.visit["checkpoint_id"], []).append(_visit(each))
    route = held.route
    return {
        "patrol_id": patrol["id"],
        "route_id": patrol["route_id"],
        "route_version": route["version"] if route else None,
        "route_name": route["name"] if route else None,
        "ordered": bool(route and route["ordered"]),
        "order_kept": held.order_kept,
        "delivered_whole": held.walk.whole,
        "gaps": [{"starts_at": _wire(start), "ends_at": _wire(end)} for start, end in held.walk.gaps],
        "checkpoints": [_checkpoint(id, held, found) for id, found in visits.items()],
    }


def _checkpoint(id: str, held: Judgement, visits: list[Wire]) -> Wire:
    known, judged = held.checkpoints.get(id, {}), held.stops.get(id)
    return {
        "checkpoint_id": id,
        "on_route": judged is not None,
        "name": known.get("name"),
        "location": (known and {name: known["location"][name] for name in ("lon", "lat", "accuracy_m")}) or None,
        "radius_m": known.get("radius_m"),
        "status": judged and judged.status,
        "due": [
            {
                "opens_at": _wire(due.opens),
                "closes_at": _wire(due.closes),
                "status": due.status,
                "visit_id": due.visit_id,
            }
            for due in (judged.due if judged else ())
        ],
        "visits": visits,
    }


def _visit(each: Noticed) -> Wire:
    visit: Mapping[str, Any] = each.visit
    return {
        "id": visit["id"],
        "at": _wire(each.at),
        "method": visit.get("method"),
        "user_id": visit.get("user_id"),
        "distance_m": None if each.distance_m is None else round(each.distance_m),
        "distance_from": each.distance_from,
        "flags": sorted(each.flags),
    }


def _shift(patrol: Wire) -> int:
    """By how much the phone's clock was slow."""
    return _ms(rules.began_at(patrol)) - _ms_of(patrol["started_at"])


def _ms(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // _MS


def _ms_of(text: str) -> int:
    return _ms(dt.datetime.fromisoformat(text))


def _wire(ms: int) -> str:
    return wire(_EPOCH + min(max(ms, _BOUNDS[0]), _BOUNDS[1]) * _MS)
