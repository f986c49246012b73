"""What the police do with tips: find them, read one, take the steps, answer. Every reading is an audit event first.

A list shows no text, so that whoever looks for a tip has not read all others; and its event says neither which tips nor
how many it showed, or two of them would tell between which minutes a tip came.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection

from accounts.events import record
from accounts.rights import require_in, require_somewhere
from activities.tips import messages
from activities.tips.models import WAITING, Tip, TipMessage, TipOpening, TipSender, TipStatus
from activities.tips.security import POLICE, act_as_police
from activities.tips.times import FORWARDED_WITHIN
from api.actors import Actor, Event
from api.listing import as_uuid
from api.localtime import now
from api.pagination import decode_cursor, encode_cursor
from api.postgres import ask
from api.problems import Problem
from api.records import Wire

VERBS = {
    TipStatus.ACKNOWLEDGED: "acknowledged",
    TipStatus.FORWARDED: "forwarded",
    TipStatus.VERIFYING: "verifying_begun",
    TipStatus.VALUABLE: "found_valuable",
    TipStatus.UNFOUNDED: "found_unfounded",
    TipStatus.CLOSED: "closed",
}
_OPEN = frozenset({*WAITING, TipStatus.FORWARDED, TipStatus.VERIFYING})
_BEFORE: Mapping[str, frozenset[str]] = {
    TipStatus.ACKNOWLEDGED: frozenset({TipStatus.NEW}),
    TipStatus.FORWARDED: frozenset({*WAITING, TipStatus.VERIFYING}),
    TipStatus.VERIFYING: frozenset({*WAITING, TipStatus.FORWARDED}),
    TipStatus.VALUABLE: frozenset({TipStatus.FORWARDED, TipStatus.VERIFYING, TipStatus.UNFOUNDED}),
    TipStatus.UNFOUNDED: frozenset({TipStatus.FORWARDED, TipStatus.VERIFYING, TipStatus.VALUABLE}),
    TipStatus.CLOSED: frozenset({*_OPEN, TipStatus.VALUABLE, TipStatus.UNFOUNDED}),
}
_WITHIN_S = int(FORWARDED_WITHIN.total_seconds())
_OVERDUE = f"coalesce(t.decided_at, now()) > t.hour + interval '{_WITHIN_S} seconds'"
_LAST = "(SELECT m.sender FROM tip_message m WHERE m.tip_id = t.id ORDER BY m.no DESC LIMIT 1)"
_SUMMARY = f"""
SELECT t.id, t.area_id, t.unit_id, t.hour, t.category, t.urgency, t.channel, t.status, t.status_at,
  t.hour + interval '{_WITHIN_S} seconds' AS forward_by, {_OVERDUE} AS overdue,
  t.source_key_id, coalesce({_LAST} = '{TipSender.SOURCE}', false) AS awaits_reply
"""
_NAMES = (
    "id", "area_id", "unit_id", "hour", "category", "urgency", "channel", "status", "status_at", "forward_by",
    "overdue", "source_key_id", "awaits_reply",
)  # fmt: skip
# The areas over which the actor is police, once more beside the database's own policies.
_REACH = """
t.area_id IN (SELECT p.area_id FROM unnest(%s::text[]) root
  JOIN area_placement p ON p.valid_to IS NULL AND p.path >= root AND p.path < root || '~')
"""
_IN_AREA = """
t.area_id IN (SELECT p.area_id FROM area_placement top
  JOIN area_placement p ON p.valid_to IS NULL AND p.path >= top.path AND p.path < top.path || '~'
  WHERE top.area_id = %s AND top.valid_to IS NULL)
"""
FILTERS = ("status", "category", "urgency", "channel")


def list_tips(*, actor: Actor, chosen: Mapping[str, str], limit: int, cursor: str | None) -> Wire:
    """A page of tips, the newest hour first, and within it in no order that tells anything. Three queries.

    Raises Problem `forbidden` for whoever is police nowhere, `parameter_invalid`, `cursor_invalid`.
    """
    require_somewhere(actor, POLICE)
    where: list[str] = [_REACH]
    params: list[Any] = [_roots(actor)]
    for name in FILTERS:
        if name in chosen:
            where.append(f"t.{name} = %s")
            params.append(chosen[name])
    if "area" in chosen:
        where.append(_IN_AREA)
        params.append(as_uuid("area", chosen["area"]))
    if "source_key" in chosen:
        where.append("t.source_key_id = %s")
        params.append(as_uuid("source_key", chosen["source_key"]))
    if "overdue" in chosen:
        where.append(_OVERDUE if chosen["overdue"] == "true" else f"NOT ({_OVERDUE})")
    scope = f"tips:{actor.user_id}:{sorted(chosen.items())}"
    if cursor:
        where.append("(t.hour, t.id) < (%s, %s)")
        params += decode_cursor(cursor, scope)
    act_as_police(actor)
    sql = f"{_SUMMARY} FROM tip t WHERE {' AND '.join(where)} ORDER BY t.hour DESC, t.id DESC LIMIT %s"
    found = [dict(zip(_NAMES, row, strict=True)) for row in _rows(sql, [*params, limit + 1])]
    asked = [uuid.UUID(chosen["area"])] if "area" in chosen else []
    area = next(iter([*actor.standing(asked), *actor.home_areas()]), None)  # no event in the trail of strangers
    record(Event("tips.listed", area, details={"filter": {n: v for n, v in chosen.items() if n != "area"}}), by=actor)
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = encode_cursor([last["hour"].isoformat(), str(last["id"])], scope) if last else None
    return {"items": found[:limit], "next_cursor": next_cursor}


def read_tip(*, actor: Actor, tip_id: uuid.UUID) -> Wire:
    """A whole tip; that it was read is written in the same transaction, so before the answer.

    Raises Problem `not_found` out of scope, `forbidden` for all but the police.
    """
    area_id = find(actor, tip_id)
    record(Event("tip.viewed", area_id, "tip", tip_id), by=actor)
    return _told(tip_id)


def take_step(
    *, actor: Actor, tip_id: uuid.UUID, to: TipStatus, note: str | None = None, forwarded_to: str | None = None
) -> Wire:
    """Bring a tip to another state, and give it as it then stands; there already, with this content, nothing changes.

    Raises Problem `not_found`, `forbidden`, `tip_status` where the step can't be taken from.
    """
    area_id = find(actor, tip_id)
    tip = Tip.objects.select_for_update(no_key=True).filter(id=tip_id).first()
    if tip is None:
        raise Problem("not_found")
    same = tip.status == to and (note is None or note == tip.note)
    same = same and (forwarded_to is None or forwarded_to == tip.forwarded_to)
    if not same:
        if tip.status not in _BEFORE[to] | ({to} if to == TipStatus.FORWARDED else frozenset()):
            raise Problem("tip_status", current=_told(tip_id))
        tip.status, tip.status_at = to, now()
        tip.note = note if note is not None else tip.note
        tip.forwarded_to = forwarded_to if forwarded_to is not None else tip.forwarded_to
        if to not in WAITING:
            tip.decided_at = tip.decided_at or tip.status_at
        tip.save(update_fields=["status", "status_at", "note", "forwarded_to", "decided_at"])
        record(Event(f"tip.{VERBS[to]}", area_id, "tip", tip_id), by=actor)
    record(Event("tip.viewed", area_id, "tip", tip_id), by=actor)
    return _told(tip_id)


def answer(*, actor: Actor, tip_id: uuid.UUID, message_id: uuid.UUID, text: str) -> Wire:
    """Write to the source, who reads it by the receipt; the same id again isn't doubled.

    Raises Problem `not_found`, `forbidden`, `invalid`, `tip_id_taken`.
    """
    area_id = find(actor, tip_id)
    if messages.add(tip_id=tip_id, area_id=area_id, message_id=message_id, sender=TipSender.POLICE, text=text):
        record(Event("tip.answered", area_id, "tip", tip_id), by=actor)
    record(Event("tip.viewed", area_id, "tip", tip_id), by=actor)
    return _told(tip_id)


def find(actor: Actor, tip_id: uuid.UUID, *, source_too: bool = False) -> uuid.UUID:
    """The area of a tip that the actor is police over, whom the database now shows it to.

    Raises Problem `not_found` out of scope, `forbidden` within it.
    """
    [(area_id,)] = ask("SELECT tip_area(%s)", [tip_id])
    if area_id is None:
        raise Problem("not_found")
    require_in(actor, area_id, POLICE)
    act_as_police(actor, source_of=tip_id if source_too else None)
    return uuid.UUID(str(area_id))


def _roots(actor: Actor) -> list[str]:
    held = getattr(actor, "holdings", ())
    return [path for each in held if each.role in POLICE for path in each.paths]


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _told(tip_id: uuid.UUID) -> Wire:
    """A tip, its messages and who took its source: four queries."""
    found = _rows(f"{_SUMMARY} FROM tip t WHERE t.id = %s", [tip_id])
    if not found:  # the database sees it otherwise than we do
        raise Problem("not_found")
    tip = Tip.objects.get(id=tip_id)
    point = {"lon": tip.location_lon, "lat": tip.location_lat} if tip.location_lon is not None else None
    sent = TipMessage.objects.filter(tip_id=tip_id).order_by("no").values("id", "no", "sender", "text", "hour")
    taken = TipOpening.objects.filter(tip_id=tip_id).order_by("at", "id").values("id", "user_id", "at", "reason")
    return {
        **dict(zip(_NAMES, found[0], strict=True)),
        "text": tip.text,
        "place": tip.place,
        "location": point,
        "decided_at": tip.decided_at,
        "forwarded_to": tip.forwarded_to,
        "note": tip.note,
        "messages": list(sent),
        "openings": list(taken),
    }
