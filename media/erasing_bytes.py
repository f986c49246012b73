"""Erasing the bytes of files that were erased: within minutes, with all that was made of them.

Where the store locks objects (WORM), they stay until the lock ends, out of everybody's reach, and go then. They go once
more a day later, since a link to bring them is good for 24 hours; and they wait for as long as another record of the
same person has the same bytes.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts.events import record
from accounts.scoping import SystemActor
from api.actors import Event
from api.jobs import Job, finish, handler, put
from api.localtime import now
from api.postgres import ask
from api.sync import store
from media import storage
from media.erasing import TOPIC

LAST_LOOK = storage.UPLOAD_LINK + dt.timedelta(hours=1)
A_DAY = dt.timedelta(days=1)

_NEEDED = "SELECT FROM media WHERE author_id IS NOT DISTINCT FROM %s AND sha256 = %s AND deleted_at IS NULL LIMIT 1"


@handler(TOPIC)
def erase_bytes(job: Job) -> None:
    """Take the bytes away, and look again when they might be there again, or can be taken at last."""
    server, again = SystemActor(reason="erased files"), _when_again(job)
    with transaction.atomic():
        finish(job)
        if again:
            store.run([put(TOPIC, job.key, job.payload, again)])
        else:
            told = Event("media.bytes_erased", uuid.UUID(job.payload["area_id"]), "media", uuid.UUID(job.key))
            record(told, by=server)


def _when_again(job: Job) -> dt.datetime | None:
    author_id = uuid.UUID(job.payload["author_id"]) if job.payload["author_id"] else None
    sha256, moment = job.payload["sha256"], now()
    if ask(_NEEDED, [author_id, sha256], as_actor=SystemActor(reason="erased files")):
        return moment + A_DAY
    last_look = dt.datetime.fromisoformat(job.payload["asked_at"]) + LAST_LOOK
    held_until = storage.erase(storage.everything_of(uuid.UUID(job.key), author_id, sha256))
    return held_until or (last_look if moment < last_look else None)
