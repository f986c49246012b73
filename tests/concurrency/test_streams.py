"""Streams under fire: writers commit out of order in several areas, readers pull in small pages and miss nothing."""

from __future__ import annotations

import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.scoping import SystemActor
from api.sync import engine, store
from api.sync.changes import Change
from api.sync.cursor import Cursor
from api.sync.models import StreamEntry
from tests.api.sync.examples import modest
from tests.api.sync.talk import delete, lamp, patch, put
from tests.cast import Cast, Person, add_grant, add_member
from tests.concurrency.together import at_once, fetch, send

ROUNDS = 12


@dataclass
class Reader:
    """A phone that pulls and never trusts anything but its own cursor."""

    person: Person
    limit: int
    held: dict[str, int] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    cursor: str | None = None
    pages: int = 0

    def page(self) -> bool:
        """Take one page; whether there is more."""
        page = fetch(self.person, self.cursor, limit=self.limit, max_bytes=2048)
        before = Cursor.decode(self.cursor, self.person.user_id).places if self.cursor else {}
        after = Cursor.decode(page.cursor, self.person.user_id).places
        for no, place in before.items():
            assert after[no].position >= place.position, "a reader never goes back"
        for change in orjson.loads(orjson.dumps(page.changes)):
            assert change["version"] >= self.newest.get(change["id"], 0), "nor does a record"
            self.newest[change["id"]] = change["version"]
            if change["op"] == "delete":
                self.held.pop(change["id"], None)
            else:
                assert change["data"]["version"] == change["version"]
                self.held[change["id"]] = change["version"]
        self.cursor, self.pages = page.cursor, self.pages + 1
        return page.has_more

    def follow(self, over: threading.Event) -> None:
        """Pull until the writers are done, then to the end."""
        while not over.is_set():
            self.page()
        while self.page():
            pass


@pytest.fixture
def slow_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of writers stay open for a moment after all is written, so that commits come in another order."""
    plain = store.run

    def run(statements: Any) -> None:
        plain(statements)
        time.sleep(random.random() * 0.02)

    monkeypatch.setattr(engine.store, "run", run)


def push_at_random(person: Person, cast: Cast, places: list[int], chance: random.Random) -> None:
    """Create, change and delete lamps, several hamlets in a push."""
    own: list[str] = []
    for _ in range(ROUNDS):
        changes = [put(lamp(cast, chance.choice(places))) for _ in range(chance.randint(1, 4))]
        changes += [
            patch(each, {"watt": chance.randint(1, 99)}, 10_000) for each in chance.sample(own, min(2, len(own)))
        ]
        if len(own) > 4 and chance.random() < 0.4:
            changes.append(delete(own.pop(chance.randrange(len(own))), 10_000))
        results = send(person, *changes)
        own += [change["id"] for change in changes if change["op"] == "put"]
        assert {r["status"] for r in results} <= {"applied", "unchanged", "gone"}, results


def write_at_random(cast: Cast, chance: random.Random) -> None:
    """Writes that hold several streams at once."""
    for _ in range(ROUNDS):
        changes = []
        for place in chance.sample([0, 1, 2], chance.randint(1, 3)):
            record_id = uuid.uuid4()
            data = lamp(cast, place, id=str(record_id))
            changes.append(Change("lamp", record_id, "put", cast.hamlets[place], data, system=True))
        engine.write(SystemActor(reason="test"), changes)


@pytest.fixture
def around(cast: Cast) -> Cast:
    """Lan and Bảo write in two hamlets, Linh in the third; Minh and Dũng read all three."""
    for person in (cast.lan, cast.bao):
        add_member(person, cast.hamlets[1], cast.teams[1], "member")
    for person in (cast.minh, cast.dung):
        add_grant(person, "front_officer", cast.communes[1])
    return cast


@modest(4)
@given(seed=st.integers(0, 2**32))
def test_a_reader_never_misses_a_commit_and_never_goes_back(around: Cast, slow_commits: None, seed: int) -> None:
    over = threading.Event()
    chances = [random.Random(seed + n) for n in range(4)]
    writers = [
        lambda: push_at_random(around.lan, around, [0, 1], chances[0]),
        lambda: push_at_random(around.bao, around, [1, 0], chances[1]),
        lambda: push_at_random(around.linh, around, [2], chances[2]),
        lambda: write_at_random(around, chances[3]),
    ]
    readers = [Reader(around.minh, 2), Reader(around.dung, 7)]
    left = [len(writers)]
    lock = threading.Lock()

    def counted(job: Any) -> None:
        try:
            job()
        finally:
            with lock:
                left[0] -= 1
                if not left[0]:
                    over.set()

    at_once(
        *(lambda w=writer: counted(w) for writer in writers),
        *(lambda r=reader: r.follow(over) for reader in readers),
    )
    entries = StreamEntry.objects.filter(type="lamp", deleted=False)
    live = {str(entry.record_id): entry.version for entry in entries}
    for reader in readers:
        assert reader.held == live
    for hamlet in around.hamlets[:3]:
        numbers = sorted(StreamEntry.objects.filter(area_id=hamlet).values_list("seq", flat=True))
        assert len(set(numbers)) == len(numbers)
