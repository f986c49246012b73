"""Pull: what changed in the streams that a phone sees, as it is now, a page at a time. A constant number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from api.actors import Actor, Held, Statement, StreamView
from api.etags import etag_of
from api.localtime import now
from api.localtime import wire as wire_moment
from api.postgres import ask
from api.records import Seen, record_type
from api.sync import store
from api.sync.cursor import Cursor, Place, at_heads, fingerprint
from api.sync.epoch import READ_EPOCH, epoch_of
from api.transactions import read_only

DEFAULT_LIMIT, MOST_LIMIT = 500, 2000
DEFAULT_BYTES, MOST_BYTES = 262_144, 1_048_576
_ENVELOPE_BYTES = 150

# Without it, the planner may gather and sort all that lies behind a cursor before it takes the first page.
_IN_ORDER: Statement = "SELECT set_config('enable_bitmapscan', 'off', true)", ()
_PICK = """
SELECT e.type, e.record_id::text, p.place, e.version, e.deleted, e.seq
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::boolean[])
  WITH ORDINALITY AS p(area_id, after, types, anew, place)
CROSS JOIN LATERAL (
  SELECT * FROM stream_entry e
  WHERE e.area_id = p.area_id AND e.seq > p.after AND e.type = ANY(string_to_array(p.types, ' '))
    AND NOT (p.anew AND e.deleted)
  ORDER BY e.seq LIMIT %s) e
ORDER BY p.place, e.seq LIMIT %s
"""


@dataclass
class Page:
    """One answer. `changes` hold each record's JSON as the database wrote it."""

    changes: list[orjson.Fragment] = field(default_factory=list)
    cursor: str = ""
    has_more: bool = False
    reset_areas: list[dict[str, str]] = field(default_factory=list)
    reset_done: list[str] = field(default_factory=list)
    revoked_areas: list[str] = field(default_factory=list)
    epoch: int = 0
    moved: bool = True
    seen: dict[str, Seen] = field(default_factory=dict)
    """What it shows of the types that want to know."""

    def body(self) -> dict[str, Any]:
        """The members of the answer."""
        return {
            "changes": self.changes,
            "cursor": self.cursor,
            "has_more": self.has_more,
            "reset_areas": self.reset_areas,
            "reset_done": self.reset_done,
            "revoked_areas": self.revoked_areas,
            "epoch": self.epoch,
            "server_time": wire_moment(now()),
        }

    @property
    def etag(self) -> str:
        """A tag of everything but the time: the cursor stands for positions, views, scope and epoch."""
        return etag_of(self.cursor.encode())


@dataclass(frozen=True)
class Asked:
    """What a phone asks for.

    `types` narrows every view, `area_id` reads one stream alone and leaves the others where they are; `own` are
    versions that the phone has just written itself, sent without `data`.
    """

    cursor: str | None
    limit: int = DEFAULT_LIMIT
    max_bytes: int = DEFAULT_BYTES
    types: frozenset[str] | None = None
    area_id: uuid.UUID | None = None
    own: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """One stream on this page: where reading begins and, in the end, how far it came."""

    view: StreamView
    place: Place


def along(held: Held) -> Statement:
    """What a pull asks along with who asks: the epoch, and the streams with their heads."""
    streams, params = held.streams()
    return f"SELECT e.epoch, e.same_history, ({streams}) FROM ({READ_EPOCH}) e", params


def pull(actor: Actor, asked: Asked) -> Page:
    """The next page as one moment shows it, with the rights of that moment."""
    with read_only(ISOLATION_LEVEL_REPEATABLE_READ):
        fresh = actor.again(along)
        opening = Opening(fresh, asked, *_told(fresh, asked))
        _read(opening.page, fresh, opening.behind, asked)
        return opening.close()


def nothing_new(actor: Actor, asked: Asked) -> Page | None:
    """The page, if no stream holds more: it needs but the statement that made the actor, with `along`. Else None."""
    epoch, views = _told(actor, asked)
    if asked.cursor and asked.cursor == at_heads(views, epoch, actor.user_id):
        return Page(cursor=asked.cursor, epoch=epoch, moved=False)
    opening = Opening(actor, asked, epoch, views)
    return None if opening.behind else opening.close()


def _told(actor: Actor, asked: Asked) -> tuple[int, list[StreamView]]:
    """The epoch and the streams asked for, from what was found along with who asks."""
    epoch, same_history, streams = actor.found
    area = asked.area_id and str(asked.area_id)
    views = actor.streams_told(streams)
    return epoch_of(epoch, same_history), [_narrowed(v, asked.types) for v in views if area is None or v.area == area]


class Opening:
    """A page before its changes are read: where reading begins in each stream."""

    def __init__(self, actor: Actor, asked: Asked, epoch: int, views: Sequence[StreamView]) -> None:
        self.actor, self.asked = actor, asked
        self.page = page = Page(epoch=epoch)
        self.before = before = Cursor.decode(asked.cursor, actor.user_id) if asked.cursor else Cursor()
        self.readings = [_begin(page, before, view, epoch) for view in views]
        self.behind = [reading for reading in self.readings if reading.place.position < reading.view.head]

    def close(self) -> Page:
        """The page, with the cursor to where the readings came."""
        page, before = self.page, self.before
        after = Cursor(page.epoch, {} if self.asked.area_id is None else dict(before.places))
        for reading in self.readings:
            place = reading.place
            if place.position >= reading.view.head and place.filling:
                page.reset_done.append(reading.view.area)
                place = place._replace(filling=False)
            page.has_more |= place.position < reading.view.head
            after.places[reading.view.no] = place
        if self.asked.area_id is None:
            page.revoked_areas = _areas([no for no in before.places if no not in after.places])
        if self.asked.cursor and after == before:  # equal states make equal cursors
            page.cursor, page.moved = self.asked.cursor, False
        else:
            page.cursor = after.encode(self.actor.user_id)
        return page


def _narrowed(view: StreamView, types: frozenset[str] | None) -> StreamView:
    return view if types is None else view._replace(types=view.types & types)


def _begin(page: Page, before: Cursor, view: StreamView, epoch: int) -> Reading:
    """Where to read a stream from; names it for a reset if what the phone holds of it can't be trusted."""
    current = fingerprint(view, epoch)
    place = before.places.get(view.no)
    if place is None:
        return Reading(view, Place(0, current))
    reason = None
    if before.epoch != epoch:
        reason = "epoch"
    elif place.view != current:
        reason = "view"
    elif 0 < place.position < view.floor or place.position > view.head:
        reason = "expired"
    if reason is None:
        return Reading(view, place)
    page.reset_areas.append({"area_id": view.area, "reason": reason})
    return Reading(view, Place(0, current, filling=True))


def _areas(numbers: Sequence[int]) -> list[str]:
    """The areas of streams that the phone no longer sees."""
    if not numbers:
        return []
    rows = store.query("SELECT area_id FROM stream WHERE no = ANY(%s::bigint[]) ORDER BY no", [list(numbers)])
    return [str(row[0]) for row in rows]


def _read(page: Page, actor: Actor, behind: Sequence[Reading], asked: Asked) -> None:
    """Fill the page from the streams that have more, in order, and note how far each was read."""
    limit = asked.limit
    chosen = _enough(behind, limit)
    if not chosen:
        return
    rows = ask(
        _PICK,
        [
            store.id_array(r.view.area for r in chosen),
            [r.place.position for r in chosen],
            [" ".join(sorted(r.view.types)) for r in chosen],
            # In a reset a phone drops what isn't sent. Else it may hold what it pushed itself and others deleted.
            [r.place.filling for r in chosen],
            limit + 1,
            limit + 1,
        ],
        before=[_IN_ORDER],
    )
    cut = rows[limit][2] if len(rows) > limit else None
    rows = rows[:limit]
    # Told without their text: what was deleted, and what the phone wrote itself.
    bare = {row[:2] for row in rows if row[4] or asked.own.get(row[:2]) == row[3]}
    texts = _texts(actor, (row[:2] for row in rows if row[:2] not in bare))
    reached: dict[int, int] = {}
    size = 0
    for kind, record_id, place, version, deleted, seq in rows:
        text = texts.get((kind, record_id))
        size += _ENVELOPE_BYTES + len(text or "")
        if size > asked.max_bytes and page.changes:
            cut = place
            break
        reached[place] = seq
        if text and record_type(kind).seen:
            _note(page, kind, chosen[place - 1].view.area, seq)
        if text or (kind, record_id) in bare:
            page.changes.append(_change(kind, record_id, chosen[place - 1].view.area, version, deleted, text))
    for place, reading in enumerate(chosen, 1):
        if place == cut:
            reading.place = reading.place._replace(position=reached.get(place, reading.place.position))
            break
        reading.place = reading.place._replace(position=reading.view.head)


def _note(page: Page, kind: str, area: str, seq: int) -> None:
    """One record more that the page shows, at its number in its area's stream."""
    seen = page.seen.get(kind, Seen("sync"))
    low, _ = seen.areas.get(area, (seq, seq))
    page.seen[kind] = replace(seen, areas={**seen.areas, area: (low, seq)}, count=seen.count + 1)


def tell_seen(actor: Actor, page: Page | None) -> None:
    """Tell the types that want to know what a page shows of them; outside of its transaction."""
    for kind, seen in page.seen.items() if page else ():
        tell = record_type(kind).seen
        if tell:
            tell(actor, seen)


def _enough(behind: Sequence[Reading], limit: int) -> list[Reading]:
    """The first streams that together may fill a page, so that a first pull of a thousand streams stays small."""
    chosen: list[Reading] = []
    expected = 0
    for reading in behind:
        if expected > limit:
            break
        chosen.append(reading)
        expected += reading.view.head - reading.place.position
    return chosen


def _texts(actor: Actor, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The JSON of live records, all types in one query."""
    ids: dict[str, list[str]] = {}
    for kind, record_id in wanted:
        ids.setdefault(kind, []).append(record_id)
    if not ids:
        return {}
    kinds = [record_type(name) for name in sorted(ids)]
    parts = [
        f"SELECT '{kind.name}', t.id::text, {kind.shape.select} FROM {kind.table} t WHERE t.id = ANY(%s::uuid[])"
        for kind in kinds
    ]
    rows = ask(
        " UNION ALL ".join(parts),
        [store.id_array(ids[kind.name]) for kind in kinds],
        as_actor=actor if any(kind.row_security for kind in kinds) else None,
    )
    return {(name, record_id): text for name, record_id, text in rows}


def _change(kind: str, record_id: str, area_id: str, version: int, deleted: bool, text: str | None) -> orjson.Fragment:
    """One change as JSON text around the record's own."""
    head = f'{{"type":"{kind}","id":"{record_id}","area_id":"{area_id}","version":{version},'
    tail = '"op":"delete"}' if deleted else f'"op":"put","data":{text}}}' if text else '"op":"put"}'
    return orjson.Fragment(head + tail)
