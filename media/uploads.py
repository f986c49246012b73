"""Uploads: from a declaration to bytes in the store that the server vouches for.

No transaction or lock is held while the store is asked: read, ask, then write what was found. What is written depends
on the store's answer alone, so whoever finds an object first, and however often, the same receipt comes of it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

from accounts.scoping import SystemActor
from api.actors import NOBODY, Actor
from api.listing import missing
from api.localtime import wire
from api.postgres import ask
from api.problems import Problem
from api.records import Wire, record_type
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write
from media import storage
from media.models import MediaStatus
from media.receipts import sign_receipt

STORE_PATIENCE_S = 6.5
"""How long a batch waits for the store in all; what isn't answered by then is `storage_unavailable`."""

_COLUMNS = "id, area_id, author_id, sha256, size, content_type, version, status, receipt"
_FIND = f"SELECT {_COLUMNS} FROM media WHERE id = ANY(%s::uuid[]) AND deleted_at IS NULL"
_UNSENT = f"""
SELECT {_COLUMNS}, (SELECT min(twin.stored_at) FROM media twin
                    WHERE twin.author_id = m.author_id AND twin.sha256 = m.sha256 AND twin.size = m.size
                      AND twin.status = 'verified' AND twin.deleted_at IS NULL)
FROM media m WHERE id = ANY(%s::uuid[]) AND author_id = %s AND status = 'pending' AND deleted_at IS NULL
"""
# Looked for soon after the declaration, then ever more rarely, at last once a day, for a month.
_CLAIM = f"""
UPDATE media SET check_after = now() + least(greatest(now() - received_at, interval '5 minutes'), interval '1 day')
WHERE id IN (SELECT id FROM media
             WHERE status = 'pending' AND deleted_at IS NULL AND check_after <= now() - interval '5 minutes'
               AND received_at > now() - interval '30 days'
             ORDER BY check_after LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}
"""

ANSWER = ("id", "status", "version", "receipt")
Purpose = Literal["read", "upload"]


@dataclass(frozen=True)
class Declared:
    """A file as declared, and how far it has come."""

    id: uuid.UUID
    area_id: uuid.UUID
    author_id: uuid.UUID | None
    sha256: str
    size: int
    content_type: str
    version: int
    status: str
    receipt: str | None

    @property
    def key(self) -> str:
        """Where its bytes lie, or will."""
        return storage.original_key(self.author_id, self.sha256)

    @property
    def is_verified(self) -> bool:
        return self.status == MediaStatus.VERIFIED

    def as_verified(self, stored_at: dt.datetime) -> Change:
        """The change that says: the store has had these bytes since then."""
        receipt = sign_receipt(id=self.id, sha256=self.sha256, size=self.size, received_at=stored_at)
        return Change(
            type="media",
            id=self.id,
            op="patch",
            area_id=self.area_id,
            data={"status": MediaStatus.VERIFIED.value, "stored_at": wire(stored_at), "receipt": receipt},
            base_version=self.version,
            system=True,
            event="media.verified",
        )


Found = storage.Stored | Problem | None
T = TypeVar("T")


def find(*, actor: Actor, ids: Sequence[uuid.UUID], purpose: Purpose) -> dict[uuid.UUID, Declared | Problem]:
    """These files, or for each why not: `not_found` out of scope, `forbidden` for who may read but not upload.

    Who may deliver late may still upload and complete what was declared. Two queries, however many files.
    """
    media = record_type("media")
    rows = {row.id: row for row in _declared(actor, _FIND, [store.id_array(ids)])}
    standings = actor.standing({row.area_id for row in rows.values()})
    found: dict[uuid.UUID, Declared | Problem] = {}
    for id in ids:
        row = rows.get(id)
        standing = standings.get(row.area_id, NOBODY) if row else NOBODY
        own_late = row is not None and row.author_id == actor.user_id and bool(standing.late)
        readable = standing.may_read(media)
        if row is None or not (readable or (own_late and purpose == "upload")):
            found[id] = Problem("not_found")
        elif purpose == "upload" and not (standing.may_write(media, None) or own_late):
            found[id] = Problem("forbidden")
        else:
            found[id] = row
    return found


def find_one(*, actor: Actor, id: uuid.UUID, purpose: Purpose) -> Declared:
    """One file; raises what `find` says of it."""
    return one(actor, id, find(actor=actor, ids=[id], purpose=purpose)[id])


def one(actor: Actor, id: uuid.UUID, result: T | Problem) -> T:
    """What was asked of a single file. A file that isn't found is told as every record is: `forbidden` to whoever has a
    role in its area, `gone` once deleted."""
    if isinstance(result, Problem):
        raise missing(actor, record_type("media"), id) if result.code == "not_found" else result
    return result


def upload_of(file: Declared) -> Wire | None:
    """How to bring a file's bytes, signed anew; None if the store has them. Parts and tus will stand beside `put`."""
    if file.is_verified:
        return None
    link = storage.put_link(file.key, sha256=file.sha256, size=file.size, content_type=file.content_type)
    return {"put": {"url": link.url, "headers": link.headers, "expires_at": wire(link.expires_at)}}


def acknowledge(actor: Actor, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Wire]:
    """The `upload` of each of these files that still waits for its bytes and is the actor's own.

    Bytes that the same person brought before are verified here and now, without an upload: both records then share one
    object.
    """
    files: list[Declared] = []
    known: list[Change] = []
    for *columns, stored_at in ask(_UNSENT, [store.id_array(ids), actor.user_id], as_actor=actor):
        file = Declared(*columns)
        if stored_at is None:
            files.append(file)
        else:
            known.append(file.as_verified(stored_at))
    if known:
        write(actor, known)
    return {file.id: {"upload": upload_of(file)} for file in files}


def complete(*, actor: Actor, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Wire | Problem]:
    """Check against the store what was uploaded: for each file its `ANSWER` members, or what stands in the way.

    Problems: `not_found`, `forbidden`, `media_not_uploaded`, `media_differs`, `storage_unavailable`. Within 8 s for 100
    files. A repeat gives the same receipt.
    """
    files = find(actor=actor, ids=ids, purpose="upload")
    declared = [file for file in files.values() if isinstance(file, Declared)]
    found = _ask_store([file for file in declared if not file.is_verified])
    verified = _verify(actor, {file: found[file.id] for file in declared if file.id in found})
    return {id: _completed(files[id], found.get(id), verified.get(id)) for id in files}


def check_uploads() -> None:
    """The periodic job: see `verify_uploaded`."""
    verify_uploaded(limit=500)


def verify_uploaded(*, limit: int) -> int:
    """Verify files whose bytes have come but whose `complete` never did; answers how many. Made to be repeated."""
    actor = SystemActor(reason="media.check_uploads")
    files = _declared(actor, _CLAIM, [limit])
    found = _ask_store(files)
    return len(_verify(actor, {file: found[file.id] for file in files}))


def _completed(file: Declared | Problem, found: Found, record: Wire | Problem | None) -> Wire | Problem:
    """What to say of a file: its problem, its receipt, or that the store hasn't got it."""
    if isinstance(file, Problem):
        return file
    if file.is_verified:
        return {"id": str(file.id), "status": file.status, "version": file.version, "receipt": file.receipt}
    if record is not None:
        return record
    if isinstance(found, Problem):
        return found
    return Problem("media_not_uploaded" if found is None else "media_differs")


def _ask_store(files: Sequence[Declared]) -> dict[uuid.UUID, Found]:
    """What the store has of each file. The first failure ends the asking: the rest is `storage_unavailable` too."""
    if not files:
        return {}
    asked = {file.key: _askers().submit(storage.look_up, file.key) for file in files}
    wait(asked.values(), timeout=STORE_PATIENCE_S, return_when=FIRST_EXCEPTION)
    answers = {key: _answer(future) for key, future in asked.items()}
    for future in asked.values():
        future.cancel()
    return {file.id: answers[file.key] for file in files}


@cache
def _askers() -> ThreadPoolExecutor:
    """Who asks the store, for all requests of this process: threads of each one's own cost as much as the question."""
    return ThreadPoolExecutor(storage.MOST_AT_ONCE, "store")


def _answer(future: Future[storage.Stored | None]) -> Found:
    """What one question to the store gave, `storage_unavailable` if nothing yet."""
    if not future.done():
        return Problem("storage_unavailable", retry_after_s=storage.RETRY_AFTER_S)
    try:
        return future.result()
    except Problem as problem:
        return problem


def _verify(actor: Actor, found: Mapping[Declared, Found]) -> dict[uuid.UUID, Wire | Problem]:
    """Record those that the store has as declared, and say how they stand then."""
    changes = [
        file.as_verified(stored.stored_at)
        for file, stored in found.items()
        if isinstance(stored, storage.Stored) and (stored.sha256, stored.size) == (file.sha256, file.size)
    ]
    outcomes = write(actor, changes) if changes else []
    return {
        change.id: {name: outcome.record[name] for name in ANSWER} if outcome.record else Problem("not_found")
        for change, outcome in zip(changes, outcomes, strict=True)
    }


def _declared(actor: Actor, sql: str, params: Sequence[object]) -> list[Declared]:
    return [Declared(*row) for row in ask(sql, params, as_actor=actor)]
