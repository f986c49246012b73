"""What the migrations leave behind: every table, owned by one role, served by another with narrow rights."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg2.errors import InsufficientPrivilege

from api.records import record_types
from api.sync import store
from tests.contract.world import make_world
from tests.servers import PostgresAddress

RECORDS = sorted(kind.table for kind in record_types().values())


@pytest.fixture
def serving(postgres: PostgresAddress) -> Iterator[Any]:
    """A cursor of the role that serves requests; what it writes is rolled back."""
    link = psycopg2.connect(postgres.api)
    with link.cursor() as cursor:
        yield cursor
    link.rollback()
    link.close()


def rows(cursor: Any, sql: str, *params: object) -> list[tuple[Any, ...]]:
    cursor.execute(sql, params)
    return cursor.fetchall()  # type: ignore[no-any-return]


@pytest.mark.django_db
def test_the_models_need_no_further_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_every_migration_was_applied_from_nothing() -> None:
    """The database of the tests is a copy of one that `migrate` made as the owner, on an empty one."""
    loader = MigrationLoader(connection)
    assert set(loader.disk_migrations) == set(loader.applied_migrations)


@pytest.mark.parametrize("role", ["anthon_api", "anthon_owner"])
def test_no_role_of_ours_is_above_the_rules(serving: Any, role: str) -> None:
    columns = "rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
    assert rows(serving, f"SELECT {columns} FROM pg_roles WHERE rolname = %s", role) == [(False,) * 5]
    memberships = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s"
    assert rows(serving, memberships, role) == [(0,)]


def test_the_owner_owns_every_table(serving: Any) -> None:
    owners = rows(serving, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [("anthon_owner",)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE patrol ADD COLUMN mine int",
        "ALTER TABLE media DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY anything ON media USING (true)",
        "DROP TABLE patrol",
        "TRUNCATE patrol",
        "UPDATE audit_event SET name = 'nothing.happened'",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET seq = 0",
        "DELETE FROM audit_seal",
        "INSERT INTO audit_seal DEFAULT VALUES",
        "DELETE FROM revision",
        "UPDATE revision SET data = '{}'",
        "SET ROLE anthon_owner",
    ],
)
def test_the_serving_role_may_not(serving: Any, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        serving.execute(statement)


def test_a_partition_is_no_back_door(serving: Any) -> None:
    """What a partitioned table forbids, its partitions forbid too."""
    found = rows(
        serving,
        "SELECT c.oid::regclass::text, p.name FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid"
        " CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p(name)"
        " WHERE i.inhparent IN ('audit_event'::regclass, 'revision'::regclass)"
        " AND has_table_privilege(c.oid, p.name) AND NOT has_table_privilege(i.inhparent, p.name)",
    )
    assert found == []


def test_every_record_table_takes_what_the_engine_writes(serving: Any) -> None:
    for table in RECORDS:
        for right in ("SELECT", "INSERT", "UPDATE"):
            assert rows(serving, "SELECT has_table_privilege(%s, %s)", table, right) == [(True,)], (table, right)


@pytest.mark.parametrize("kind", [k for k in record_types().values() if k.row_security], ids=lambda kind: kind.name)
def test_a_guarded_type_has_its_policies(serving: Any, kind: Any) -> None:
    assert rows(serving, "SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", kind.table) == [(True,)]
    commands = {row[0] for row in rows(serving, "SELECT cmd FROM pg_policies WHERE tablename = %s", kind.table)}
    assert commands and (commands == {"ALL"} or commands >= {"SELECT", "INSERT", "UPDATE"})


@pytest.mark.django_db
def test_without_the_filter_of_the_code_linh_still_sees_nothing() -> None:
    world = make_world()
    seen = {}
    for who in ("lan", "minh", "linh", "khach", "hoa", "son"):
        with transaction.atomic():
            store.run([world.cast.people[who].actor().row_security()])
            seen[who] = len(store.query("SELECT id FROM media", []))
    assert seen == {"lan": 1, "minh": 1, "linh": 0, "khach": 0, "hoa": 0, "son": 0}
