"""Looks at personal data: who was shown whose, as one event an answer, written before the answer goes out.

A look is an answer that shows of somebody else an account: number, state, roles, phones and sessions, what was done to
it or by it; or the path that was walked. What everyone in a hamlet knows of its teams (name, role, badge: all that
phones sync) is none, nor is one's own. A request that changed something says so by the event of the change.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rest_framework.request import Request

from accounts.events import record, written
from accounts.models import AuditEvent, Import
from accounts.rights import TEAM_HEADS, person
from accounts.scoping import SessionActor
from api.actors import Actor, Event
from api.localtime import now
from api.transactions import run_in
from api.views import ApiView

_ONCE = dt.timedelta(hours=12)
_UNTOLD = frozenset({"cursor", "limit", "after", "rows", "q", "subject_type", "for"})


@dataclass(frozen=True)
class Look:
    """What was shown: an event to be. `user_ids`: whose."""

    name: str
    what: str
    user_ids: tuple[uuid.UUID, ...] = ()
    count: int = 0
    subject: tuple[str, uuid.UUID] | None = None
    area_id: uuid.UUID | None = None
    asked: Mapping[str, str] | None = None


def at_person(what: str, user_id: uuid.UUID) -> Look:
    """At one account."""
    return Look("user.viewed", what, (user_id,), 1, ("user", user_id))


def at_people(what: str, user_ids: Collection[uuid.UUID], asked: Mapping[str, str] | None = None) -> Look:
    """At a list with several people's data. `asked`: its filters; what was searched for isn't told, only that."""
    ids = tuple(dict.fromkeys(user_ids))
    return Look("users.viewed", what, ids, len(ids), asked=asked)


def at_rows(what: str, found: Import, count: int, asked: Mapping[str, str]) -> Look:
    """At rows of an import, which name people who may have no account."""
    return Look("import.viewed", what, (), count, ("import", found.id), found.area_id, asked)


def at_events(what: str, count: int, asked: Mapping[str, str]) -> Look:
    """At a page of the trail."""
    return Look("audit.viewed", what, count=count, asked=asked)


def at_track(
    actor: Actor, patrol_id: uuid.UUID, patrol: Mapping[str, Any], user_ids: Sequence[uuid.UUID]
) -> Look | None:
    """At where others walked, which the law counts as sensitive; a team's own paths are its daily work."""
    who, area_id = person(actor), uuid.UUID(patrol["area_id"])
    if who is None or actor.user_id in user_ids or any(str(h.team_id) == patrol["team_id"] for h in who.holdings):
        return None
    return Look("track.viewed", "patrol_track", tuple(user_ids), len(user_ids), ("patrol", patrol_id), area_id)


def record_look(actor: Actor, look: Look) -> None:
    """Write the event of a look, in a transaction of its own; none where nobody else's data was shown."""
    who = person(actor)
    others = tuple(each for each in look.user_ids if each != actor.user_id)
    if who is None or look.count == 0 or (look.user_ids and not others):
        return
    run_in("look", lambda: _write(who, replace(look, user_ids=others)))


def _write(actor: SessionActor, look: Look) -> None:
    details = _details(look)
    if _own_team_alone(actor) and _known(actor, look.name, details):
        return
    subject_type, subject_id = look.subject or (None, None)
    area_id = look.area_id if look.area_id or look.name == "user.viewed" else _desk(actor)
    record(Event(look.name, area_id, subject_type, subject_id, details), by=actor)


def _details(look: Look) -> dict[str, Any]:
    asked = {name: value for name, value in (look.asked or {}).items() if value}
    told: dict[str, Any] = {"what": look.what, "count": len(look.user_ids) or look.count}
    if look.user_ids and look.name != "user.viewed":
        told["user_ids"] = [str(each) for each in look.user_ids]
    if chosen := {name: value for name, value in asked.items() if name not in _UNTOLD}:
        told["filter"] = chosen
    return told | ({"searched": True} if "q" in asked else {})


def _own_team_alone(actor: SessionActor) -> bool:
    """Whether somebody looks as the head of a team, whose members' numbers are known there anyway."""
    return all(holding.team_id for holding in actor.holdings) and any(h.role in TEAM_HEADS for h in actor.holdings)


def _known(actor: SessionActor, name: str, details: Mapping[str, Any]) -> bool:
    """Whether the trail says already that these very people were shown in this session today."""
    same = {key: value for key, value in details.items() if key in ("what", "user_ids")}
    before = AuditEvent.objects.filter(user_id=actor.user_id, at__gt=now() - _ONCE, name=name)
    return before.filter(session_id=actor.session_id, details__contains=same).exists()


def _desk(actor: SessionActor) -> uuid.UUID | None:
    """The area that somebody looks from: whoever is responsible there sees the event."""
    roles = [h.area_id for h in actor.holdings if h.team_id is None and h.role in ("admin", "police_officer")]
    return next(iter([*roles, *actor.home_areas()]), None)


class LookingView(ApiView):
    """A view whose handler says in `seen` what it showed."""

    seen: Look | None = None
    _written_before = 0

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        self._written_before = written()
        return super().initialize_request(request, *args, **kwargs)

    def finish(self) -> None:
        if self.seen is not None and written() == self._written_before:
            record_look(self.actor, self.seen)
