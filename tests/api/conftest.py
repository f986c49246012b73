"""What the tests of the wire share."""

from collections.abc import Iterator

import psycopg2
import pytest

from tests.servers import PostgresAddress


@pytest.fixture
def notes(postgres: PostgresAddress, clean_db: None) -> Iterator[None]:
    """A table that the tests' own views write to."""
    owner = psycopg2.connect(postgres.superuser)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS wire_note; CREATE TABLE wire_note (id uuid PRIMARY KEY, text text);"
            "GRANT SELECT, INSERT ON wire_note TO anthon_api"
        )
    yield
    with owner.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'; DROP TABLE wire_note")
    owner.close()
