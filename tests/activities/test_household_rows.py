"""Row-level security under households and ID numbers: what the database itself shows with every filter of ours gone,
also behind a pooler that gives each transaction whatever connection is free."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.scoping import HeldBySession, SessionActor, SystemActor
from activities.pledges.households.id_numbers import set_id_number
from activities.pledges.models import Household, IdNumber
from api.ids import uuid7
from api.localtime import now, wire
from api.records import record_type
from api.sync.changes import Change, Clock
from api.sync.engine import write
from embedded.processes import LOOPBACK
from tests.cast import Cast, Person, add_grant, add_person, raise_cast
from tests.client import signed_in
from tests.environment import DATABASE
from tests.media.photos import after_leaving
from tests.pooler import needs_pgbouncer, served_through
from tests.servers import PostgresAddress

pytestmark = pytest.mark.usefixtures("clean_db")


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def register(hamlet: uuid.UUID, who: Any = None) -> uuid.UUID:
    """A household of a hamlet."""
    id = uuid7()
    body = {"id": str(id), "area_id": str(hamlet), "householder": "Trần Văn Hải", "residence_status": "permanent"}
    data = record_type("household").shape.decode(body | {"recorded_at": wire(now())})
    actor = who or SystemActor(reason="tests")
    [made] = write(actor, [Change("household", id, "put", hamlet, data, system=True)])
    assert made.status == "applied"
    return id


def act(actor: Any, **more: Any) -> None:
    sql, params = actor.row_security(**more)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def seen(actor: Any, **more: Any) -> set[uuid.UUID]:
    """All households that the database shows to who acts, asked without any filter."""
    with transaction.atomic():
        act(actor, **more)
        return set(Household.objects.values_list("id", flat=True))


def test_who_reaches_an_area_sees_its_households_and_no_others(cast: Cast) -> None:
    here, near, there, _ = (register(hamlet) for hamlet in cast.hamlets)
    assert seen(cast.lan.actor()) == {here}
    assert seen(cast.linh.actor()) == {there}
    assert seen(cast.minh.actor()) == seen(cast.dung.actor()) == {here, near}
    for nobody in (cast.hoa, cast.son, cast.khach):
        assert seen(nobody.actor()) == set()
    assert Household.objects.count() == 0


def test_who_only_counts_sees_rows_in_transactions_for_counting_alone(cast: Cast) -> None:
    for hamlet in cast.hamlets:
        register(hamlet)
    assert len(seen(cast.hoa.actor(), counting=True)) == 4
    assert seen(cast.hoa.actor()) == set()
    for nobody in (cast.son, cast.khach):
        assert seen(nobody.actor(), counting=True) == set()


def test_id_numbers_are_shown_to_fewer(cast: Cast) -> None:
    id = register(cast.hamlets[0])
    set_id_number(actor=cast.bao.actor(), household_id=id, number="079123456789")

    def numbers(who: Person, **more: Any) -> int:
        with transaction.atomic():
            act(who.actor(), **more)
            return IdNumber.objects.count()

    assert [numbers(who) for who in (cast.bao, cast.minh, cast.dung)] == [1, 1, 1]
    assert [numbers(who) for who in (cast.lan, cast.hoa, cast.son, cast.linh)] == [0, 0, 0, 0]
    assert numbers(cast.hoa, counting=True) == 0
    with transaction.atomic():
        act(cast.lan.actor())
        assert IdNumber.objects.all().delete()[0] == IdNumber.objects.update(last_four="0000") == 0


def test_linh_cannot_write_where_she_has_no_part(cast: Cast) -> None:
    id = register(cast.hamlets[0])
    with transaction.atomic():
        act(cast.linh.actor())
        assert Household.objects.filter(id=id).update(size=5) == 0
        assert Household.objects.filter(id=id).delete()[0] == 0
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        act(cast.linh.actor())
        register(cast.hamlets[0], cast.linh.actor())


def test_who_left_delivers_own_households_and_meets_no_others(cast: Cast) -> None:
    register(cast.hamlets[0])
    late = after_leaving(cast.lan)
    change = {"householder": "Lê Thị Hoa", "residence_status": "permanent", "recorded_at": wire(now())}
    id, recorded = uuid7(), now() - dt.timedelta(days=3)
    data = record_type("household").shape.decode({"id": str(id), "area_id": str(cast.hamlets[0]), **change})
    clock = Clock(occurred_at=recorded, received_at=now())
    [made] = write(late, [Change("household", id, "put", cast.hamlets[0], data, clock=clock)])
    assert (made.status, made.late) == ("applied", True)
    assert seen(late) == {id}


@pytest.fixture
def without_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own scoping, gone: everybody reaches every area by it."""
    everywhere = "SELECT area_id FROM stream"
    monkeypatch.setattr(SessionActor, "reach", lambda *_, **__: (everywhere, []))
    monkeypatch.setattr(SessionActor, "reaches_widely", lambda *_, **__: None)
    monkeypatch.setattr(HeldBySession, "reaches", lambda *_, **__: ("true", []))


def shown(who: Person, ids: list[uuid.UUID]) -> set[str]:
    """Which households the API shows to somebody: listed, read, as doubles, by pull."""
    client = signed_in(who)
    pages = [client.get("/v1/households"), client.get("/v1/sync/pull?types=household")]
    pages += [client.get(f"/v1/households/{id}") for id in ids]
    text = "".join(page.content.decode() for page in pages if page.status_code == 200)
    return {str(id) for id in ids if f'"id":"{id}"' in text.replace(" ", "")}


def test_with_every_filter_of_ours_gone_linh_still_gets_nothing(cast: Cast, without_filters: None) -> None:
    ids = [register(hamlet) for hamlet in cast.hamlets]
    assert shown(cast.lan, ids) == {str(ids[0])}
    assert shown(cast.linh, ids) == {str(ids[2])}
    assert shown(cast.khach, ids) == set()


# Behind a pooler


@needs_pgbouncer
def test_behind_a_pooler_nothing_is_left_for_the_next_transaction(cast: Cast, pooler: int) -> None:
    register(cast.hamlets[0])
    lan, linh = (cast.people[key].actor().row_security() for key in ("lan", "linh"))
    mine, other = (psycopg2.connect(host=LOOPBACK, port=pooler, dbname=DATABASE, user="anthon_api") for _ in range(2))
    mine.autocommit = other.autocommit = True

    def asked(who: Any, *statements: tuple[str, Any]) -> tuple[int, int]:
        """How many households one message sees, and over which connection of the server."""
        parts = [*statements, ("SELECT count(*), pg_backend_pid() FROM household", [])]
        with who.cursor() as cursor:
            cursor.execute("; ".join(sql for sql, _ in parts), [value for _, values in parts for value in values])
            found: tuple[int, int] = cursor.fetchone()
            return found

    counts, backends = zip(
        *(asked(mine, lan), asked(other), asked(mine), asked(other, linh), asked(mine, lan), asked(other)), strict=True
    )
    assert counts == (1, 0, 0, 0, 1, 0)
    assert len(set(backends)) == 1
    mine.close()
    other.close()


@needs_pgbouncer
def test_behind_a_pooler_with_every_filter_gone_linh_still_gets_nothing(
    cast: Cast, pooler: int, without_filters: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    ids = [register(hamlet) for hamlet in cast.hamlets]
    with served_through(pooler, monkeypatch, settings):
        for _ in range(2):
            assert shown(cast.lan, ids) == {str(ids[0])}
            assert shown(cast.linh, ids) == {str(ids[2])}
        assert Household.objects.count() == 0


# Plans


def fill(postgres: PostgresAddress) -> None:
    """A tree and a table large enough for plans to matter."""
    superuser = psycopg2.connect(postgres.superuser)
    with superuser, superuser.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO area_placement (id, area_id, tree, path)
            SELECT gen_random_uuid(), gen_random_uuid(), 'administrative', n || '.'
            FROM generate_series(100000, 105000) n;
            INSERT INTO household (id, area_id, recorded_at, occurred_at, received_at, flags, householder,
                                   residence_status, text_fold, house_fold, householder_fold, version, clock_skew_s)
            SELECT gen_random_uuid(), gen_random_uuid(), now(), now(), now(), '{}', 'x', 'permanent', 'x', '', 'x', 1, 0
            FROM generate_series(1, 5000);
            ANALYZE household, area_placement
            """
        )
    superuser.close()


def test_policies_leave_the_indexes_usable(cast: Cast, postgres: PostgresAddress) -> None:
    fill(postgres)
    newest = "area_id = %s AND deleted_at IS NULL ORDER BY occurred_at DESC, id DESC LIMIT 50"
    searched = f"area_id = %s AND deleted_at IS NULL AND text_fold LIKE '%%hai%%' {newest.partition('NULL')[2]}"
    asked = {"id = %s": "household_pkey", newest: "household_by_area", searched: "household_by_area"}
    for where, index in asked.items():
        with transaction.atomic(), connection.cursor() as cursor:
            act(cast.lan.actor())
            cursor.execute(f"EXPLAIN (COSTS OFF) SELECT id FROM household WHERE {where}", [str(uuid.uuid4())])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert f"using {index}" in plan, plan
        assert "Seq Scan" not in plan, plan


def test_what_policies_compare_by_is_leakproof(cast: Cast) -> None:
    """Else the planner would have to ask the policies first, row by row, before it could use an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode WHERE NOT p.proleakproof"
            " AND (o.oprname, o.oprleft::regtype::text) IN"
            " (('=', 'uuid'), ('>=', 'text'), ('<', 'text'), ('=', 'bytea')) AND o.oprleft = o.oprright"
        )
        assert cursor.fetchone() == (0,)


def test_a_province_sees_its_own_in_one_list(cast: Cast) -> None:
    ids = {register(hamlet) for hamlet in cast.hamlets}
    chief = add_person("chief", 70)
    add_grant(chief, "police_officer", cast.province)
    assert seen(chief.actor()) == ids
