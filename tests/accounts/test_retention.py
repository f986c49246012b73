"""Every table says whether it holds personal data, why and for how long; and what is said is done."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts.models import AuditEvent, Export, ExportPart, SecondFactor, Session
from accounts.purge import purge
from api.ids import uuid7
from api.localtime import now
from api.retention import declared_tables, kept_tables
from tests.cast import Cast
from tests.client import signed_in

OF_THE_TESTS = {"lamp"}


@pytest.mark.django_db
def test_every_table_is_declared_and_no_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                       " AND relnamespace = 'public'::regnamespace")  # fmt: skip
        tables = {name for (name,) in cursor.fetchall()}
    assert declared_tables() == tables - OF_THE_TESTS


def test_each_says_why_and_how_long_in_both_languages() -> None:
    for each in kept_tables():
        assert all(text.vi and text.en for text in (each.purpose, each.basis, each.kept)), each.table
        assert (each.condition is None) == (each.after is None), each.table


@pytest.mark.usefixtures("clean_db")
def test_what_has_outlived_its_time_goes_and_the_rest_stays() -> None:
    moment, user = now(), uuid7()
    for hours in (23, 25):
        made = moment - dt.timedelta(hours=hours)
        export = Export.objects.create(kind="own_data", format="json", user_id=user, session_id=user, created_at=made)
        ExportPart.objects.create(export_id=export.id, no=0, content=b"x", created_at=made)
        SecondFactor.objects.create(user_id=uuid7(), sealed_secret=b"x", created_at=made)
        SecondFactor.objects.create(user_id=uuid7(), sealed_secret=b"x", created_at=made, confirmed_at=made)
    for days in (729, 731):
        ended = moment - dt.timedelta(days=days)
        Session.objects.create(
            user_id=user, device_id=user, created_at=ended, refreshed_at=ended, expires_at=ended, ended_at=ended
        )
    gone = purge()
    told = {table: count for table, count in gone.items() if count}
    assert told == {"export": 1, "export_part": 1, "second_factor": 1, "session": 1}
    assert (Export.objects.count(), ExportPart.objects.count()) == (1, 1)
    assert (SecondFactor.objects.count(), Session.objects.count()) == (3, 1)
    assert AuditEvent.objects.get(name="purge.finished").details["rows"] == gone
    assert not any(purge().values())


@pytest.mark.django_db
def test_admins_read_what_is_kept_and_what_went(cast: Cast) -> None:
    from tests.accounts.test_audit import happen

    happen("purge.finished", rows={"session": 3})
    told = signed_in(cast.son).get("/v1/retention").json()
    assert [each["table"] for each in told["tables"]] == [each.table for each in kept_tables()]
    assert told["runs"][0]["rows"] == {"session": 3}
    assert signed_in(cast.lan).get("/v1/retention").status_code == 403
