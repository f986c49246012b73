"""Asking for an export, looking how far it is, and the job that writes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from accounts.audit import Selection
from accounts.events import record, register_events
from accounts.exports import kinds
from accounts.exports.parts import Parts, content
from accounts.models import AuditEvent, Export
from accounts.scoping import SessionActor, make_actor
from api.actors import Event
from api.ids import uuid7
from api.jobs import Job, handler, put
from api.localtime import now
from api.problems import FieldError, Problem

TOPIC = "exports.write"
KEPT_FOR = dt.timedelta(days=1)
THE_SAME_FOR = dt.timedelta(minutes=10)
_LEASE_S = 1800

register_events("export.requested", "export.fetched")


def request_export(*, actor: SessionActor, kind: str, form: str, chosen: Selection) -> Export:
    """Put an export in line; one that was asked for lately, with the same choice, is that one. In a transaction.

    Raises Problem `invalid` (a form that this kind has none of), `forbidden`.
    """
    kinds.require(actor, kind)
    if form not in kinds.FORMATS[kind]:
        known = ", ".join(kinds.FORMATS[kind])
        raise Problem("invalid", errors=[FieldError("/format", "invalid_choice", {"choices": known})])
    moment = now()
    the_same = Export.objects.filter(
        user_id=actor.user_id, kind=kind, format=form, chosen=chosen.told, created_at__gt=moment - THE_SAME_FOR
    ).exclude(status="failed")
    if before := the_same.first():
        return before
    made = Export.objects.create(
        kind=kind,
        format=form,
        chosen=chosen.told,
        user_id=actor.user_id,
        session_id=actor.session_id,
        created_at=moment,
    )
    with connection.cursor() as cursor:
        cursor.execute(*put(TOPIC, str(made.id)))
    _record(actor, "export.requested", made)
    return made


def find_export(*, actor: SessionActor, export_id: uuid.UUID) -> Export:
    """One of one's own, while it is kept; else Problem `not_found`. Whoever lost the right to it gets `forbidden`."""
    found = Export.objects.filter(id=export_id, user_id=actor.user_id, created_at__gt=now() - KEPT_FOR).first()
    if found is None:
        raise Problem("not_found")
    kinds.require(actor, found.kind)
    return found


def fetch_export(*, actor: SessionActor, export_id: uuid.UUID) -> tuple[Export, Iterator[bytes]]:
    """An export's file, piece by piece; every fetch is an event. Raises Problem `export_not_ready` besides."""
    found = find_export(actor=actor, export_id=export_id)
    if found.status != "ready":
        raise Problem("export_not_ready")
    _record(actor, "export.fetched", found)
    return found, content(found.id)


def percent(export: Export) -> int:
    """How far it is: by time, since it is written from the newest to the oldest event."""
    if export.status == "ready":
        return 100
    oldest = AuditEvent.objects.order_by("at").values_list("at", flat=True).first() if export.reached else None
    if oldest is None or export.reached is None or export.created_at <= oldest:
        return 0
    return min(99, int(100 * (export.created_at - export.reached) / (export.created_at - oldest)))


@handler(TOPIC, lease_s=_LEASE_S)
def write_export(job: Job) -> None:
    """Write the file in the rights that whoever asked has now; a second attempt begins anew."""
    export = Export.objects.filter(id=uuid.UUID(job.key)).exclude(status__in=("ready", "failed")).first()
    if export is None:
        return
    try:
        _write(export)
    except Problem as problem:  # the session ended, the right was taken: nothing to try again
        Export.objects.filter(id=export.id).update(status="failed", problem=problem.code)


def _write(export: Export) -> None:
    actor = make_actor(session_id=export.session_id, user_id=export.user_id, request_id=uuid7())
    if actor is None:
        raise Problem("session_ended")
    kinds.require(actor, export.kind)
    row = Export.objects.filter(id=export.id)
    row.update(status="writing", rows=0, reached=None)
    parts = Parts(export.id)

    def tell(rows: int, reached: dt.datetime | None) -> None:
        row.update(rows=rows, reached=reached, size=parts.size)

    chosen = selection_of(export.chosen)
    kinds.write(actor=actor, kind=export.kind, form=export.format, chosen=chosen, parts=parts, tell=tell)
    parts.close()
    row.update(status="ready", ready_at=now(), size=parts.size)


def selection_of(told: Mapping[str, str]) -> Selection:
    """A selection from its text (`Selection.told`)."""
    given: dict[str, Any] = dict(told)
    for name in ("area", "user", "about", "subject_id"):
        if name in given:
            given[name] = uuid.UUID(given[name])
    for name in ("since", "until"):
        if name in given:
            given[name] = dt.date.fromisoformat(given[name])
    return Selection(**given)


def _record(actor: SessionActor, name: str, export: Export) -> None:
    details: dict[str, object] = {"kind": export.kind, "format": export.format, **export.chosen}
    details |= {"user_id": actor.user_id} if export.kind == kinds.ExportKind.OWN_DATA else {}
    record(Event(name, subject_type="export", subject_id=export.id, details=details), by=actor)
