"""The access log: who was shown which households (and what else is guarded so), one event an answer, in batches.

An answer doesn't wait for its event: a thread of the server process writes what gathered within two seconds, and what
is left when the process ends. One that is killed loses those seconds; looks at ID numbers and at sources of tips are
written before the answer, by their own services. Where no thread runs, events are written at once.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection, transaction

from accounts.events import event_row, register_events
from accounts.rights import person
from accounts.scoping import SessionActor
from api.actors import Actor, Event
from api.background import beside_serving
from api.ids import uuid7
from api.localtime import now
from api.postgres.copying import copy_rows
from api.records import Seen
from api.transactions import run_in

logger = logging.getLogger("anthon.access")

EVERY_S = 2.0
MOST_WAITING = 10_000
"""So many events that could not be written yet, and answers wait for theirs again."""


def log_of(collection: str) -> Callable[[Actor, Seen], None]:
    """What a record type calls with what an answer showed: `<collection>.viewed`, or `.synced` by a phone's pull."""
    register_events(f"{collection}.viewed", f"{collection}.synced")

    def seen(actor: Actor, shown: Seen) -> None:
        who = person(actor)
        if who is not None and (shown.ids or shown.areas):
            LOG.add(_row(who, collection, shown))

    return seen


def _row(who: SessionActor, collection: str, shown: Seen) -> dict[str, Any]:
    """The event as a row, with the moment of the answer."""
    if shown.areas:
        areas = [{"area_id": area, "from": low, "to": high} for area, (low, high) in shown.areas.items()]
        details: Mapping[str, object] = {"count": shown.count, "areas": areas}
        area_id: uuid.UUID | None = uuid.UUID(next(iter(shown.areas)))
    else:
        ids = [str(each) for each in shown.ids]
        details = {"what": shown.what, "count": len(ids), "ids": ids}
        area_id = shown.area_id or next(iter(who.home_areas()), None)
    name = f"{collection}.{'synced' if shown.areas else 'viewed'}"
    row = event_row(Event(name, area_id, None, None, details), uuid7())
    by = {"user_id": who.user_id, "session_id": who.session_id, "device_id": who.device_id}
    return row | by | {"request_id": who.request_id, "at": now()}


class AccessLog:
    """Events that wait to be written, and the thread that does it."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, row: dict[str, Any]) -> None:
        """Take an event; written now if no thread does, or if it can't keep up."""
        with self._lock:
            self._waiting.append(row)
            later = self._thread is not None and len(self._waiting) < MOST_WAITING
        if not later:
            run_in("look", self.write)

    def write(self) -> int:
        """Write what waits, in one transaction; how many there were. What fails waits on."""
        with self._writing:
            with self._lock:
                rows = list(self._waiting)
            if not rows:
                return 0
            with transaction.atomic():
                copy_rows("audit_event", rows, {"details"}).run()
            with self._lock:
                del self._waiting[: len(rows)]
            return len(rows)

    def start(self) -> None:
        """Write in batches from now on."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._keep_writing, name="access-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left."""
        thread, self._thread = self._thread, None
        self._ending.set()
        if thread is not None:
            thread.join(EVERY_S * 2)
        self.write()

    def _keep_writing(self) -> None:
        while not self._ending.wait(EVERY_S):
            try:
                self.write()
            except Exception:
                logger.exception("access_log_failed")
                connection.close()
        connection.close()


LOG = AccessLog()
beside_serving(LOG.start, LOG.stop)
