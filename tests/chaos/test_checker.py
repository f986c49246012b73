"""The set checker must be able to fail: whatever is planted in sound tables is found, by its kind and its id."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg2
import pytest

from prove.checker import Verdict, check
from prove.hands import Sent
from tests.api.sync.talk import delete, lamp, patch, put
from tests.cast import Cast, Person
from tests.concurrency.together import send
from tests.servers import PostgresAddress

Wire = dict[str, Any]
SEATED = {"area rows", "team rows", "membership rows"}
"""The cast's places are written without the engine, so they have no streams."""


@pytest.fixture
def sent(cast: Cast) -> list[Sent]:
    """An evening of two phones: creates, edits of one another's records, a delete, a tombstone, a lost answer."""
    first, second = put(lamp(cast)), put(lamp(cast))
    evening = [
        (cast.lan, [first, second]),
        (cast.bao, [patch(first["id"], {"watt": 40}, 1), patch(second["id"], {"name": "Đèn ngõ 2"}, 1)]),
        (cast.lan, [patch(first["id"], {"name": "Đèn ngõ 3"}, 1), delete(uuid.uuid4(), 1)]),
        (cast.lan, [patch(first["id"], {"watt": 60}, 1), delete(second["id"], 2)]),
    ]
    told = [one for person, mutations in evening for one in _told(person, mutations)]
    return [*told[:-1], Sent(**{**vars(told[-1]), "status": None, "version": None})]


def _told(person: Person, mutations: list[Wire]) -> list[Sent]:
    results = send(person, *mutations)
    return [
        Sent(person.key, str(person.user_id), m["mutation_id"], m["type"], m["id"], m["op"], r["status"], r["version"])
        for m, r in zip(mutations, results, strict=True)
    ]


def verdict(postgres: PostgresAddress, sent: list[Sent]) -> Verdict:
    return check(postgres.owner, sent)


def kinds(found: Verdict) -> set[str]:
    return set(found.findings) - SEATED


def plant(postgres: PostgresAddress, sql: str, *params: object) -> None:
    connection = psycopg2.connect(postgres.superuser)
    with connection, connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount, "nothing was planted"
    connection.close()


def test_nothing_is_found_where_all_is_well(postgres: PostgresAddress, sent: list[Sent]) -> None:
    found = verdict(postgres, sent)
    assert kinds(found) == set(), list(found.lines())
    assert (found.counts.acknowledged, found.counts.unacknowledged, found.counts.applied_unacknowledged) == (7, 1, 1)


def test_a_lost_element_is_named(postgres: PostgresAddress, sent: list[Sent]) -> None:
    lost = Sent("lan", sent[0].user_id, str(uuid.uuid4()), "lamp", str(uuid.uuid4()), "put", "applied", 1)
    found = verdict(postgres, [*sent, lost])
    assert kinds(found) == {"lost"}
    assert lost.mutation_id in found.findings["lost"][0]


def test_an_element_lost_with_all_its_traces_is_named(postgres: PostgresAddress, sent: list[Sent]) -> None:
    one = sent[1].record_id
    for table, column in (("lamp", "id"), ("revision", "record_id"), ("stream_entry", "record_id")):
        plant(postgres, f"DELETE FROM {table} WHERE {column} = %s", one)
    plant(postgres, "DELETE FROM audit_event WHERE subject_id = %s", one)
    plant(postgres, "DELETE FROM mutation WHERE record_id = %s", one)
    found = verdict(postgres, sent)
    assert sent[1].mutation_id in " ".join(found.findings["lost"])
    assert "streams" in kinds(found), "numbers were given out for what is nowhere"


def test_a_doubled_element_is_named(postgres: PostgresAddress, sent: list[Sent]) -> None:
    plant(
        postgres,
        "INSERT INTO revision SELECT gen_random_uuid(), received_at, type, record_id, area_id, version + 1, "
        "base_version, status, op, changed, data, author_id, device_id, mutation_id FROM revision "
        "WHERE mutation_id = %s",
        sent[2].mutation_id,
    )
    found = verdict(postgres, sent)
    assert sent[2].mutation_id in found.findings["doubled"][0]
    assert "versions" in kinds(found)


def test_a_record_made_twice_under_two_mutations_is_named(postgres: PostgresAddress, sent: list[Sent]) -> None:
    plant(
        postgres,
        "INSERT INTO mutation SELECT gen_random_uuid(), user_id, body_hash, type, record_id, status, version, outcome,"
        " received_at FROM mutation WHERE id = %s",
        sent[0].mutation_id,
    )
    assert {"from nobody", "partial"} <= kinds(verdict(postgres, sent))


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("DELETE FROM mutation WHERE id = %s", "partial"),
        ("DELETE FROM revision WHERE mutation_id = %s", "partial"),
        ("DELETE FROM audit_event WHERE subject_id = (SELECT record_id FROM mutation WHERE id = %s)", "audit"),
        ("DELETE FROM stream_entry WHERE record_id = (SELECT record_id FROM mutation WHERE id = %s)", "versions"),
        ("DELETE FROM lamp WHERE id = (SELECT record_id FROM mutation WHERE id = %s)", "lamp rows"),
        ("UPDATE lamp SET watt = 7 WHERE id = (SELECT record_id FROM mutation WHERE id = %s)", "lamp rows"),
        ("UPDATE lamp SET version = 9 WHERE id = (SELECT record_id FROM mutation WHERE id = %s)", "lamp rows"),
        ("UPDATE mutation SET status = 'gone' WHERE id = %s", "doubled"),
        ("UPDATE mutation SET version = 9 WHERE id = %s", "answered otherwise"),
        ("UPDATE stream SET head = head + 1 WHERE area_id = (SELECT area_id FROM lamp JOIN mutation m ON "
         "m.record_id = lamp.id WHERE m.id = %s)", "streams"),
    ],
)  # fmt: skip
def test_a_partial_element_is_named(postgres: PostgresAddress, sent: list[Sent], sql: str, kind: str) -> None:
    plant(postgres, sql, sent[0].mutation_id)
    found = verdict(postgres, sent)
    assert kind in kinds(found)
    text = " ".join(found.lines())
    assert sent[0].mutation_id in text or sent[0].record_id in text or kind == "streams"


def test_what_was_never_acknowledged_may_be_missing_whole(postgres: PostgresAddress, sent: list[Sent]) -> None:
    never = Sent("lan", sent[0].user_id, str(uuid.uuid4()), "lamp", str(uuid.uuid4()), "put", None, None)
    found = verdict(postgres, [*sent, never])
    assert kinds(found) == set()
    assert (found.counts.unacknowledged, found.counts.applied_unacknowledged) == (2, 1)


def test_what_was_never_acknowledged_must_not_be_there_in_part(postgres: PostgresAddress, sent: list[Sent]) -> None:
    plant(postgres, "DELETE FROM mutation WHERE id = %s", sent[-1].mutation_id)
    found = verdict(postgres, sent)
    assert sent[-1].mutation_id in found.findings["partial"][0]


def test_a_track_that_is_nowhere_is_named(postgres: PostgresAddress, cast: Cast, sent: list[Sent]) -> None:
    piece = {"t0": "2026-11-22T12:30:00.000Z", "dt_s": [0], "lon_e6": [1], "lat_e6": [1], "accuracy_m": [5]}
    place = {"area_id": str(cast.hamlets[0])}
    told = [*sent, *_told(cast.lan, [put(place | piece, type="track", base=0)])]
    assert kinds(verdict(postgres, told)) == set()
    plant(postgres, "DELETE FROM track WHERE id = %s", told[-1].record_id)
    found = verdict(postgres, told)
    assert told[-1].mutation_id in found.findings["track rows"][0]
