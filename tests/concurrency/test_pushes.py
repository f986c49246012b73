"""Pushes that meet: repeats, taken ids, locks, and what many writers cost one another."""

import time
import uuid
from collections import Counter

import psycopg2
from django.db import connection

from accounts.scoping import SystemActor
from api.sync.changes import Change
from api.sync.engine import write
from api.sync.models import Mutation, Revision, Stream, StreamEntry
from tests.api.sync.talk import client, code, delete, lamp, patch, push_as, put, read, some_id
from tests.cast import Cast, Person, add_member
from tests.concurrency.together import at_once, fetch, send, settle
from tests.lamps.models import Lamp


def test_the_same_push_three_times_at_once_leaves_one_set_of_rows_and_answers_that_agree(cast: Cast) -> None:
    made = [put(lamp(cast)) for _ in range(20)]
    pushed = [*made, patch(made[0]["id"], {"watt": 5}, 1), put(lamp(cast, state="dim")), delete(some_id())]
    answers = at_once(*[lambda: send(cast.lan, *pushed)] * 3)
    assert Lamp.objects.count() == 20 and StreamEntry.objects.filter(type="lamp").count() == 21
    assert Revision.objects.filter(type="lamp", status="applied").count() == 21
    assert Mutation.objects.count() == len(pushed)
    for results in zip(*answers, strict=True):
        said = {(r.get("was") or r["status"], r["version"]) for r in results}
        first = [r for r in results if "was" not in r]
        assert len(said) == 1, results
        assert len(first) == 1 or said == {("rejected", None)}


def test_a_push_whose_answer_was_lost_is_unchanged_after_another_phone_edited(cast: Cast) -> None:
    made = put(lamp(cast))
    edit = patch(made["id"], {"watt": 40}, 1)
    send(cast.lan, made, edit)
    send(cast.bao, patch(made["id"], {"watt": 60}, 2))
    assert [(r["status"], r["was"], r["version"]) for r in send(cast.lan, made, edit)] == [
        ("unchanged", "applied", 1), ("unchanged", "applied", 2),
    ]  # fmt: skip
    assert read(cast.lan, made["id"])["watt"] == 60


def test_an_id_made_in_two_hamlets_at_once_is_one_hamlets(cast: Cast) -> None:
    for _ in range(5):
        record_id = some_id()
        mine, theirs = put(lamp(cast), record_id), put(lamp(cast, 2), record_id)
        [[lan], [linh]] = at_once(lambda m=mine: send(cast.lan, m), lambda m=theirs: send(cast.linh, m))
        assert sorted([lan["status"], linh["status"]]) == ["applied", "rejected"]
        assert code(lan if lan["status"] == "rejected" else linh) == "already_exists"
        assert Lamp.objects.filter(id=record_id).count() == 1


def test_an_id_made_by_rest_in_two_hamlets_at_once_is_201_and_409(cast: Cast) -> None:
    for _ in range(5):
        record_id = some_id()
        phones = [(client(cast.lan), lamp(cast, id=record_id)), (client(cast.linh), lamp(cast, 2, id=record_id))]
        made = at_once(*(lambda p=p, d=d: p.post("/v1/lamps", d, content_type="application/json") for p, d in phones))
        assert sorted(response.status_code for response in made) == [201, 409]


def test_one_mutation_id_for_two_hamlets_at_once_counts_once(cast: Cast) -> None:
    add_member(cast.lan, cast.hamlets[1], cast.teams[1], "member")
    for _ in range(5):
        first, second = put(lamp(cast)), put(lamp(cast, 1))
        second["mutation_id"] = first["mutation_id"]
        both = at_once(lambda m=first: send(cast.lan, m), lambda m=second: send(cast.lan, m))
        assert sorted(result["status"] for [result] in both) == ["applied", "rejected"]


def test_what_only_the_database_refuses_goes_alone(cast: Cast, postgres: object) -> None:
    def alter(what: str) -> None:
        owner = psycopg2.connect(postgres.owner)  # type: ignore[attr-defined]
        with owner, owner.cursor() as cursor:
            cursor.execute(f"ALTER TABLE lamp {what}")
        owner.close()

    alter("ADD CONSTRAINT no_x CHECK (name <> 'x')")
    try:
        results = send(cast.lan, *(put(lamp(cast, name=name)) for name in "abxcd"))
        assert [r["status"] for r in results] == ["applied", "applied", "rejected", "applied", "applied"]
    finally:
        alter("DROP CONSTRAINT no_x")


def test_a_stream_that_is_not_had_in_three_seconds_is_deferred_and_others_are_not(cast: Cast, postgres: object) -> None:
    add_member(cast.lan, cast.hamlets[1], cast.teams[1], "member")
    busy, free = put(lamp(cast)), put(lamp(cast, 1))
    holder = psycopg2.connect(postgres.api)  # type: ignore[attr-defined]
    with holder, holder.cursor() as cursor:
        cursor.execute("SELECT FROM stream WHERE area_id = %s FOR NO KEY UPDATE", [str(cast.hamlets[0])])
        begun = time.monotonic()
        results = send(cast.lan, busy, free)
        waited = time.monotonic() - begun
    holder.close()
    assert [r["status"] for r in results] == ["deferred", "applied"] and code(results[0]) == "lock_timeout"
    assert 2.5 < waited < 5
    assert [r["status"] for r in send(cast.lan, busy)] == ["applied"]


def test_two_writers_in_the_same_two_areas_never_deadlock(cast: Cast) -> None:
    """Each push names both areas, in opposite orders, and so does each write that must hold both at once."""
    for person in (cast.lan, cast.bao):
        add_member(person, cast.hamlets[1], cast.teams[1], "member")

    def pushes(person: Person, order: tuple[int, int]) -> Counter[str]:
        seen: Counter[str] = Counter()
        for _ in range(40):
            seen.update(r["status"] for r in send(person, *(put(lamp(cast, place)) for place in order)))
        return seen

    def writes(order: tuple[int, int]) -> Counter[str]:
        seen: Counter[str] = Counter()
        for _ in range(40):
            made = [put(lamp(cast, place, visits=[], keeper_ids=[])) for place in order]
            changes = [
                Change("lamp", _uuid(m["id"]), "put", cast.hamlets[place], {**m["data"], "id": m["id"]}, system=True)
                for m, place in zip(made, order, strict=True)
            ]
            seen.update(outcome.status for outcome in write(SystemActor(reason="test"), changes))
        return seen

    before = _deadlocks()
    counts = at_once(
        lambda: pushes(cast.lan, (0, 1)),
        lambda: pushes(cast.bao, (1, 0)),
        lambda: writes((0, 1)),
        lambda: writes((1, 0)),
    )
    assert sum(counts, Counter()) == {"applied": 4 * 80}
    assert _deadlocks() == before
    for place in (0, 1):
        numbers = list(
            StreamEntry.objects.filter(area_id=cast.hamlets[place]).order_by("seq").values_list("seq", flat=True)
        )
        assert numbers == list(range(1, 161))
        assert Stream.objects.get(area_id=cast.hamlets[place]).head == 160


def test_sixteen_writers_in_sixteen_areas_do_not_slow_one_another(cast: Cast) -> None:
    """One process has one interpreter's lock to share, so what is measured is that areas add no wait of their own."""
    people = settle(cast, 16)
    together = []
    for number in range(16):
        person = people[number].on_another_phone()
        add_member(person, cast.hamlets[4], cast.teams[4], "member") if number else None
        together.append(person)

    def rate(apart: bool, seconds: float = 3.0) -> float:
        stop = time.monotonic() + seconds

        def job(number: int) -> int:
            place, person = (4 + number, people[number]) if apart else (4, together[number])
            actor, done = person.actor(), 0
            while time.monotonic() < stop:
                [item] = push_as(actor, [put(lamp(cast, place))])
                assert item.outcome is not None and item.outcome.status == "applied"
                done += 1
            return done

        return sum(at_once(*(lambda n=n: job(n) for n in range(16)))) / seconds

    rate(apart=True, seconds=0.5)
    alone = _alone(cast, people[0])
    apart, same = rate(apart=True), rate(apart=False)
    print(f"\npushes/s: 1 writer {alone:.0f}; 16 writers in 16 areas {apart:.0f}; 16 writers in 1 area {same:.0f}")
    assert apart > 0.6 * alone
    assert apart > 0.8 * same


def _alone(cast: Cast, person: Person, seconds: float = 1.5) -> float:
    actor, done, stop = person.actor(), 0, time.monotonic() + seconds
    while time.monotonic() < stop:
        push_as(actor, [put(lamp(cast, 4))])
        done += 1
    return done / seconds


def test_a_failover_raises_the_epoch_once_even_if_many_pulls_see_it_first(cast: Cast, postgres: object) -> None:
    send(cast.lan, put(lamp(cast)))
    before = fetch(cast.bao, None)
    superuser = psycopg2.connect(postgres.superuser)  # type: ignore[attr-defined]
    with superuser, superuser.cursor() as cursor:
        cursor.execute("UPDATE server_epoch SET timeline_id = timeline_id + 1")
    superuser.close()
    pages = at_once(*[lambda: fetch(cast.bao, before.cursor)] * 6)
    assert len({page.epoch for page in pages}) == 1 and pages[0].epoch > before.epoch
    for page in pages:
        assert str(cast.hamlets[0]) in {area["area_id"] for area in page.reset_areas}
    assert fetch(cast.bao, pages[0].cursor).reset_areas == []


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(text)
