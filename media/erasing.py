"""Erasing files with the records that they belong to: row, links and access at once, the bytes within minutes.

Rows here, in the transaction of the records; bytes by a job (`media.erasing_bytes`).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.events import record
from accounts.scrubbing import erased_among
from api.actors import Actor, Event, Statement
from api.jobs import put_all
from api.localtime import now, wire
from api.records import Known, Wire
from api.sync import store
from api.sync.changes import Change

TOPIC = "media.erase_bytes"
"""Of the jobs that erase bytes, one a file, by its id."""

# The same bytes may have been declared twice, by a phone that lost an answer.
_FIND = """
WITH asked AS (SELECT %s::uuid[] AS areas, %s::uuid[] AS subjects, %s::uuid[] AS named, %s::uuid[] AS spared),
theirs AS (
  SELECT m.* FROM asked JOIN media m ON m.subject_id = ANY(asked.subjects)
  UNION ALL
  SELECT m.* FROM asked JOIN media m ON m.id = ANY(asked.named) AND m.subject_id IS NULL)
SELECT DISTINCT f.id, f.area_id, f.author_id, f.sha256, f.version, f.deleted_at IS NULL
FROM asked CROSS JOIN theirs t JOIN media f ON f.id = t.id
  OR (f.author_id = t.author_id AND f.sha256 = t.sha256 AND f.subject_id IS NULL)
WHERE f.erased_at IS NULL AND f.area_id = ANY(asked.areas) AND t.area_id = ANY(asked.areas)
  AND NOT f.id = ANY(asked.spared) AND NOT t.id = ANY(asked.spared)
"""
_EMPTY = """
UPDATE media SET sha256 = repeat('0', 64), size = 1, captured_at = received_at, location_lon = NULL,
  location_lat = NULL, location_accuracy_m = NULL, subject_type = NULL, subject_id = NULL, status = 'pending',
  stored_at = NULL, receipt = NULL, author_id = NULL, device_id = NULL, flags = '{}', erased_at = %s, scrubbed_at = NULL
WHERE id = ANY(%s::uuid[])
"""
_NEEDED = "SELECT FROM media WHERE author_id IS NOT DISTINCT FROM %s AND sha256 = %s AND deleted_at IS NULL LIMIT 1"


@dataclass(frozen=True)
class Doomed:
    """A file that is to be erased."""

    id: uuid.UUID
    area_id: uuid.UUID
    author_id: uuid.UUID | None
    sha256: str
    version: int
    live: bool

    @property
    def deletion(self) -> Change:
        """The change that tells phones."""
        return Change("media", self.id, "delete", self.area_id, base_version=self.version, system=True)


def files_of(
    server: Actor,
    *,
    areas: Iterable[uuid.UUID],
    subjects: Iterable[uuid.UUID],
    named: Iterable[uuid.UUID],
    spared: Iterable[uuid.UUID],
) -> list[Doomed]:
    """The files about these subjects, and those `named` that are about nothing else; within these areas alone.

    Whoever names a file doesn't own it: a photograph of a patrol stays. So do those in `spared`.
    """
    asked = [store.id_array(ids) for ids in (areas, subjects, named, spared)]
    return [Doomed(*row) for row in store.query(_FIND, asked, as_actor=server)]


def erase_rows(server: Actor, files: Sequence[Doomed], *, by: Actor, details: Wire) -> None:
    """Empty these rows, which are deleted already, and have their bytes erased; in the caller's transaction."""
    if not files:
        return
    asked_at = now()
    jobs = {
        str(each.id): {
            "area_id": str(each.area_id),
            "author_id": each.author_id and str(each.author_id),
            "sha256": each.sha256,
            "asked_at": wire(asked_at),
        }
        for each in files
    }
    empty: Statement = (_EMPTY, [asked_at, [each.id for each in files]])
    store.run([server.row_security(), empty, put_all(TOPIC, jobs)])
    record(*(Event("media.erased", each.area_id, "media", each.id, details) for each in files), by=by)


# What comes too late


def consult(_: Actor, files: Sequence[Wire]) -> Known:
    """Which of the subjects of these files were erased: a phone may bring such a file weeks later."""
    ids: dict[str, set[str]] = defaultdict(set)
    for each in files:
        if each["subject"]:
            ids[each["subject"]["type"]].add(each["subject"]["id"])
    areas = {each["area_id"] for each in files}
    return {"erased": {id for type, found in ids.items() for id in erased_among(type, found, areas)}}
