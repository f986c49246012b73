"""Photos on their way: to S3 by the link that the server signed, and off the phone once a receipt was checked."""

from __future__ import annotations

import json
from http import HTTPStatus

from demo.receipts import BadReceipt, UnknownKey, check_receipt
from demo.session import Refused, Session
from demo.store import Data, Photo, Store
from demo.wire import Answer, NoAnswer

TOGETHER = 10
"""Photos completed by one request: few, so that room is freed early (the server takes up to 100)."""


class Photos:
    """Uploads and receipts. Records never wait for photos, so this runs after the queue has gone up."""

    def __init__(self, session: Session, store: Store) -> None:
        self.session = session
        self.store = store

    def send(self) -> None:
        """Bring every declared photo to S3 and get its receipt; `OutOfReach` when the network is too bad for it."""
        failures = 0
        while waiting := self._declared():
            safe = 0
            for start in range(0, len(waiting), TOGETHER):
                some = waiting[start : start + TOGETHER]
                for photo in some:
                    self._upload(photo)
                safe += self._complete(some)
            failures = 0 if safe else failures + 1
            if failures:
                self.session.patience.rest(failures)

    def _declared(self) -> list[Photo]:
        """The photos that the server knows of; one whose record was refused stays on the phone and is shown."""
        known = self.store.photos("waiting") + self.store.photos("stored")
        return [photo for photo in known if self.store.copy("media", photo.id)]

    def _upload(self, photo: Photo) -> None:
        """PUT the bytes, repeated until S3 has them (412: it had them already, an answer got lost)."""
        failures = 0
        upload = photo.upload
        while photo.state == "waiting":
            upload = upload or self._sign(photo)
            if upload is None:
                break
            answer = self._put(photo, upload["put"])
            if answer and (answer.ok or answer.status == HTTPStatus.PRECONDITION_FAILED):
                break
            if answer and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                upload = None  # expired, or signed for what S3 no longer takes: ask for another link
            failures += 1
            self.session.retries += 1
            self.session.patience.rest(failures)
        self.store.update_photo(photo.id, state="stored", upload=upload)

    def _put(self, photo: Photo, put: Data) -> Answer | None:
        content = self.store.file(photo.id).read_bytes()
        try:
            return self.session.wire.request("PUT", put["url"], headers=put["headers"], body=content)
        except NoAnswer:
            return None

    def _sign(self, photo: Photo) -> Data | None:
        """A fresh link; None if the server has the bytes verified already."""
        found = self.session.get(f"/v1/media/{photo.id}/upload")
        upload: Data | None = found.get("upload")
        if upload is None:
            return None
        self.store.update_photo(photo.id, state="waiting", upload=upload)
        return upload

    def _complete(self, photos: list[Photo]) -> int:
        """Ask for receipts; how many photos became safe. What S3 turns out not to have goes back to waiting."""
        body = json.dumps({"ids": [photo.id for photo in photos]}).encode()
        answer = self.session.ask("POST", "/v1/media/complete", body=lambda: body)
        if not answer.ok:
            raise Refused(answer)
        results = {result["id"]: result for result in answer.json()["results"]}
        safe = 0
        for photo in photos:
            result = results.get(photo.id, {})
            if result.get("receipt"):
                self._check(photo, result["receipt"])
                safe += 1
            elif (result.get("problem") or {}).get("status") == HTTPStatus.CONFLICT:
                left = self.store.file(photo.id).exists()
                self.store.update_photo(photo.id, state="waiting" if left else "doubtful")
        return safe

    def _check(self, photo: Photo, receipt: str) -> None:
        """Free the file, but only if the receipt proves that the server holds these bytes."""
        try:
            try:
                _prove(photo, receipt, self.store.get("keys") or {})
            except UnknownKey:
                self.store.set(keys=self.session.get("/.well-known/jwks.json"))
                _prove(photo, receipt, self.store.get("keys"))
        except (BadReceipt, UnknownKey):
            self.store.update_photo(photo.id, state="doubtful", receipt=receipt)
            return
        self.store.update_photo(photo.id, state="safe", receipt=receipt)
        self.store.free(photo.id)


def _prove(photo: Photo, receipt: str, keys: Data) -> None:
    check_receipt(receipt, keys=keys, id=photo.id, sha256=photo.sha256, size=photo.size)
