"""Every table says whether it holds personal data, why and for how long; and what is said is done."""

from __future__ import annotations

import datetime as dt
import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import (
    ActivationCode,
    AuditEvent,
    Breach,
    DataRequest,
    Export,
    ExportPart,
    Import,
    ImportFile,
    ImportRow,
    LoginFailure,
    PushToken,
    RefreshToken,
    SecondFactor,
    Session,
    SheetPrint,
    User,
)
from accounts.purge import due, purge
from activities.pledges.models import Household, IdNumber
from activities.tips.models import Tip, TipMessage, TipOpening, TipSource
from api.idempotency_models import IdempotencyKey
from api.ids import uuid7
from api.localtime import LOCAL, now
from api.retention import declared_tables, kept_tables
from tests.cast import Cast
from tests.client import signed_in

OF_THE_TESTS = {"lamp"}
TIPS_KEPT = dt.timedelta(days=5 * 365)


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
    before, told_before = due(), StringIO()
    call_command("purge", dry_run=True, stdout=told_before)
    assert "        1 session\n" in told_before.getvalue()
    assert due() == before, "a dry run changes nothing"
    gone = purge()
    assert {table: count for table, count in gone.items() if table != "refresh_token"} == {
        table: count for table, count in before.items() if table != "refresh_token"
    }
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


def _aged(table: str, age: dt.timedelta) -> None:
    """A row of a table, as old as told, by the columns that its rule goes by."""
    at, some = now() - age, uuid7()
    match table:
        case "session":
            Session.objects.create(
                user_id=some, device_id=some, created_at=at, refreshed_at=at, expires_at=at, ended_at=at
            )
        case "push_token":
            Session.objects.create(
                id=some, user_id=some, device_id=some, created_at=at, refreshed_at=at, expires_at=at, ended_at=at
            )
            PushToken.objects.create(
                session_id=some, user_id=some, provider="fcm", token="x", token_hash=some.bytes, created_at=at
            )
        case "refresh_token":
            RefreshToken.objects.create(hash=some.bytes, session_id=some, generation=0, created_at=at, used_at=at)
        case "activation_code":
            ActivationCode.objects.create(user_id=some, code_hash=some.bytes, created_at=at, expires_at=at)
        case "household_id_number":
            Household.objects.using("owner").create(
                id=some, area_id=some, householder="x", residence_status="permanent", recorded_at=at, occurred_at=at,
                received_at=at, deleted_at=at,
            )  # fmt: skip
            IdNumber.objects.using("owner").create(
                household_id=some, area_id=some, hash=some.bytes, last_four="6789", set_at=at
            )
        case "data_request":
            DataRequest.objects.create(
                area_id=some, kind="access", requester="x", subject_type="other", description="x", status="done",
                received_on=at, answer_due_on=at, due_on=at, settled_at=at, created_at=at,
            )  # fmt: skip
        case "breach":
            Breach.objects.create(
                area_id=some, description="x", noticed_at=at, report_due_at=at, closed_at=at, created_at=at
            )
        case "tip":
            _tip(some, at)
        case "tip_source" | "tip_message" | "tip_opening":
            if at > now() - TIPS_KEPT:
                _tip(some, now())
            _beside_tip(table, some, at)
        case "second_factor":
            SecondFactor.objects.create(user_id=some, sealed_secret=b"x", created_at=at)
        case "login_failure":
            LoginFailure.objects.create(key=some.bytes * 2, level=0, updated_at=at)
        case "export":
            Export.objects.create(kind="own_data", format="json", user_id=some, session_id=some, created_at=at)
        case "export_part":
            ExportPart.objects.create(export_id=some, no=0, content=b"x", created_at=at)
        case "sheet_print":
            SheetPrint.objects.create(
                area_id=some,
                user_id=some,
                session_id=some,
                request_id=some,
                server="",
                public_key=b"x",
                people=1,
                created_at=at,
            )
        case "import_file":
            ImportFile.objects.create(import_id=some, content=b"x", created_at=at)
        case "import_row":
            Import.objects.create(
                id=some, kind="people", area_id=some, author_id=some, session_id=some, content_type="text/csv",
                size=1, sha256="0" * 64, status="failed", created_at=at,
            )  # fmt: skip
            ImportRow.objects.create(import_id=some, no=1, kind="people", sheet="", line=1, status="fault")
        case "idempotency_key":
            IdempotencyKey.objects.create(
                id=some, user_id=some, fingerprint=b"x", status=200, headers={}, body=b"", created_at=at
            )
        case "user_account":
            User.objects.create(
                phone=f"+849{some.int % 10**8:08}", full_name="x", name_fold="x", created_at=at, is_active=False,
                deactivated_at=at,
            )  # fmt: skip


def _tip(id: uuid.UUID, at: dt.datetime) -> None:
    """A tip as far from the first of its month as `at` is from five years ago: the rule goes by whole months."""
    before = now() - TIPS_KEPT
    month = before.astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    hour = (at - (before - month)).replace(minute=0, second=0, microsecond=0)
    Tip.objects.using("owner").create(
        id=id, area_id=id, unit_id=id, hour=hour, category="other", text="x", urgency="normal", channel="app",
        receipt_hash=id, content_hash=b"x" * 32,
    )  # fmt: skip


def _beside_tip(table: str, id: uuid.UUID, at: dt.datetime) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    match table:
        case "tip_source":
            TipSource.objects.using("owner").create(tip_id=id, area_id=id, sealed=b"x")
        case "tip_message":
            TipMessage.objects.using("owner").create(
                id=id, tip_id=id, area_id=id, no=1, sender="police", hour=hour, text="x"
            )
        case "tip_opening":
            TipOpening.objects.using("owner").create(id=id, tip_id=id, area_id=id, user_id=id, reason="x", at=at)


@pytest.mark.usefixtures("clean_db")
def test_each_rule_takes_what_is_an_hour_over_and_leaves_what_is_an_hour_under() -> None:
    hour = dt.timedelta(hours=1, minutes=1)
    rules = [each for each in kept_tables() if each.condition is not None]
    for each in rules:
        assert each.after is not None
        slack = min(hour, each.after / 2)
        _aged(each.table, each.after + slack)
        _aged(each.table, each.after - slack)
    counted = due()
    assert {table: count for table, count in counted.items() if count != 1} == {}
    assert set(counted) == {each.table for each in rules}
    gone = purge()
    assert {table: gone[table] for table in counted} == counted
    assert not any(due().values())
