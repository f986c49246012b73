"""The engine: one way in for every change, and what becomes of each."""

import uuid

import pytest

from api.ids import uuid7
from api.localtime import now, wire
from api.sync.changes import Change, Outcome
from api.sync.engine import write
from tests.cast import Cast, Person, raise_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return raise_cast()


def lamp(cast: Cast, **fields: object) -> dict[str, object]:
    here = {"area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0])}
    return here | {"recorded_at": wire(now()), "name": "Đèn ngõ 1", "state": "working", **fields}


def send(cast: Cast, person: Person, op: str, record_id: uuid.UUID, data: dict, base: int | None = None) -> Outcome:
    from api.records import record_type

    shape = record_type("lamp").shape
    raw = {"id": str(record_id), **data} if op == "put" else data
    decoded = shape.decode(raw, partial=op != "put")
    change = Change("lamp", record_id, op, cast.hamlets[0], decoded, base_version=base)
    return write(person.actor(), [change])[0]


def test_what_lan_creates_is_there_with_everything_filled_in(cast: Cast) -> None:
    outcome = send(cast, cast.lan, "put", uuid7(), lamp(cast))
    assert (outcome.status, outcome.version) == ("applied", 1)
    assert outcome.record is not None
    assert outcome.record["keeper_ids"] == [] and outcome.record["visit_count"] == 0
    assert outcome.record["author_id"] == str(cast.lan.user_id)


def test_broken_working_broken_while_offline_ends_broken(cast: Cast) -> None:
    one = uuid7()
    send(cast, cast.lan, "put", one, lamp(cast, state="broken"))
    assert send(cast, cast.lan, "put", one, lamp(cast, state="working"), 1).status == "applied"
    outcome = send(cast, cast.lan, "put", one, lamp(cast, state="broken"), 1)
    assert (outcome.status, outcome.version, outcome.record["state"]) == ("applied", 3, "broken")


def test_others_who_changed_another_field_are_merged_and_the_same_field_is_a_conflict(cast: Cast) -> None:
    one = uuid7()
    send(cast, cast.lan, "put", one, lamp(cast))
    send(cast, cast.bao, "patch", one, {"name": "Đèn đình"}, 1)
    assert send(cast, cast.lan, "patch", one, {"watt": 40}, 1).status == "merged"
    outcome = send(cast, cast.lan, "patch", one, {"name": "Đèn chợ", "watt": 60}, 1)
    assert outcome.status == "conflict" and outcome.record["watt"] == 60 and outcome.record["name"] == "Đèn đình"
    assert outcome.conflicts == [{"field": "name", "sent": "Đèn chợ", "stored": "Đèn đình"}]


def test_who_is_elsewhere_may_nothing(cast: Cast) -> None:
    one = uuid7()
    send(cast, cast.lan, "put", one, lamp(cast))
    for person in (cast.linh, cast.khach):
        outcome = send(cast, person, "patch", one, {"watt": 5}, 1)
        assert outcome.status == "rejected" and outcome.problem.code == "not_found" and outcome.record is None
    for person in (cast.minh, cast.hoa):
        assert send(cast, person, "patch", one, {"watt": 5}, 1).problem.code == "forbidden"


def test_deleting_is_for_ever_and_the_unknown_leaves_a_tombstone(cast: Cast) -> None:
    one, unknown = uuid7(), uuid7()
    send(cast, cast.lan, "put", one, lamp(cast))
    assert send(cast, cast.lan, "delete", one, {}, 1).version == 2
    assert send(cast, cast.bao, "put", one, lamp(cast)).status == "gone"
    assert send(cast, cast.lan, "delete", unknown, {}).status == "applied"
    assert send(cast, cast.lan, "put", unknown, lamp(cast)).status == "gone"
