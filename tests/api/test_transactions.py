"""A view's transaction: what kind it is, that failing undoes it, and that the database's troubles pass."""

import json
from typing import Any

import pytest
from django.db import DataError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.postgres import ask
from api.transactions import run_in
from tests.api import wire
from tests.api.test_views import problem

pytestmark = [pytest.mark.urls("tests.api.wire"), pytest.mark.usefixtures("notes")]

LAN = {"Authorization": "Name lan"}


def post(path: str, body: dict[str, Any], **headers: str) -> Any:
    return Client(raise_request_exception=False).post(
        path, body, content_type="application/json", headers={**LAN, **headers}
    )


def written() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM wire_note ORDER BY id")
        return [text for (text,) in cursor.fetchall()]


def state(path: str) -> dict[str, Any]:
    return json.loads(Client().get(path, headers=LAN).content)


def test_each_kind_of_transaction_is_what_it_says() -> None:
    assert state("/v1/transacted") == {"read_only": "off", "isolation": "read committed", "in_transaction": False}
    assert state("/v1/reading") == {"read_only": "on", "isolation": "read committed", "in_transaction": True}
    assert state("/v1/on_snapshot") == {"read_only": "on", "isolation": "repeatable read", "in_transaction": True}


def test_a_snapshot_leaves_nothing_behind_on_the_connection() -> None:
    state("/v1/on_snapshot")
    assert state("/v1/transacted") == {"read_only": "off", "isolation": "read committed", "in_transaction": False}
    assert post("/v1/notes", {"text": "a"}).status_code == 201
    assert run_in("write", lambda: ask("SELECT current_setting('transaction_isolation')", [])) == [("read committed",)]


def test_a_kept_plan_survives_what_fails_around_it() -> None:
    sql = "SELECT 1 / %s::integer"
    for divisor, good in ((0, False), (1, True), (0, False), (1, True)):
        if good:
            assert run_in("read", lambda divisor=divisor: ask(sql, [divisor])) == [(1,)]
        else:
            with pytest.raises(DataError):
                run_in("read", lambda divisor=divisor: ask(sql, [divisor]))


def test_a_transaction_begins_and_asks_in_one_message() -> None:
    with CaptureQueriesContext(connection) as captured:
        run_in("snapshot", lambda: ask("SELECT %s::integer", [1]))
        run_in("write", lambda: None)
    first, last = captured.captured_queries
    assert first["sql"].startswith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ") and last["sql"] == "COMMIT"


@pytest.mark.parametrize(("then", "code"), [("refuse", "conflict"), ("crash", "internal"), ("be busy", "unavailable")])
def test_a_write_that_fails_leaves_nothing(then: str, code: str) -> None:
    problem(post("/v1/notes", {"text": "a", "then": then}), code)
    assert written() == []


@pytest.mark.parametrize("failures", [1, 3])
def test_a_deadlock_is_tried_again(failures: int) -> None:
    wire.FAILURES[:] = ["DO $$ BEGIN RAISE deadlock_detected; END $$"] * failures
    assert post("/v1/troubled", {"text": "a"}).status_code == 204
    assert written() == ["a"]


def test_but_not_for_ever() -> None:
    wire.FAILURES[:] = ["DO $$ BEGIN RAISE serialization_failure; END $$"] * 10
    response = post("/v1/troubled", {"text": "a"})
    problem(response, "database_unavailable")
    assert int(response.headers["Retry-After"]) >= 1
    assert len(wire.FAILURES) == 6
    assert written() == []
    wire.FAILURES.clear()


def test_a_connection_that_breaks_before_the_commit_is_replaced() -> None:
    wire.FAILURES[:] = ["SELECT pg_terminate_backend(pg_backend_pid())"]
    assert post("/v1/troubled", {"text": "a"}).status_code == 204
    assert written() == ["a"]


def test_a_connection_that_died_while_idle_is_replaced() -> None:
    client = Client()
    client.get("/v1/reading", headers=LAN)
    connection.connection.close()
    assert client.get("/v1/reading", headers=LAN).status_code == 200


@pytest.mark.parametrize("state", ["lock_not_available", "query_canceled", "too_many_connections", "disk_full"])
def test_a_busy_or_full_database_is_a_503(state: str) -> None:
    wire.FAILURES[:] = [f"DO $$ BEGIN RAISE {state}; END $$"]
    problem(post("/v1/troubled", {"text": "a"}), "database_unavailable")
    assert written() == []


def test_a_statement_that_takes_too_long_is_a_503() -> None:
    problem(Client().get("/v1/slow"), "database_unavailable")


def test_a_mistake_of_ours_is_a_500() -> None:
    wire.FAILURES[:] = ["SELECT nonsense"]
    problem(post("/v1/troubled", {"text": "a"}), "internal")
