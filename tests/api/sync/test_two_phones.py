"""Two phones edit one lamp, offline and on, in any order, with lost answers: they end alike, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.actors import Actor
from api.ids import uuid7
from api.localtime import wire
from api.records import record_type
from api.sync.models import Revision
from api.sync.pull import Asked, pull
from api.sync.push import result, written_by
from api.sync.store import rows_of
from tests.api.sync.examples import modest
from tests.api.sync.talk import lamp, mutation, push_as
from tests.cast import Cast

pytestmark = pytest.mark.django_db

Wire = dict[str, Any]


@dataclass
class Phone:
    """As little of a phone as 3-api asks for: copies by version, a queue, a cursor."""

    actor: Actor
    copies: dict[str, Wire] = field(default_factory=dict)
    queue: list[Wire] = field(default_factory=list)
    cursor: str | None = None
    ended: dict[str, str] = field(default_factory=dict)

    def view(self, record_id: str) -> Wire | None:
        """The copy with the queue on top, as its user sees it."""
        seen = self.copies.get(record_id)
        for waiting in self.queue:
            if waiting["id"] == record_id:
                seen = None if waiting["op"] == "delete" else {**(seen or {}), **waiting["data"]}
        return seen

    def edit(self, op: str, record_id: str, data: Wire | None) -> Wire:
        base = self.copies[record_id]["version"] if record_id in self.copies else None
        self.queue.append(mutation(op, record_id, data, base))
        return self.queue[-1]

    def push(self, *, heard: bool, count: int = 200) -> None:
        """Send the head of the queue; if the answer isn't heard, all of it stays."""
        sent = self.queue[:count]
        items = push_as(self.actor, sent)
        page = pull(self.actor, Asked(self.cursor, own=written_by(items))) if self.cursor else None
        if not heard:
            return
        for item, asked in zip(items, sent, strict=True):
            answer = result(item, "vi", "")
            if answer["status"] != "deferred":
                self.queue.remove(asked)
                self._take(asked, answer)
        if page:
            self._apply(page)

    def _take(self, asked: Wire, answer: Wire) -> None:
        outcome, copy = answer.get("was") or answer["status"], self.copies.get(asked["id"])
        self.ended[asked["mutation_id"]] = outcome
        if outcome == "gone" or (outcome == "applied" and asked["op"] == "delete"):
            self.copies.pop(asked["id"], None)
        elif copy and copy["version"] > answer["version"]:
            return
        elif "current" in answer:
            self.copies[asked["id"]] = answer["current"]
        elif outcome == "applied":
            self.copies[asked["id"]] = {**(copy or {}), **asked["data"], "version": answer["version"]}

    def pull(self, limit: int = 500) -> None:
        while True:
            page = pull(self.actor, Asked(self.cursor, limit=limit))
            self._apply(page)
            if not page.has_more:
                return

    def _apply(self, page: Any) -> None:
        for change in orjson.loads(orjson.dumps(page.changes)):
            copy = self.copies.get(change["id"])
            if copy and change["version"] < copy["version"]:
                continue
            if change["op"] == "delete":
                self.copies.pop(change["id"], None)
            elif "data" in change:
                self.copies[change["id"]] = change["data"]
            elif copy:
                copy["version"] = change["version"]
        self.cursor = page.cursor


STEPS = st.tuples(
    st.integers(0, 1),
    st.sampled_from(
        2 * ["name", "watt", "state", "state_at", "both", "location", "clear", "put"]
        + 2 * ["keeper+", "keeper-", "visit", "revisit", "pull", "push", "lose"]
        + ["delete", "push one"]
    ),
    st.integers(0, 2**32),
)  # fmt: skip


def drawn(kind: str, seen: Wire, seed: int) -> Wire | None:
    """The fields of an edit of that kind by somebody who sees this."""
    chance = random.Random(seed)
    moment = wire(dt.datetime(2026, 11, 22, tzinfo=dt.UTC) + dt.timedelta(seconds=chance.randrange(10**6)))
    keepers, visits = seen.get("keeper_ids") or [], seen.get("visits") or []
    visit = {"id": str(uuid.UUID(int=chance.getrandbits(128))), "visited_at": moment, "note": f"{seed}"}
    match kind:
        case "name":
            return {"name": chance.choice(["Đèn chợ", "Đèn đình", f"Đèn {seed}"])}
        case "watt":
            return {"watt": chance.randint(1, 5)}
        case "state":
            return {"state": chance.choice(["working", "broken"])}
        case "state_at":
            return {"state_at": moment}
        case "both":
            return {"state": chance.choice(["working", "broken"]), "state_at": moment}
        case "location":
            return {"location": {"lon": chance.choice([108.1, 108.2]), "lat": 10.9, "accuracy_m": None}}
        case "keeper+":
            return {"keeper_ids": sorted([*keepers, str(uuid7())])}  # nobody is added twice: the ledger tells no order
        case "keeper-" if keepers:
            gone = chance.choice(keepers)
            return {"keeper_ids": [keeper for keeper in keepers if keeper != gone]}
        case "visit":
            return {"visits": sorted([*visits, visit], key=lambda item: item["id"])}
        case "revisit" if visits:
            again = chance.choice(visits) | {"note": f"again {seed}"}
            return {
                "visits": sorted([again, *(v for v in visits if v["id"] != again["id"])], key=lambda item: item["id"])
            }
        case "clear":
            return {"watt": None, "location": None}
    return None


@dataclass
class Ledger:
    """What was added and removed, and each edit with what its maker saw."""

    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    edits: list[tuple[Phone, Wire, Wire]] = field(default_factory=list)

    def note(self, phone: Phone, edit: Wire, seen: Wire) -> None:
        before, after = (
            set(seen.get("keeper_ids") or ()),
            set(edit["data"].get("keeper_ids", seen.get("keeper_ids")) or ()),
        )
        self.added |= after - before
        self.removed |= before - after
        self.visits |= {visit["id"] for visit in edit["data"].get("visits", ())}
        changed = {name: value for name, value in edit["data"].items() if seen.get(name) != value}
        self.edits.append((phone, edit, changed))


@pytest.fixture
def phones(cast: Cast) -> list[Actor]:
    return [cast.lan.actor(), cast.bao.actor()]


@modest(80)
@given(steps=st.lists(STEPS, min_size=4, max_size=30))
def test_any_interleaving_ends_the_same_on_both_phones_and_the_server(
    cast: Cast, phones: list[Actor], steps: list[tuple[int, str, int]]
) -> None:
    pair = [Phone(actor) for actor in phones]
    lamp_id, ledger = str(uuid7()), Ledger()
    made = pair[0].edit("put", lamp_id, lamp(cast, id=lamp_id))
    ledger.note(pair[0], made, {})
    for who, what, seed in steps:
        play(pair[who], what, seed, lamp_id, ledger)
    for _ in range(2):
        for phone in pair:
            phone.push(heard=True)
            phone.pull(limit=3)
    [stands] = rows_of(record_type("lamp"), [uuid.UUID(lamp_id)]) or [None]
    agree(pair, lamp_id, stands)
    nothing_lost(ledger, lamp_id, stands)


def play(phone: Phone, what: str, seed: int, lamp_id: str, ledger: Ledger) -> None:
    """One step of one phone."""
    match what:
        case "pull":
            phone.pull(limit=1 + seed % 3)
        case "push":
            phone.push(heard=True)
        case "push one":
            phone.push(heard=True, count=1)
        case "lose":
            phone.push(heard=False, count=1 + seed % 3)
        case _ if (seen := phone.view(lamp_id)) is not None:
            if what == "delete":
                if seed % 4 == 0:
                    phone.edit("delete", lamp_id, None)
                return
            whole = what == "put"
            data = drawn(("name", "both", "keeper+", "visit")[seed % 4] if whole else what, seen, seed)
            if data is not None:
                shape = record_type("lamp").shape
                sent = {name: seen[name] for name in shape.input if name in seen} | data if whole else data
                ledger.note(phone, phone.edit("put" if whole else "patch", lamp_id, sent), seen)


def agree(pair: list[Phone], lamp_id: str, stands: Wire | None) -> None:
    for phone in pair:
        assert phone.queue == []
        copy = phone.copies.get(lamp_id)
        if stands is None:
            assert copy is None
        else:
            assert copy is not None and copy["version"] == stands["version"]
            shape = record_type("lamp").shape
            absent = {name: shape.default(name) for name in shape.input}
            assert {name: (absent | copy)[name] for name in shape.input} == {name: stands[name] for name in shape.input}


def nothing_lost(ledger: Ledger, lamp_id: str, stands: Wire | None) -> None:
    """Each value that was sent stands, or is in a version or a kept conflict; sets and logs hold all that was done."""
    kept = list(Revision.objects.filter(record_id=lamp_id).order_by("version"))
    applied = [revision.version for revision in kept if revision.status == "applied"]
    assert applied == list(range(1, len(applied) + 1))
    for phone, edit, changed in ledger.edits:
        outcome = phone.ended[edit["mutation_id"]]
        assert outcome in ("applied", "merged", "conflict", "unchanged", "gone"), outcome
        if outcome == "gone":
            continue
        for name in set(changed) & {"name", "watt", "state", "state_at", "location"}:
            assert any(name in r.data and r.data[name] == changed[name] for r in kept), (name, changed[name])
        for visit in changed.get("visits", ()):
            assert any(visit in r.data.get("visits", ()) for r in kept), visit
        if outcome == "conflict":
            assert any(r.status == "conflict" and str(r.mutation_id) == edit["mutation_id"] for r in kept)
    if stands is not None:
        assert set(stands["keeper_ids"]) == ledger.added - ledger.removed
        assert {visit["id"] for visit in stands["visits"]} == ledger.visits
        assert stands["visit_count"] == len(ledger.visits)
