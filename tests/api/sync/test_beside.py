"""What a type looks up in other tables for its writes, and what it writes beside its records."""

import dataclasses
import json
import uuid
from collections.abc import Sequence
from typing import Literal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import records
from api.actors import Actor, Statement
from api.ids import uuid7
from api.jobs import put_all
from api.records import Known, Made, Wire, record_type
from api.sync import store
from api.sync.changes import Change, Outcome
from api.sync.engine import write
from tests.api.sync.test_engine import lamp
from tests.cast import Cast, raise_cast

pytestmark = pytest.mark.django_db


def people_known(_: Actor, lamps: Sequence[Wire]) -> Known:
    named = {keeper for one in lamps for keeper in one["keeper_ids"]}
    found = store.query("SELECT id::text FROM user_account WHERE id = ANY(%s::uuid[])", [store.id_array(named)])
    return {"people": {row[0] for row in found}}


def strangers_flagged(one: Wire, known: Known) -> Wire:
    strange = set(one["keeper_ids"]) - known["people"]
    flags = set(one["flags"]) - {"keeper_unknown"} | ({"keeper_unknown"} if strange else set())
    return {"visit_count": len(one["visits"]), "flags": sorted(flags)}


def repairs(_: Actor, made: Sequence[Made], __: Known) -> list[Statement]:
    broken = {
        str(one.id): {"from": one.before and one.before["version"], "to": one.after["version"]}
        for one in made
        if one.after and one.after["state"] == "broken"
    }
    return [put_all("lamp.repair", broken)] if broken else []


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    told = dataclasses.replace(record_type("lamp"), consult=people_known, derive=strangers_flagged, alongside=repairs)
    monkeypatch.setitem(records._types, "lamp", told)
    return raise_cast()


def send(cast: Cast, *lamps: Wire, op: Literal["put", "patch"] = "put", base: int | None = None) -> list[Outcome]:
    changes = [Change("lamp", uuid.UUID(one["id"]), op, cast.hamlets[0], one, base_version=base) for one in lamps]
    return write(cast.lan.actor(), changes)


def waiting() -> dict[str, Wire]:
    rows = store.query("SELECT key, payload::text FROM outbox WHERE topic = 'lamp.repair'", [])
    return {key: json.loads(payload) for key, payload in rows}


def test_what_is_looked_up_reaches_rules_and_derived_fields_of_new_and_of_edited_records(cast: Cast) -> None:
    mine, theirs = str(cast.lan.user_id), str(uuid7())
    one, two = (lamp(cast, id=str(uuid7()), keeper_ids=[keeper]) for keeper in (mine, theirs))
    assert [outcome.record["flags"] for outcome in send(cast, one, two)] == [[], ["keeper_unknown"]]
    edit = {"id": two["id"], "keeper_ids": [mine]}
    [outcome] = send(cast, edit, op="patch", base=1)
    assert (outcome.record["keeper_ids"], outcome.record["flags"]) == ([mine], [])


def test_what_is_written_beside_a_record_knows_it_as_it_was_and_as_it_is(cast: Cast) -> None:
    whole, broken = lamp(cast, id=str(uuid7())), lamp(cast, id=str(uuid7()), state="broken")
    send(cast, whole, broken)
    assert waiting() == {broken["id"]: {"from": None, "to": 1}}
    send(cast, {"id": whole["id"], "state": "broken"}, op="patch", base=1)
    assert waiting()[whole["id"]] == {"from": 1, "to": 2}
    send(cast, {"id": str(uuid7()), "name": ""}, op="patch", base=1)
    assert len(waiting()) == 2


def test_looking_up_costs_one_query_for_any_number_of_records_and_writing_beside_none(cast: Cast) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            send(cast, *(lamp(cast, id=str(uuid7()), state="broken") for _ in range(count)))
        return len(captured)

    plain = dataclasses.replace(
        record_type("lamp"), consult=None, derive=lambda one, _: {"visit_count": len(one["visits"])}, alongside=None
    )
    many = queries(30)
    assert queries(1) == many
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(records._types, "lamp", plain)
        assert queries(1) == many - 1
