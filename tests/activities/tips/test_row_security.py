"""Row-level security under tips: what the database itself shows and takes, with no filter of ours before it."""

from __future__ import annotations

import re
import uuid
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction

from activities.tips import clock, handling, receipts
from activities.tips.models import Tip, TipMessage, TipOpening, TipSource
from activities.tips.security import act_as_police, act_by_receipt
from tests.activities.tips.telling import JSON, a_key, a_tip, send
from tests.cast import Cast, Person, raise_cast
from tests.client import signed_in
from tests.pooler import needs_pgbouncer, served_through
from tests.servers import PostgresAddress


@pytest.fixture
def cast(clean_db: None, settings: Any) -> Cast:
    """A tip with its source, a message and an opening in each commune; the first one's is `cast.tips[0]`."""
    settings.TIP_DIFFICULTY = 4
    cast = raise_cast()
    a_key(cast)
    tips = [a_tip(cast.hamlets[0], source="Anh Ba"), a_tip(cast.hamlets[2])]
    codes = [send(who, tip).json()["receipt"] for who, tip in zip((cast.lan, None), tips, strict=True)]
    for code in codes:
        body = {"id": str(uuid.uuid4()), "text": "Thêm"}
        answer = signed_in(None).post(f"/v1/tips/receipts/{code}/messages", body, content_type=JSON)
        assert answer.status_code == 200
    taken = signed_in(cast.dung).post(f"/v1/tips/{tips[0]['id']}/source", {"reason": "Xem"}, content_type=JSON)
    assert taken.status_code == 200
    cast.__dict__["tips"] = [uuid.UUID(tip["id"]) for tip in tips]
    return cast


def seen() -> dict[str, set[uuid.UUID]]:
    """All that the database shows in this transaction, asked without any filter."""
    return {
        "tip": set(Tip.objects.values_list("id", flat=True)),
        "message": set(TipMessage.objects.values_list("tip_id", flat=True)),
        "opening": set(TipOpening.objects.values_list("tip_id", flat=True)),
        "source": set(TipSource.objects.values_list("tip_id", flat=True)),
    }


NOTHING: dict[str, set[uuid.UUID]] = {"tip": set(), "message": set(), "opening": set(), "source": set()}


def test_nobody_sees_a_row_unless_the_database_was_told_who_acts(cast: Cast) -> None:
    assert seen() == NOTHING
    for who in (cast.lan, cast.bao, cast.minh, cast.hoa, cast.son, cast.linh, cast.khach):
        with transaction.atomic():
            act_as_police(who.actor())
            assert seen() == NOTHING, who.key
    assert seen() == NOTHING, "a setting of a transaction that is over reads as an empty string"


def test_the_police_see_their_own_commune_and_no_source_unless_it_is_taken(cast: Cast) -> None:
    first, second = cast.__dict__["tips"]
    own = {"tip": {first}, "message": {first}, "opening": {first}}
    with transaction.atomic():
        act_as_police(cast.dung.actor())
        assert seen() == own | {"source": set()}
        act_as_police(cast.dung.actor(), source_of=first)
        assert seen() == own | {"source": {first}}
        act_as_police(cast.dung.actor(), source_of=second)
        assert seen() == own | {"source": set()}
        act_as_police(cast.lan.actor(), source_of=first)
        assert seen() == NOTHING


def test_a_receipt_shows_its_one_tip_and_no_source(cast: Cast) -> None:
    first, _ = cast.__dict__["tips"]
    with transaction.atomic():
        act_by_receipt(receipts.hash_of(receipts.code_of(first)))
        assert seen() == NOTHING | {"tip": {first}, "message": {first}}
        assert Tip.objects.update(status="closed") == 0


def test_with_our_filters_taken_away_the_list_still_ends_at_the_commune(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = cast.__dict__["tips"]
    ids = lambda: {each["id"] for each in signed_in(cast.dung).get("/v1/tips").json()["items"]}  # noqa: E731
    assert ids() == {str(first)}
    monkeypatch.setattr(handling, "_REACH", "%s::text[] IS NOT NULL")
    assert ids() == {str(first)}
    monkeypatch.setattr(handling, "require_in", lambda *_: None)
    assert signed_in(cast.dung).get(f"/v1/tips/{second}").status_code == 404
    monkeypatch.setattr(handling, "require_somewhere", lambda *_: None)
    assert signed_in(cast.lan).get("/v1/tips").json()["items"] == []
    for verb in ("acknowledge", "close"):
        answer = signed_in(cast.lan).post(f"/v1/tips/{first}/{verb}", {}, content_type=JSON)
        assert answer.status_code == 404
    with transaction.atomic():
        act_as_police(cast.dung.actor())
        assert Tip.objects.get(id=first).status == "new"


@needs_pgbouncer
def test_behind_a_pooler_with_our_filters_gone_nothing_is_left_for_the_next_transaction(
    cast: Cast, pooler: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Over one connection for all: police, a receipt, a source that is taken, and then whoever comes next."""
    first, second = cast.__dict__["tips"]
    monkeypatch.setattr(handling, "_REACH", "%s::text[] IS NOT NULL")
    for check in ("require_in", "require_somewhere"):
        monkeypatch.setattr(handling, check, lambda *_: None)
    officer, receipt = signed_in(cast.dung), f"/v1/tips/receipts/{receipts.code_of(first)}"

    def listed(who: Person | None) -> list[str]:
        return [each["id"] for each in signed_in(who).get("/v1/tips").json()["items"]]

    with served_through(pooler, monkeypatch, settings):
        for before in (
            lambda: listed(cast.dung),
            lambda: officer.get(f"/v1/tips/{first}"),
            lambda: officer.post(f"/v1/tips/{first}/source", {"reason": "Xem"}, content_type=JSON),
            lambda: signed_in(None).get(receipt),
            lambda: send(cast.lan, a_tip(cast.hamlets[0], urgency="urgent")),
            clock.beat,
        ):
            before()
            assert seen() == NOTHING
            assert [listed(who) for who in (cast.lan, cast.linh, cast.son)] == [[], [], []]
            assert officer.get(f"/v1/tips/{second}").status_code == 404
            assert signed_in(cast.linh).get(f"/v1/tips/{first}").status_code == 404
        assert str(first) in listed(cast.dung) and str(second) not in listed(cast.dung)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT xmin FROM tip",
        "SELECT ctid FROM tip_source",
        "SELECT xmin FROM tip_message",
        "SELECT * FROM tip WHERE ctid IS NOT NULL",
        "UPDATE tip SET text = 'khác'",
        "UPDATE tip SET hour = now()",
        "UPDATE tip_message SET text = 'khác'",
        "UPDATE tip_opening SET reason = 'khác'",
        "DELETE FROM tip",
        "DELETE FROM tip_source",
        "DELETE FROM tip_message",
        "DELETE FROM tip_opening",
        "TRUNCATE tip",
        "ALTER TABLE tip DISABLE ROW LEVEL SECURITY",
        "INSERT INTO tip_opening (id, tip_id, area_id, user_id, reason, at) VALUES "
        "(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x', now())",
    ],
)
def test_what_serving_never_does_is_refused(postgres: PostgresAddress, statement: str) -> None:
    with closing(psycopg2.connect(postgres.api)) as api, api.cursor() as cursor:
        cursor.execute("SELECT set_config('anthon.tip_source', gen_random_uuid()::text, true)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


def test_an_old_or_finished_tip_cannot_be_slipped_in(cast: Cast) -> None:
    new = {"area_id": cast.hamlets[0], "unit_id": cast.communes[0], "category": "drugs", "text": "x"}
    new |= {"urgency": "normal", "channel": "app", "content_hash": b"x"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_trunc('hour', now())")
        [hour] = cursor.fetchone()
    for fault in ({"status": "closed"}, {"mixed": True}, {"hour": hour.replace(year=2020)}):
        fields = new | {"id": uuid.uuid4(), "receipt_hash": uuid.uuid4(), "hour": hour} | fault
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            Tip(**fields).save(force_insert=True)


def test_the_functions_that_step_around_it_tell_no_more_than_they_should(cast: Cast) -> None:
    first, second = cast.__dict__["tips"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_function_result(oid) FROM pg_proc WHERE prosecdef AND proname LIKE 'tip%%'"
        )
        assert dict(cursor.fetchall()) == {
            "tip_area": "uuid",
            "tip_counts": "TABLE(unit_id uuid, category text, tips bigint)",
        }
        cursor.execute("SELECT tip_area(%s), tip_area(%s), tip_area(%s)", [first, second, uuid.uuid4()])
        assert cursor.fetchone() == (cast.hamlets[0], cast.hamlets[2], None)


def test_policies_leave_the_indexes_usable(cast: Cast) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        act_by_receipt(uuid.uuid4())
        cursor.execute("SET LOCAL enable_seqscan = off")
        # Which of several indexes an empty table is read by is chance.
        for where in ("id", "receipt_hash"):
            cursor.execute(f"EXPLAIN (COSTS OFF) SELECT id FROM tip WHERE {where} = %s", [uuid.uuid4()])
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert re.search(rf"Index Cond: \({where} = ", plan), plan
