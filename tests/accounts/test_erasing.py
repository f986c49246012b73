"""Erasing a person: nothing of them is found anywhere, and all that they did stands, provably."""

from __future__ import annotations

import datetime as dt
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts.erasing import NAMELESS, erase
from accounts.events import record
from accounts.models import AuditEvent, Grant, ImportRow, ImportThing, Session, User
from accounts.purge import purge
from accounts.scoping import SystemActor
from accounts.sealer import seal_leftovers, verify_seals
from accounts.users import deactivate_user, reactivate_user, rename_user
from api.actors import Event
from api.localtime import now
from api.problems import Problem
from api.records import record_types
from tests.accounts.people.entered import enter_all
from tests.cast import Cast, add_grant, raise_cast
from tests.client import signed_in
from tests.contract.world import make

NAME, PHONE = "Nguyễn Thị Chim Hoàng Yến", "+84987654321"
SYSTEM = SystemActor(reason="tests")


@pytest.fixture
def cast(clean_db: None) -> Cast:
    """Lan has a name that is found nowhere else, in the roster's versions too; she made a record, and is gone."""
    cast = raise_cast()
    enter_all()
    lan = cast.lan.user_id
    User.objects.filter(id=lan).update(phone=PHONE, area_id=cast.hamlets[0])
    rename_user(actor=SYSTEM, user_id=lan, full_name=NAME)
    Session.objects.filter(user_id=lan).update(device_name=f"máy của {NAME}")
    make(cast, record_types()["observation"])
    add_grant(cast.lan, "front_officer", cast.hamlets[0])
    record(Event("user.created", subject_type="user", subject_id=lan), by=cast.son.actor())
    signed_in(cast.son).patch(
        f"/v1/users/{lan}",
        {"locale": "en"},
        content_type="application/merge-patch+json",
        headers={"If-Match": "*", "Idempotency-Key": "k" * 20},
    )
    _imported(cast)
    deactivate_user(actor=cast.son.actor(), user_id=lan)
    return cast


def _imported(cast: Cast) -> None:
    rows = [f"{NAME} · {PHONE}", "Người khác · +84900000001"]
    import_id = uuid.uuid4()
    for no, label in enumerate(rows):
        ImportRow.objects.create(
            import_id=import_id, no=no, kind="people", sheet="", line=no + 2, status="create", label=label
        )
    ImportThing.objects.create(import_id=import_id, type="user", subject_id=cast.lan.user_id, no=0)


def found(*words: str) -> list[str]:
    """The tables that hold one of these words anywhere."""
    tables = []
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            for word in words:
                cursor.execute(
                    f"SELECT count(*) FROM {table} t WHERE position(%s IN t::text) > 0"
                    " OR position(encode(convert_to(%s, 'UTF8'), 'hex') IN t::text) > 0",
                    [word, word],
                )
                if cursor.fetchone()[0]:
                    tables.append(table)
    return sorted(set(tables))


def test_nothing_of_the_person_is_left_in_any_table(cast: Cast) -> None:
    before = found(NAME, PHONE)
    assert {"user_account", "membership", "session", "import_row", "idempotency_key"} <= set(before)
    assert any(table.startswith("revision") for table in before)
    done = erase(actor=SYSTEM, user_ids=[cast.lan.user_id])
    assert found(NAME, PHONE) == []
    assert done["user_account"] == done["membership"] == done["session"] == done["role_grant"] == 1
    assert done["revision"] > 0 and done["import_row"] == 1 and done["idempotency_key"] == 1
    assert ImportRow.objects.filter(label__startswith="Người khác").exists(), "others' rows stay"


def test_what_the_person_did_stays_and_the_chain_holds(cast: Cast) -> None:
    seal_leftovers()
    lan = cast.lan.user_id
    events = set(AuditEvent.objects.filter(user_id=lan).values_list("id", flat=True))
    erase(actor=SYSTEM, user_ids=[lan])
    seal_leftovers()
    verdict = verify_seals()
    assert verdict.fault is None, verdict
    assert events <= set(AuditEvent.objects.filter(user_id=lan).values_list("id", flat=True))
    [event] = AuditEvent.objects.filter(name="user.erased")
    assert (event.subject_id, event.area_id, event.details) == (lan, cast.hamlets[0], {"reason": "tests"})
    [observation] = signed_in(cast.bao).get("/v1/observations").json()["items"]
    assert observation["author_id"] == str(lan)


def test_phones_of_the_team_forget_the_name_by_their_next_pull(cast: Cast) -> None:
    cursor = signed_in(cast.bao).get("/v1/sync/pull").json()["cursor"]
    erase(actor=SYSTEM, user_ids=[cast.lan.user_id])
    changes = signed_in(cast.bao).get("/v1/sync/pull", {"cursor": cursor}).json()["changes"]
    [told] = [each["data"] for each in changes if each["type"] == "membership"]
    assert (told["full_name"], told["badge_number"], told["role"]) == (NAMELESS, None, "member")
    assert told["ends_at"] is not None


def test_a_dry_run_counts_and_changes_nothing(cast: Cast) -> None:
    before, events = found(NAME, PHONE), AuditEvent.objects.count()
    counted = erase(actor=SYSTEM, user_ids=[cast.lan.user_id], dry_run=True)
    assert (found(NAME, PHONE), AuditEvent.objects.count()) == (before, events)
    done = erase(actor=SYSTEM, user_ids=[cast.lan.user_id])
    assert {name: count for name, count in done.items() if name != "revision"} == {
        name: count for name, count in counted.items() if name != "revision"
    }


def test_it_is_done_once_and_never_to_an_account_in_use(cast: Cast) -> None:
    erase(actor=SYSTEM, user_ids=[cast.lan.user_id])
    assert erase(actor=SYSTEM, user_ids=[cast.lan.user_id]) == {}
    assert AuditEvent.objects.filter(name="user.erased").count() == 1
    reactivate_user(actor=SYSTEM, user_id=cast.lan.user_id)
    assert not User.objects.get(id=cast.lan.user_id).is_active, "a husk isn't switched on again"
    with pytest.raises(Problem) as refused:
        erase(actor=SYSTEM, user_ids=[cast.bao.user_id])
    assert refused.value.code == "conflict"
    assert User.objects.get(id=cast.bao.user_id).full_name != NAMELESS


def test_five_years_after_it_was_switched_off_an_account_is_emptied_by_itself(cast: Cast) -> None:
    lan, minh = cast.lan.user_id, cast.minh.user_id
    deactivate_user(actor=SYSTEM, user_id=minh)
    year = dt.timedelta(days=365)
    User.objects.filter(id=lan).update(deactivated_at=now() - 5 * year - dt.timedelta(hours=1))
    User.objects.filter(id=minh).update(deactivated_at=now() - 5 * year + dt.timedelta(hours=1))
    assert purge()["user_account"] == 1
    assert User.objects.get(id=lan).erased_at is not None
    assert User.objects.get(id=minh).erased_at is None
    assert not Grant.objects.unended().filter(user_id=lan).exists()
    assert AuditEvent.objects.get(name="purge.finished").details["rows"]["user_account"] == 1
    assert purge()["user_account"] == 0


def test_an_erasure_that_was_interrupted_is_finished_by_the_keeper(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.erasing._scrub", lambda *_: {})
    erase(actor=SYSTEM, user_ids=[cast.lan.user_id])
    assert any(table.startswith("revision") for table in found(NAME))
    monkeypatch.undo()
    purge()
    assert not any(table.startswith("revision") for table in found(NAME))


def test_the_operators_command(cast: Cast) -> None:
    told = StringIO()
    call_command("erase_account", "0987 654 321", because="YC-12", dry_run=True, stdout=told)
    assert "would erase      1 in user_account" in told.getvalue()
    call_command("erase_account", "0987 654 321", because="YC-12", stdout=told)
    assert "erased      1 in session" in told.getvalue()
    assert AuditEvent.objects.get(name="user.erased").details == {"reason": "erasure: YC-12"}
    for phone, why in (("0987654321", "no account"), (cast.bao.phone, "in use"), ("x", "no phone number")):
        with pytest.raises(CommandError, match=why):
            call_command("erase_account", phone, because="YC-13")
