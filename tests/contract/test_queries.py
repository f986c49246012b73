"""How many queries each route makes, held against `queries.json`; and that sets cost what one thing costs.

After a change that is meant, write it anew: `ANTHON_WRITE_QUERIES=1 ./anthon test tests/contract/test_queries.py`;
a number that grows needs its reason in the commit.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.ids import uuid7
from api.localtime import now, wire
from api.records import record_types
from tests.client import signed_in
from tests.contract.test_access import ROUTES, ask
from tests.contract.world import DELETABLE, PATCHES, World, make, make_world, sample, undone, writer

BASELINE = Path(__file__).parent / "queries.json"
WRITABLE = sorted(kind.name for kind in record_types().values() if kind.writable)
# Savepoints stand for the BEGIN and COMMIT of a request outside of a test's own transaction.
_FRAME = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)\b")


@pytest.fixture
def world(db: None, s3: object) -> World:
    return make_world()


def count(work: Any) -> int:
    """The queries of `work()`, undone afterwards."""
    with undone(), CaptureQueriesContext(connection) as captured:
        answer = work()
    assert answer.status_code < 500, answer.content
    return sum(not _FRAME.match(query["sql"]) for query in captured.captured_queries)


def test_every_route_makes_as_many_queries_as_written_down(world: World) -> None:
    made = {}
    for route in ROUTES:
        count(lambda route=route: ask(world, route, world.cast.lan))  # caches are warm from now on
        made[route] = count(lambda route=route: ask(world, route, world.cast.lan))
    if os.environ.get("ANTHON_WRITE_QUERIES"):
        BASELINE.write_text(json.dumps(made, indent=2) + "\n")
    assert made == json.loads(BASELINE.read_text())


@pytest.mark.parametrize("name", WRITABLE)
@pytest.mark.parametrize("op", ["put", "patch", "delete"])
def test_a_push_of_50_makes_the_queries_of_a_push_of_one(world: World, name: str, op: str) -> None:
    more = DELETABLE.get(name, {}) if op == "delete" else {}
    ids = [uuid7() if op == "put" else make(world.cast, record_types()[name], **more) for _ in range(50)]
    data = PATCHES[name] if op == "patch" else {}

    def mutation(id: uuid.UUID) -> dict[str, Any]:
        body = sample(world.cast, name) | {"id": str(id)} if op == "put" else data
        return {"mutation_id": str(uuid7()), "type": name, "id": str(id), "op": op, "base_version": 1, "data": body} | (
            {"base_version": None} if op == "put" else {}
        )

    def push(many: int) -> Any:
        body = {"sent_at": wire(now()), "mutations": [mutation(id) for id in ids[:many]]}
        answer = signed_in(writer(world.cast, name)).post("/v1/sync/push", body, content_type="application/json")
        told = "rejected" if (op, name) == ("delete", "alert") else "applied"  # nobody takes a call for help away
        assert {result["status"] for result in answer.json()["results"]} == {told}, answer.json()
        return answer

    push_one = count(lambda: push(1))
    assert count(lambda: push(50)) == push_one


def test_a_pull_of_200_makes_the_queries_of_a_pull_of_one(world: World) -> None:
    kinds = [record_types()[name] for name in WRITABLE]
    for number in range(200):
        make(world.cast, kinds[number % len(kinds)])

    def pull(limit: int) -> Any:
        answer = signed_in(world.cast.lan).get("/v1/sync/pull", {"limit": limit, "max_bytes": 2**20})
        assert len(answer.json()["changes"]) == limit
        return answer

    # A page of one holds one type: whoever reads of every type asks once for each, whatever their number.
    few, many = count(lambda: pull(len(kinds))), count(lambda: pull(200))
    assert many <= few + len(kinds)
    assert count(lambda: pull(100)) == many


@pytest.mark.parametrize("name", WRITABLE)
def test_a_list_of_50_makes_the_queries_of_a_list_of_5(world: World, name: str) -> None:
    kind = record_types()[name]
    for _ in range(50):
        make(world.cast, kind)

    def page(limit: int) -> Any:
        answer = signed_in(world.cast.lan).get(f"/v1/{kind.collection}", {"limit": limit})
        assert len(answer.json()["items"]) == limit
        return answer

    assert count(lambda: page(5)) == count(lambda: page(50))
