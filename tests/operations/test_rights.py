"""The serving role can do what serving needs, and no more."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from tests.servers import PostgresAddress


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM mutation",
        "UPDATE mutation SET status = 'applied'",
        "DELETE FROM server_epoch",
        "INSERT INTO server_epoch (id, epoch, system_identifier, timeline_id) VALUES (2, 1, '', 1)",
        "DELETE FROM django_migrations",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('sync', '9999', now())",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET seq = 0",
        "TRUNCATE patrol",
    ],
)
def test_what_serving_never_does_is_refused(postgres: PostgresAddress, statement: str) -> None:
    with (
        closing(psycopg2.connect(postgres.api)) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement)


def test_a_failover_may_still_raise_the_epoch(postgres: PostgresAddress) -> None:
    with closing(psycopg2.connect(postgres.api)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE server_epoch SET epoch = epoch + 1")
        connection.rollback()
