"""One definition of a shape: REST and push take and refuse the same with the same pointers and codes, and a record is
the same bytes wherever it is read. For every registered type, with generated data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.ids import uuid7
from api.localtime import now, wire
from api.records import RecordType, record_types
from tests.client import signed_in
from tests.contract.world import World, make_world, sample, undone, writer

WRITABLE = [kind for kind in record_types().values() if kind.writable]
_FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

MOMENTS = st.sampled_from(["2026-11-22T05:30:00Z", "2026-11-22T12:30:00.1234+07:00", "1970-01-01T00:00:00.000Z"])
ALMOST = st.sampled_from(
    ["2026-11-22", "2026-13-01T00:00:00Z", "2026-11-22T05:30:00", "", " ", "x" * 5000, "Đèn\u0301"]
)
NUMBERS = st.one_of(
    st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([-0.0])
)
PLACES = st.fixed_dictionaries(
    {"lon": st.floats(-200, 200), "lat": st.floats(-100, 100)}, optional={"accuracy_m": NUMBERS | st.none()}
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, MOMENTS, ALMOST, st.text(max_size=20), st.uuids().map(str))
ANYTHING = st.one_of(
    LEAVES, PLACES, st.lists(LEAVES, max_size=3), st.dictionaries(st.text(max_size=8), LEAVES, max_size=3)
)


def edits(kind: RecordType) -> st.SearchStrategy[dict[str, Any]]:
    """Values for some of the fields: good ones, nearly good ones and nonsense; a field may be left out or unknown."""
    names = st.sampled_from([*(name for name in kind.shape.fields if name not in ("id", "area_id")), "mood", "a/b~c"])
    choices = [str(key) for field in kind.shape.fields.values() for key in getattr(field, "choices", ())]
    values = ANYTHING | st.sampled_from(choices) if choices else ANYTHING
    return st.dictionaries(names, values | st.just(...), max_size=4)


@pytest.fixture
def world(db: None, s3: object) -> World:
    return make_world()


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.name)
def test_rest_and_push_take_and_refuse_the_same(world: World, kind: RecordType) -> None:
    @_FEW
    @given(edits(kind))
    def agree(changed: dict[str, Any]) -> None:
        body = sample(world.cast, kind.name) | changed
        body = {name: value for name, value in body.items() if value is not ...}
        with undone():
            by_rest = by_post(world, kind, body)
        with undone():
            assert by_push(world, kind, body) == by_rest

    agree()


def by_post(world: World, kind: RecordType, body: dict[str, Any]) -> Any:
    """None if it was made, else the code and the faults."""
    answer = signed_in(writer(world.cast, kind.name)).post(
        f"/v1/{kind.collection}", json.dumps(body), content_type="application/json"
    )
    return None if answer.status_code == 201 else faults(answer.json())


def by_push(world: World, kind: RecordType, body: dict[str, Any]) -> Any:
    mutation = {"mutation_id": str(uuid7()), "type": kind.name, "id": body["id"], "op": "put", "data": body}
    sent = json.dumps({"sent_at": wire(now()), "mutations": [mutation]})
    answer = signed_in(writer(world.cast, kind.name)).post("/v1/sync/push", sent, content_type="application/json")
    [result] = answer.json()["results"]
    return None if result["status"] == "applied" else faults(result["problem"])


def faults(problem: dict[str, Any]) -> tuple[str, list[tuple[str, str, str]]]:
    return problem["code"], [(error["pointer"], error["code"], error["detail"]) for error in problem["errors"]]


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.name)
def test_a_record_is_the_same_bytes_read_listed_and_pulled(world: World, kind: RecordType) -> None:
    seen = 0

    @_FEW
    @given(edits(kind))
    def same(changed: dict[str, Any]) -> None:
        nonlocal seen
        good = {name: value for name, value in changed.items() if fits(kind, name, value)}
        body = sample(world.cast, kind.name) | good
        with undone():
            if by_post(world, kind, body) is None:
                seen += 1
                read = signed_in(world.cast.bao).get(f"/v1/{kind.collection}/{body['id']}").content
                listed = signed_in(world.cast.bao).get(f"/v1/{kind.collection}").content
                pulled = signed_in(world.cast.bao).get("/v1/sync/pull").content
                assert read in listed and read in pulled

    same()
    assert seen >= 5  # most of what fits was made


def fits(kind: RecordType, name: str, value: Any) -> bool:
    """Whether a field takes this value by itself."""
    field = kind.shape.input.get(name)
    return value is not ... and field is not None and not list(field.faults(value, ""))
