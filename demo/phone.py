"""The simulated phone: records offline, delivers when there is signal. The reference for those who write the real one.

It uses nothing but HTTP. What it promises its user: nothing typed or photographed is lost, whatever the network does.
The parts: `store` (what survives a restart), `session` (tokens, repeating), `sync` (push, pull, digest), `photos` (S3
and receipts), `wire` (HTTP), `clock`.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo import tracks
from demo.clock import Clock
from demo.photos import Photos
from demo.session import Patience, Session
from demo.store import Data, Photo, Store
from demo.sync import Sync
from demo.wire import Wire


class Phone:
    """One phone of one user. All it knows lies in `folder`: another `Phone` on the same folder goes on from there."""

    def __init__(
        self,
        base_url: str,
        folder: Path,
        *,
        wire: Wire | None = None,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.store = Store(folder)
        self.session = Session(base_url, wire=wire or Wire(), store=self.store, patience=patience)
        self.sync = Sync(self.session, self.store, self.clock)
        self.photos = Photos(self.session, self.store)

    def sign_in(self, *, phone: str, password: str, name: str = "Điện thoại mô phỏng") -> None:
        """Start a session. The device's id is made once and stays with the folder."""
        device_id = self.store.get("device_id") or str(uuid.uuid4())
        self.store.set(device_id=device_id)
        device = {"id": device_id, "name": name, "platform": "android", "app_version": "1.0.0"}
        self.session.sign_in(phone=phone, password=password, device=device)

    def deliver(self) -> None:
        """Everything up, everything new down, then the photos. `OutOfReach` or `SignedOut` lose nothing."""
        self.sync.push()
        self.sync.pull()
        self.photos.send()

    def close(self) -> None:
        """Put the phone away."""
        self.session.wire.close()
        self.store.close()

    # Recording: works without signal, and is kept before it returns

    def create(self, type: str, data: Data) -> str:
        """Record something new; returns its id."""
        id = self.clock.uuid7()
        self._enqueue(type, id, "put", 0, {"recorded_at": self.clock.now(), **data})
        return id

    def edit(self, type: str, id: str, **changes: Any) -> None:
        """Change some fields of a record."""
        self._enqueue(type, id, "patch", self._version(type, id), changes)

    def delete(self, type: str, id: str) -> None:
        """Delete a record."""
        self._enqueue(type, id, "delete", self._version(type, id), {})

    def photograph(self, content: bytes, *, area_id: str, subject: Data, location: Data | None = None) -> str:
        """Keep a photo and declare it; returns its id."""
        id = self.clock.uuid7()
        photo = Photo(id, hashlib.sha256(content).hexdigest(), len(content), "image/jpeg", "waiting", None, None)
        data = {
            "area_id": area_id,
            "recorded_at": self.clock.now(),
            "kind": "photo",
            "sha256": photo.sha256,
            "size": photo.size,
            "content_type": photo.content_type,
            "captured_at": self.clock.now(),
            "subject": subject,
            **({"location": location} if location else {}),
        }
        with self.store.transaction():
            self.store.add_photo(photo, content)
            self._enqueue("media", id, "put", 0, data)
        return id

    def add_track(self, patrol_id: str, *, area_id: str, points: Sequence[tracks.Point]) -> None:
        """Queue where the patrol walked, in pieces that don't depend on one another."""
        for piece in tracks.pieces(points):
            self._enqueue("track", patrol_id, "put", 0, {"area_id": area_id, **piece})

    def see(self, type: str, id: str) -> Data | None:
        """A record as its user sees it: the server's copy with the undelivered queue on top."""
        copy = self.store.copy(type, id)
        data = copy.data if copy else None
        for mutation in self.store.queued(type=type, id=id):
            body = json.loads(mutation.body)
            data = None if body["op"] == "delete" else {**(data or {}), **body["data"]}
        return data

    def _version(self, type: str, id: str) -> int:
        copy = self.store.copy(type, id)
        return copy.version if copy else 0

    def _enqueue(self, type: str, id: str, op: str, base_version: int, data: Data) -> None:
        mutation = {"mutation_id": str(uuid.uuid4()), "type": type, "id": id, "op": op, "base_version": base_version}
        self.store.enqueue({**mutation, "data": data}, boot=self.clock.boot, made_at=self.clock.monotonic())


def new_phone(base_url: str, folder: Path, account: Mapping[str, Any]) -> Phone:
    """Somebody who lost the phone signs in on a new one, which gets everything from nothing."""
    phone = Phone(base_url, folder / f"{account['key']}-new", wire=Wire(timeout_s=60))
    phone.sign_in(phone=account["phone"], password=account["password"], name="Điện thoại mới")
    phone.sync.converge()
    return phone
