"""Carrying an import out: everything is worked out and written down as text first; the transaction copies it in.

What the check relied on is looked at once more under the locks; if any of it changed, nothing is written at all. This
is all that a kind needs whose rows come to records; one that writes more adds it (accounts_writing).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields

from accounts.areas.checks import today
from accounts.events import audit_copy
from accounts.imports.load import Load
from accounts.models import Area
from accounts.scoping import SessionActor
from api.actors import Actor, Event, Statement
from api.postgres.copying import Copy
from api.sync import bulk, store


class Overtaken(Exception):
    """What the check relied on isn't so any more."""


@dataclass(frozen=True)
class Importer(SessionActor):
    """Whoever imports; the trail says of each thing by which import it came."""

    import_id: uuid.UUID | None = None

    @classmethod
    def of(cls, actor: SessionActor, import_id: uuid.UUID) -> Importer:
        """The same person at work on an import."""
        return cls(**{each.name: getattr(actor, each.name) for each in fields(SessionActor)}, import_id=import_id)

    def audit(self, events: Sequence[Event]) -> Statement:
        return super().audit(self._told(events))

    def trail(self, events: Sequence[Event]) -> Copy:
        """Events by the thousand."""
        return audit_copy(
            self._told(events),
            user_id=self.user_id,
            session_id=self.session_id,
            device_id=self.device_id,
            request_id=self.request_id,
        )

    def _told(self, events: Sequence[Event]) -> list[Event]:
        told = {"import_id": str(self.import_id)}
        return [Event(e.name, e.area_id, e.subject_type, e.subject_id, {**e.details, **told}) for e in events]


@dataclass
class Ready:
    """All that the last transaction writes."""

    load: Load
    actor: Actor
    records: bulk.Prepared
    copies: list[Copy] = field(default_factory=list)
    trail: list[Statement] = field(default_factory=list)

    def tell(self, events: Sequence[Event]) -> None:
        """What the trail has to say of it all."""
        if isinstance(self.actor, Importer):
            self.copies.append(self.actor.trail(events))
        elif events:
            self.trail.append(self.actor.audit(events))


def prepare(load: Load, actor: Actor, progress: Callable[[int], None] | None = None) -> Ready:
    """Work the records out, with no lock held; `progress` is told how many are done."""
    ready = Ready(load, actor, bulk.prepare(actor, load.changes, progress=progress))
    ready.tell(ready.records.events)
    return ready


def carry_out(ready: Ready) -> None:
    """Write it all, in the caller's transaction. Raises `Overtaken`, or IntegrityError for what raced with it."""
    write_beside(ready)
    write_records(ready)
    check_standing(put_into(ready.load))


def write_beside(ready: Ready) -> None:
    """What locks no stream comes first: the phones of a hamlet wait for the second half alone."""
    store.run([_GATHERED])
    for copy in ready.copies:
        copy.run()
    store.run(ready.trail)


def write_records(ready: Ready) -> None:
    """The records, under the locks of their streams."""
    try:
        bulk.carry_out(ready.records)
    except bulk.Overtaken as raced:
        raise Overtaken from raced


def put_into(load: Load) -> set[uuid.UUID]:
    """The areas in which something new is put."""
    return {change.area_id for change in load.changes if change.op == "put"}


def check_standing(areas: Collection[uuid.UUID] | Iterable[uuid.UUID]) -> None:
    """None of these areas ended meanwhile; whoever ends one locks its stream too."""
    if Area.objects.filter(id__in=set(areas), valid_to__lte=today()).exists():
        raise Overtaken


# Parts of names and numbers are only noted down here; the keeper sorts them into their indexes (accounts/tidying.py).
_GATHERED: Statement = ("SET LOCAL gin_pending_list_limit = '64MB'", [])
