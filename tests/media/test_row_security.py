"""Row-level security under media: what the database itself shows and takes, with no filter of ours before it."""

import uuid
from collections.abc import Sequence

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction

from media.models import Media
from tests.cast import Cast
from tests.media.photos import after_leaving, declare, system
from tests.servers import PostgresAddress

pytestmark = pytest.mark.usefixtures("clean_db")


def act(actor: object) -> None:
    """Tell the database who acts, for the transaction at hand."""
    sql, params = actor.row_security()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def seen(actor: object) -> set[uuid.UUID]:
    """All media that the database shows to who acts, asked without any filter."""
    with transaction.atomic():
        act(actor)
        return set(Media.objects.values_list("id", flat=True))


def explain(sql: str, params: Sequence[object]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_the_serving_role_is_no_superuser_owns_nothing_and_cannot_bypass(postgres: PostgresAddress) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole,"
            " EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid),"
            " EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)"
            " FROM pg_roles r WHERE r.rolname = current_user"
        )
        assert cursor.fetchone() == ("anthon_api", False, False, False, False, False)
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'media'")
        assert cursor.fetchone() == (True, False)


def test_who_reaches_an_area_sees_its_files_and_no_others(cast: Cast) -> None:
    here, near, there, _ = (declare(hamlet) for hamlet in cast.hamlets)

    assert seen(cast.lan.actor()) == {here}
    assert seen(cast.linh.actor()) == {there}
    assert seen(cast.minh.actor()) == seen(cast.dung.actor()) == {here, near}
    assert len(seen(system())) == 4
    for nobody in (cast.hoa, cast.son, cast.khach):
        assert seen(nobody.actor()) == set()


def test_without_being_told_who_acts_it_shows_nothing(cast: Cast) -> None:
    declare(cast.hamlets[0])
    assert Media.objects.count() == 0
    # A setting of a transaction that is over reads as an empty string ever after.
    assert len(seen(cast.lan.actor())) == 1
    assert Media.objects.count() == 0


def test_settings_end_with_their_transaction(cast: Cast) -> None:
    declare(cast.hamlets[0])
    act(cast.lan.actor())  # a transaction of its own
    assert Media.objects.count() == 0


def test_linh_cannot_write_where_she_has_no_part(cast: Cast) -> None:
    photo = declare(cast.hamlets[0])
    linh = cast.linh.actor()
    with transaction.atomic():
        act(linh)
        assert Media.objects.filter(id=photo).update(size=5) == 0
    with pytest.raises(ProgrammingError, match="row-level security"):
        declare(cast.hamlets[0], actor=linh)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        act(linh)
        own = declare(cast.hamlets[2], actor=linh)
        Media.objects.filter(id=own).update(area_id=cast.hamlets[0])


def test_who_only_reads_cannot_write(cast: Cast) -> None:
    photo = declare(cast.hamlets[0])
    with transaction.atomic():
        act(cast.minh.actor())
        assert Media.objects.filter(id=photo).update(size=5) == 0
    with pytest.raises(ProgrammingError, match="row-level security"):
        declare(cast.hamlets[0], actor=cast.minh.actor())


def test_nobody_deletes_rows(cast: Cast) -> None:
    photo = declare(cast.hamlets[0])
    with transaction.atomic():
        act(system())
        assert Media.objects.filter(id=photo).delete()[0] == 0


def test_late_deliverers_meet_their_own_files_alone(cast: Cast) -> None:
    late = after_leaving(cast.lan)
    declare(cast.hamlets[0])

    own = declare(cast.hamlets[0], actor=late)

    assert seen(late) == {own}
    with pytest.raises(ProgrammingError, match="row-level security"):
        declare(cast.hamlets[2], actor=late)
    with pytest.raises(ProgrammingError, match="row-level security"):
        declare(cast.hamlets[0], actor=late, author_id=uuid.uuid4())


def fill(postgres: PostgresAddress) -> None:
    """A tree and a table large enough for plans to matter."""
    superuser = psycopg2.connect(postgres.superuser)
    with superuser, superuser.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO area_placement (id, area_id, tree, path)
            SELECT gen_random_uuid(), gen_random_uuid(), 'administrative', n || '.'
            FROM generate_series(100000, 105000) n;
            INSERT INTO media (id, area_id, recorded_at, occurred_at, received_at, flags, kind, sha256, size,
                               content_type, captured_at, author_id, version, clock_skew_s)
            SELECT gen_random_uuid(), gen_random_uuid(), now(), now(), now(), '{}', 'photo', repeat('a', 64), 1,
                   'image/jpeg', now(), gen_random_uuid(), 1, 0
            FROM generate_series(1, 5000);
            ANALYZE media, area_placement
            """
        )
    superuser.close()


@pytest.mark.parametrize(
    ("where", "params", "index"),
    [
        ("id = %s", [uuid.uuid4()], "media_pkey"),
        (
            "area_id = %s AND deleted_at IS NULL ORDER BY occurred_at DESC, id DESC LIMIT 50",
            [uuid.uuid4()],
            "media_by_area",
        ),
        ("author_id = %s AND sha256 = %s", [uuid.uuid4(), "ab" * 32], "media_by_bytes"),
    ],
)
def test_policies_leave_the_indexes_usable(
    cast: Cast, postgres: PostgresAddress, where: str, params: list[object], index: str
) -> None:
    fill(postgres)
    with transaction.atomic():
        act(cast.lan.actor())
        plan = explain(f"SELECT id FROM media WHERE {where}", [str(value) for value in params])
    assert f"using {index}" in plan, plan
    assert "Seq Scan" not in plan, plan
