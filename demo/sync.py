"""Sync: the queue goes up, what is new comes down, and fingerprints tell whether both sides hold the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from demo.clock import Clock
from demo.session import OutOfReach, Refused, Session
from demo.store import Copy, Data, Queued, Store
from demo.wire import Answer

BATCH = 200
BATCH_BYTES = 512 * 1024
KEEP_ACKNOWLEDGED_S = 72 * 3600

TAKEN = {"applied", "unchanged", "merged", "conflict"}


class Sync:
    """Push, pull and digest for one phone. Whatever an answer brings is written in one transaction with its cursor."""

    def __init__(self, session: Session, store: Store, clock: Clock) -> None:
        self.session = session
        self.store = store
        self.clock = clock

    # Up

    def push(self) -> None:
        """Send the queue until nothing waits. Raises `OutOfReach` if some of it stays deferred for too long."""
        with self.store.transaction():
            self.store.forget_acknowledged(self.clock.wall() - KEEP_ACKNOWLEDGED_S)
        rounds = 0
        while self.store.count_queued():
            if self._push_round():
                rounds = 0
            else:
                rounds += 1
                self.session.patience.rest(rounds)

    def _push_round(self) -> bool:
        """Send each waiting mutation once, in order; whether any left the queue."""
        size, after, progress = BATCH, 0, False
        held: set[tuple[str, str]] = set()
        while batch := self._batch(after, size, held):
            answer = self.session.ask("POST", "/v1/sync/push", body=partial(self._push_body, batch))
            if answer.ok:
                page = answer.json()
                held |= self._take_results(batch, page)
                progress = progress or any(r["status"] != "deferred" for r in page["results"])
                after, size = batch[-1].number, BATCH
                if page.get("pull"):
                    self._take(page["pull"])
                self._note_epoch(page["epoch"])
            elif answer.code == "cursor_invalid":
                self._start_anew()
            elif answer.status not in (400, 413):
                raise Refused(answer)
            elif len(batch) > 1:
                size = len(batch) // 2
            else:
                with self.store.transaction():
                    self._set_aside(batch[0], {"status": "rejected", "problem": answer.problem})
                after, size, progress = batch[0].number, BATCH, True
        return progress

    def _batch(self, after: int, size: int, held: set[tuple[str, str]]) -> list[Queued]:
        """The next mutations. A record with one deferred is held back: its later ones mustn't overtake."""
        batch: list[Queued] = []
        room = BATCH_BYTES
        for mutation in self.store.queued(after=after):
            if (mutation.type, mutation.id) in held:
                continue
            room -= len(mutation.body.encode())
            if batch and (len(batch) == size or room < 0):
                break
            batch.append(mutation)
        return batch

    def _push_body(self, batch: Sequence[Queued]) -> bytes:
        """The push, with the clocks read afresh and every mutation's text exactly as it was first written."""
        mutations = []
        for mutation in batch:
            elapsed = ""
            if mutation.boot == self.clock.boot:
                elapsed = f',"elapsed_ms":{max(0, round((self.clock.monotonic() - mutation.made_at) * 1000))}'
            mutations.append(mutation.body[:-1] + elapsed + "}")
        cursor = self.store.get("cursor")
        tail = f',"cursor":{json.dumps(cursor)}' if cursor else ""
        return f'{{"sent_at":"{self.clock.now()}","mutations":[{",".join(mutations)}]{tail}}}'.encode()

    def _take_results(self, batch: Sequence[Queued], page: Data) -> set[tuple[str, str]]:
        """Act on each result; only a result takes a mutation off the queue. Returns the records that must wait."""
        results = {result["mutation_id"]: result for result in page["results"]}
        held = set()
        with self.store.transaction():
            for mutation in batch:
                result = results.get(mutation.mutation_id)
                # The first answer may have been lost: then the refusal is told as what it `was`.
                outcome = result and (result.get("was") or result["status"])
                if result is None or outcome not in TAKEN | {"gone", "rejected"}:
                    held.add((mutation.type, mutation.id))
                elif outcome == "rejected":
                    self._set_aside(mutation, result)
                else:
                    self._apply_result(mutation, result)
                    self.store.settle(mutation.mutation_id, "acknowledged", result, self.clock.wall())
        return held

    def _apply_result(self, mutation: Queued, result: Data) -> None:
        """Bring the copy to what the server now holds, as far as the result tells; pull brings the rest."""
        if mutation.type == "media" and result.get("upload"):
            # After a restore the server may ask for a photo that left the phone: its bytes are in S3 all the same.
            state = "waiting" if self.store.file(mutation.id).exists() else "stored"
            self.store.update_photo(mutation.id, state=state, upload=result["upload"])
        if mutation.type == "track":
            return
        body = json.loads(mutation.body)
        outcome = result.get("was") or result["status"]
        copy = self.store.copy(mutation.type, mutation.id)
        if outcome == "gone" or (outcome == "applied" and body["op"] == "delete"):
            self.store.drop_copy(mutation.type, mutation.id)
        elif copy and copy.version > result["version"]:
            return
        elif data := result.get("current"):
            self.store.put_copy(Copy(mutation.type, mutation.id, data["area_id"], result["version"], data))
        elif outcome == "applied" and (copy or body["op"] == "put"):
            data = {**(copy.data if copy else {}), **body["data"]}
            self.store.put_copy(Copy(mutation.type, mutation.id, data["area_id"], result["version"], data))
        # Else others' changes are in it that weren't sent along: the copy stays old until pull or digest bring it.

    def _set_aside(self, mutation: Queued, result: Data) -> None:
        self.store.settle(mutation.mutation_id, "set_aside", result, self.clock.wall())

    # Down

    def pull(self) -> None:
        """Fetch what is new until there is no more."""
        while True:
            cursor, etag = self.store.get("cursor"), self.store.get("etag")
            query = urlencode({"limit": 500, **({"cursor": cursor} if cursor else {})})
            headers = {"If-None-Match": etag} if etag else {}
            answer = self.session.ask("GET", f"/v1/sync/pull?{query}", headers=headers)
            if answer.status == HTTPStatus.NOT_MODIFIED:
                return
            if answer.code == "cursor_invalid":
                self._start_anew()
                continue
            if not answer.ok:
                raise Refused(answer)
            page = answer.json()
            self._take(page, answer.headers.get("etag"))
            self._note_epoch(page["epoch"])
            if not page["has_more"]:
                return

    def _take(self, page: Data, etag: str | None = None) -> None:
        """Write one page: marks, changes, sweeps, and the cursor that stands for them."""
        with self.store.transaction():
            for reset in page["reset_areas"]:
                self.store.mark(reset["area_id"])
            for change in page["changes"]:
                self._apply_change(change)
            done = list(page["reset_done"])
            if self.store.get("anew") and not page["has_more"]:
                done += self.store.refilling()
                self.store.set(anew=None)
            for area_id in done:
                self.store.sweep(area_id)
            for area_id in page["revoked_areas"]:
                self.store.purge(area_id)
            self.store.set(cursor=page["cursor"], etag=etag)

    def _apply_change(self, change: Data) -> None:
        copy = self.store.copy(change["type"], change["id"])
        refilling = self.store.is_refilling(change["area_id"])
        if copy and not refilling and change["version"] < copy.version:
            return
        if change["op"] == "delete":
            # Moved to another area, it may have come from there first.
            if copy and copy.area_id == change["area_id"]:
                self.store.drop_copy(change["type"], change["id"])
        elif "data" in change:
            self.store.put_copy(
                Copy(change["type"], change["id"], change["area_id"], change["version"], change["data"])
            )
        elif copy:
            # What this push wrote itself comes without data: only the version is news.
            self.store.put_copy(replace(copy, version=change["version"]))

    def _start_anew(self) -> None:
        with self.store.transaction():
            self.store.mark_all()
            self.store.set(cursor=None, etag=None, anew=True)

    def _note_epoch(self, epoch: Any) -> None:
        """After a restore the server may lack what it had acknowledged: all of the last 72 hours goes up again."""
        known = self.store.get("epoch")
        if known == epoch:
            return
        with self.store.transaction():
            if known is not None:
                self.store.requeue_acknowledged()
            self.store.set(epoch=epoch)

    # Equal?

    def check(self) -> bool:
        """Compare fingerprints with the server; what differs will come anew with the next pull. True if nothing did."""
        question = {"cursor": self.store.get("cursor"), "areas": self._fingerprints()}
        answer: Answer = self.session.ask("POST", "/v1/sync/digest", body=lambda: json.dumps(question).encode())
        if not answer.ok:
            raise Refused(answer)
        found = answer.json()
        if found["differ"]:
            with self.store.transaction():
                self.store.set(cursor=found["cursor"], etag=None)
        return not found["differ"] and not found["behind"]

    def _fingerprints(self) -> dict[str, dict[str, Data]]:
        """The digests of all that this phone syncs, including the types of which it holds nothing."""
        held = self.store.digests()
        empty = Store.empty_digest()
        for area in self.session.get("/v1/me")["areas"]:
            types = held.setdefault(area["area_id"], {})
            for type in area["types"]:
                types.setdefault(type, empty)
        return held

    def converge(self, rounds: int = 5) -> None:
        """Pull and check until both sides hold the same; raises `OutOfReach` if they don't agree after some rounds."""
        for _ in range(rounds):
            self.push()
            self.pull()
            if self.check():
                return
        raise OutOfReach("the fingerprints still differ")
