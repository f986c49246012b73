"""What a phone keeps through restarts: copies of records, the queue of mutations, photos not yet safe, its session."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Data = dict[str, Any]

SCHEMA = """
create table if not exists setting (name text primary key, value text not null) without rowid;
create table if not exists record (
    type text, id text, area_id text not null, version integer not null, data text not null,
    seen integer not null default 1, primary key (type, id)) without rowid;
create table if not exists refilling (area_id text primary key) without rowid;
create table if not exists mutation (
    number integer primary key, mutation_id text unique not null, type text not null, id text not null,
    body text not null, boot text not null, made_at real not null,
    state text not null default 'queued', settled_at real, result text);
create index if not exists mutation_by_state on mutation (state, number);
create index if not exists mutation_by_record on mutation (type, id);
create table if not exists photo (
    id text primary key, sha256 text not null, size integer not null, content_type text not null,
    state text not null default 'waiting', upload text, receipt text) without rowid;
"""


@dataclass(frozen=True)
class Copy:
    """A record as the server last said it is."""

    type: str
    id: str
    area_id: str
    version: int
    data: Data


@dataclass(frozen=True)
class Queued:
    """A mutation that waits. `body` is its JSON text, written once; `boot` and `made_at` tell its age."""

    number: int
    mutation_id: str
    type: str
    id: str
    body: str
    boot: str
    made_at: float


@dataclass(frozen=True)
class Photo:
    """A photo that isn't safe yet: waiting → stored (in S3) → safe (receipt checked, file freed), or doubtful."""

    id: str
    sha256: str
    size: int
    content_type: str
    state: str
    upload: Data | None
    receipt: str | None


class Store:
    """One folder: an SQLite file and the photos beside it. `with store.transaction():` makes several steps one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._db = sqlite3.connect(folder / "phone.sqlite3", isolation_level=None, check_same_thread=False)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = full;" + SCHEMA)

    def close(self) -> None:
        """Close the file; nothing is lost by not doing so."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, also through a crash."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # Settings: session, cursor, epoch

    def get(self, name: str) -> Any:
        """A setting, or None."""
        row = self._db.execute("select value from setting where name = ?", [name]).fetchone()
        return json.loads(row[0]) if row else None

    def set(self, **settings: Any) -> None:
        """Keep settings; None forgets one."""
        for name, value in settings.items():
            self._db.execute("delete from setting where name = ?", [name])
            if value is not None:
                self._db.execute("insert into setting values (?, ?)", [name, json.dumps(value)])

    # Copies of records

    def copy(self, type: str, id: str) -> Copy | None:
        """The copy of one record."""
        row = self._db.execute(
            "select type, id, area_id, version, data from record where type = ? and id = ?", [type, id]
        ).fetchone()
        return _copy(*row) if row else None

    def copies(self) -> list[Copy]:
        """All copies."""
        rows = self._db.execute("select type, id, area_id, version, data from record order by id").fetchall()
        return [_copy(*row) for row in rows]

    def newest(self, type: str, count: int) -> list[str]:
        """The ids of the newest copies of a type."""
        rows = self._db.execute("select id from record where type = ? order by id desc limit ?", [type, count])
        return [row[0] for row in rows]

    def put_copy(self, copy: Copy) -> None:
        """Write a copy, whatever was there."""
        self._db.execute(
            "insert or replace into record values (?, ?, ?, ?, ?, 1)",
            [copy.type, copy.id, copy.area_id, copy.version, json.dumps(copy.data)],
        )

    def drop_copy(self, type: str, id: str) -> None:
        """Forget a copy."""
        self._db.execute("delete from record where type = ? and id = ?", [type, id])

    def digests(self) -> dict[str, dict[str, Data]]:
        """By area and type, how many live records there are and the SHA-256 over their `<id> <version>` lines."""
        lines: dict[tuple[str, str], list[bytes]] = {}
        for area_id, type, id, version in self._db.execute("select area_id, type, id, version from record order by id"):
            lines.setdefault((area_id, type), []).append(f"{id} {version}\n".encode())
        found: dict[str, dict[str, Data]] = {}
        for (area_id, type), listed in lines.items():
            digest = hashlib.sha256(b"".join(listed)).hexdigest()
            found.setdefault(area_id, {})[type] = {"count": len(listed), "digest": digest}
        return found

    @staticmethod
    def empty_digest() -> Data:
        """The fingerprint of holding nothing."""
        return {"count": 0, "digest": hashlib.sha256(b"").hexdigest()}

    # Resets: mark, refill, sweep

    def mark(self, area_id: str) -> None:
        """The area comes anew: what isn't seen until `sweep` is gone."""
        self._db.execute("insert or ignore into refilling values (?)", [area_id])
        self._db.execute("update record set seen = 0 where area_id = ?", [area_id])

    def mark_all(self) -> None:
        """Everything comes anew."""
        self._db.execute("insert or ignore into refilling select distinct area_id from record")
        self._db.execute("update record set seen = 0")

    def sweep(self, area_id: str) -> None:
        """The area has come whole: drop what wasn't in it."""
        self._db.execute("delete from record where area_id = ? and seen = 0", [area_id])
        self._db.execute("delete from refilling where area_id = ?", [area_id])

    def is_refilling(self, area_id: str) -> bool:
        """Whether the area comes anew just now."""
        return bool(self._db.execute("select 1 from refilling where area_id = ?", [area_id]).fetchone())

    def refilling(self) -> list[str]:
        """The areas that come anew just now."""
        return [row[0] for row in self._db.execute("select area_id from refilling")]

    def purge(self, area_id: str) -> None:
        """The area isn't this phone's any more. What waits in the queue stays: it may still be delivered."""
        self._db.execute("delete from record where area_id = ?", [area_id])
        self._db.execute("delete from refilling where area_id = ?", [area_id])

    # The queue

    def enqueue(self, mutation: Data, *, boot: str, made_at: float) -> None:
        """Add a mutation at the end. Its text is written here, once: sent otherwise, it would be taken for another."""
        body = json.dumps(mutation, ensure_ascii=False, separators=(",", ":"))
        self._db.execute(
            "insert into mutation (mutation_id, type, id, body, boot, made_at) values (?, ?, ?, ?, ?, ?)",
            [mutation["mutation_id"], mutation["type"], mutation["id"], body, boot, made_at],
        )

    def queued(self, *, after: int = 0, type: str | None = None, id: str | None = None) -> list[Queued]:
        """What waits, oldest first; of one record if one is named."""
        rows = self._db.execute(
            "select number, mutation_id, type, id, body, boot, made_at from mutation where state = 'queued'"
            " and number > ? and (? is null or (type = ? and id = ?)) order by number",
            [after, id, type, id],
        )
        return [Queued(*row) for row in rows]

    def count_queued(self) -> int:
        """How many mutations wait."""
        return int(self._db.execute("select count(*) from mutation where state = 'queued'").fetchone()[0])

    def settle(self, mutation_id: str, state: str, result: Data, at: float) -> None:
        """Take a mutation off the queue: `acknowledged`, or `set_aside` for someone to look at."""
        self._db.execute(
            "update mutation set state = ?, result = ?, settled_at = ? where mutation_id = ?",
            [state, json.dumps(result), at, mutation_id],
        )

    def settled(self, state: str) -> list[tuple[Data, Data]]:
        """The mutations in a state, each with its result."""
        rows = self._db.execute("select body, result from mutation where state = ? order by number", [state])
        return [(json.loads(body), json.loads(result)) for body, result in rows]

    def requeue_acknowledged(self) -> None:
        """Put what was acknowledged back into its place in the queue: the server may have lost it."""
        self._db.execute("update mutation set state = 'queued' where state = 'acknowledged'")

    def forget_acknowledged(self, before: float) -> None:
        """Drop the acknowledged mutations that were settled before a time."""
        self._db.execute("delete from mutation where state = 'acknowledged' and settled_at < ?", [before])

    # Photos

    def add_photo(self, photo: Photo, content: bytes) -> None:
        """Keep a photo: the file first, then the row that says it is there."""
        self.file(photo.id).write_bytes(content)
        self._db.execute(
            "insert into photo (id, sha256, size, content_type) values (?, ?, ?, ?)",
            [photo.id, photo.sha256, photo.size, photo.content_type],
        )

    def photos(self, state: str) -> list[Photo]:
        """The photos in a state, oldest first."""
        rows = self._db.execute("select * from photo where state = ? order by id", [state]).fetchall()
        return [
            Photo(id, sha256, size, content_type, state, json.loads(upload) if upload else None, receipt)
            for id, sha256, size, content_type, state, upload, receipt in rows
        ]

    def count_photos(self, state: str) -> int:
        """How many photos are in a state."""
        return int(self._db.execute("select count(*) from photo where state = ?", [state]).fetchone()[0])

    def update_photo(self, id: str, *, state: str, upload: Data | None = None, receipt: str | None = None) -> None:
        """Note how far a photo has come."""
        self._db.execute(
            "update photo set state = ?, upload = ?, receipt = ? where id = ?",
            [state, json.dumps(upload) if upload else None, receipt, id],
        )

    def free(self, id: str) -> None:
        """Delete the photo's file; its row stays with the receipt."""
        self.file(id).unlink(missing_ok=True)

    def file(self, id: str) -> Path:
        """Where a photo's bytes lie."""
        return self.folder / f"{id}.photo"


def _copy(type: str, id: str, area_id: str, version: int, data: str) -> Copy:
    return Copy(type, id, area_id, version, json.loads(data))
