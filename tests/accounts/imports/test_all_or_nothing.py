"""All or nothing: the world may change in between, rights may end, a worker may be killed at any point."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

import psycopg2
import pytest
from django.db import connection

from accounts.imports import working
from accounts.imports.accounts_writing import prepare
from accounts.imports.writing import Ready
from accounts.models import Area, AuditEvent, Grant, Import, ImportThing, Membership, Session, Team, User
from accounts.purge import purge
from accounts.scoping import SystemActor
from accounts.users import create_user, rename_user
from api.jobs import run_due
from api.localtime import now
from api.sync.models import StreamEntry
from demo.workbooks import make_workbook
from tests.accounts.imports.conftest import Province, faults, replaced, sheet, small
from tests.cast import Person, add_grant, add_person
from tests.client import signed_in
from tests.servers import ROOT, PostgresAddress

SYSTEM = SystemActor(reason="tests")


def written() -> tuple[int, ...]:
    """How much there is of all that an import makes."""
    models = (Area, Team, User, Membership, Grant, StreamEntry)
    return tuple(model.objects.count() for model in models)  # type: ignore[attr-defined]


def take_the_phone() -> None:
    create_user(actor=SYSTEM, phone="0912345678", full_name="Người Khác")


def test_a_phone_taken_meanwhile_fails_the_import_and_names_its_row(province: Province) -> None:
    found = province.bring(small())
    take_the_phone()
    before = written()
    failed = province.apply(found)
    assert (failed.status, failed.problem, written()) == ("failed", "import_overtaken", before)
    assert faults(failed) == [("Người", 2, "", "overtaken")]
    told = province.client().get(f"/v1/imports/{found.id}").json()
    assert told["problem"]["code"] == "import_overtaken" and told["counts"]["people"]["fault"] == 1
    answer = province.client().post(f"/v1/imports/{found.id}/apply", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "import_not_ready")


def test_what_changes_under_the_last_transaction_undoes_it_and_is_named(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change comes after all was prepared: only the last look under the locks can see it."""
    raced: list[bool] = []

    def then_raced(*args: Any) -> Ready:
        ready = prepare(*args)
        if not raced:
            raced.append(True)
            take_the_phone()
        return ready

    found = province.bring(small())
    before = written()
    replaced(monkeypatch, prepare=then_raced)
    failed = province.apply(found)
    assert (failed.status, failed.problem) == ("failed", "import_overtaken")
    assert written() == (*before[:2], before[2] + 1, *before[3:])
    assert faults(failed) == [("Người", 2, "", "overtaken")]


def test_a_record_that_moved_on_meanwhile_undoes_it(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    province.apply(province.bring(small()))
    found = province.bring(small(people=[["0912345678", "Nguyễn Thị Lan", "22000", "1", "", "tổ viên", "", ""]]))
    raced: list[bool] = []
    lan = User.objects.get(phone="+84912345678")

    def then_renamed(*args: Any) -> Ready:
        ready = prepare(*args)
        if not raced:
            raced.append(True)
            rename_user(actor=SYSTEM, user_id=lan.id, full_name="Lan Mới")
        return ready

    replaced(monkeypatch, prepare=then_renamed)
    failed = province.apply(found)
    assert (failed.status, failed.problem) == ("failed", "import_overtaken")
    assert Membership.objects.get().role == "leader"


@pytest.mark.parametrize("end", ["session", "grant", "account"])
def test_rights_that_ended_in_between_end_the_import(province: Province, end: str) -> None:
    found = province.bring(small())
    assert province.client().post(f"/v1/imports/{found.id}/apply", content_type="application/json").status_code == 202
    before = written()
    if end == "session":
        Session.objects.filter(id=province.son.session_id).update(ended_at=now())
    elif end == "grant":
        Grant.objects.filter(user_id=province.son.user_id).update(ends_at=now() - dt.timedelta(seconds=1))
    else:
        User.objects.filter(id=province.son.user_id).update(is_active=False)
    run_due("imports.apply")
    found.refresh_from_db()
    assert (found.status, found.problem, written()) == ("failed", "import_rights_gone", before)


def test_applying_twice_is_applying_once(province: Province) -> None:
    found = province.apply(province.bring(small()))
    before = written()
    assert province.apply(found).status == "applied"
    working.carry_out(_job_of(found.id))
    assert written() == before


def _job_of(import_id: uuid.UUID) -> Any:
    class Job:
        key = str(import_id)

    return Job()


_WORKER = """
import os, sys, django
django.setup()
from dataclasses import replace
from accounts.imports import kinds
from api.sync import bulk
from api.jobs import run_due
import api.postgres.copying as copying
point, copies = sys.argv[1], [0]
run = copying.Copy.run
def counted(self):
    run(self)
    copies[0] += 1
    if point == "copying" and copies[0] == 8:
        print("there", flush=True); import time; time.sleep(60)
copying.Copy.run = counted
workbook = kinds.import_kind("workbook")
def held(ready):
    if point == "before": print("there", flush=True); import time; time.sleep(60)
    workbook.carry_out(ready)
    if point == "written": print("there", flush=True); import time; time.sleep(60)
kinds._kinds["workbook"] = replace(workbook, carry_out=held)
run_due("imports.apply")
"""


@pytest.mark.parametrize("point", ["before", "copying", "written"])
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_does_all(
    province: Province, postgres: PostgresAddress, point: str
) -> None:
    found = province.bring(make_workbook(province.codes, hamlets=20, people=60).xlsx())
    assert province.client().post(f"/v1/imports/{found.id}/apply", content_type="application/json").status_code == 202
    before = written()
    environment = os.environ | {"DATABASE_URL": postgres.api, "DJANGO_SETTINGS_MODULE": "api.settings"}
    environment["DATABASE_OWNER_URL"] = postgres.owner
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, point],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert worker.stdout is not None and worker.stdout.readline() == b"there\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    _until_nobody_is_in_a_transaction(postgres)
    found.refresh_from_db()
    assert (found.status, written()) == ("applying", before)
    with connection.cursor() as cursor:  # the lease of the dead one is over
        cursor.execute("UPDATE outbox SET taken_until = NULL, due_at = now() WHERE topic = 'imports.apply'")
    run_due("imports.apply")
    found.refresh_from_db()
    assert found.status == "applied"
    assert (Team.objects.count(), Membership.objects.count()) == (20, 60)
    assert ImportThing.objects.filter(import_id=found.id).count() == 20 + 20 + 80 + 60 + 20


def _until_nobody_is_in_a_transaction(postgres: PostgresAddress) -> None:
    other = psycopg2.connect(postgres.superuser)
    with other, other.cursor() as cursor:
        for _ in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if cursor.fetchone() == (0,):
                break
            time.sleep(0.1)
    other.close()


def test_all_that_an_import_made_is_deactivated_at_once(province: Province) -> None:
    done = province.apply(province.bring(make_workbook(province.codes, hamlets=20, people=60).xlsx()))
    path, kind = f"/v1/imports/{done.id}/deactivate", "application/json"
    said = province.client().post(path, {"dry_run": True}, content_type=kind).json()
    counted = {each["type"]: (each["deactivate"], each["keep"]) for each in said["things"]}
    assert counted == {"user": (80, 0), "membership": (60, 0), "team": (20, 0), "grant": (20, 0), "area": (20, 0)}
    assert User.objects.filter(is_active=False).count() == 0
    assert province.client().post(path, {"dry_run": False}, content_type=kind).status_code == 202
    run_due("imports.deactivate")
    done.refresh_from_db()
    assert (done.status, done.deactivated_by) == ("deactivated", province.son.user_id)
    assert list(User.objects.filter(is_active=True).values_list("id", flat=True)) == [province.son.user_id]
    assert not Membership.objects.filter(ends_at=None).exists()
    assert not Grant.objects.unended().exclude(user_id=province.son.user_id).exists()
    assert set(Team.objects.values_list("status", flat=True)) == {"dissolved"}
    assert not Area.objects.filter(level="hamlet", valid_to=None).exists()
    assert AuditEvent.objects.filter(name="user.deactivated", details__import_id=str(done.id)).count() == 80
    assert province.client().post(path, {"dry_run": False}, content_type=kind).status_code == 202


def test_what_somebody_changed_since_stays(province: Province) -> None:
    done = province.apply(province.bring(small()))
    lan = User.objects.get(phone="+84912345678")
    rename_user(actor=SYSTEM, user_id=lan.id, full_name="Lan Mới")
    said = (
        province.client()
        .post(f"/v1/imports/{done.id}/deactivate", {"dry_run": True}, content_type="application/json")
        .json()
    )
    counted = {each["type"]: (each["deactivate"], each["keep"]) for each in said["things"]}
    assert counted == {"user": (0, 1), "membership": (0, 1), "team": (0, 1), "grant": (0, 0), "area": (0, 1)}


def test_an_import_that_was_not_applied_has_made_nothing(province: Province) -> None:
    found = province.bring(small())
    answer = province.client().post(
        f"/v1/imports/{found.id}/deactivate", {"dry_run": True}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "import_not_applied")
    assert province.client().get(f"/v1/imports/{found.id}/things").json()["items"] == []


def test_a_file_and_its_rows_are_forgotten_after_a_year_and_the_result_is_not(province: Province) -> None:
    old, young = province.apply(province.bring(small())), province.bring(small())
    year_ago = now() - dt.timedelta(days=366)
    Import.objects.filter(id=old.id).update(created_at=year_ago)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE import_file SET created_at = %s WHERE import_id = %s", [year_ago, old.id])
    gone = purge()
    assert (gone["import_file"], gone["import_row"]) == (1, 3)
    assert province.client().get(f"/v1/imports/{old.id}").json()["counts"]["people"]["create"] == 1
    assert province.client().get(f"/v1/imports/{young.id}/rows").status_code == 200


def test_nobody_ends_their_own_role_by_deactivating_an_import(province: Province) -> None:
    hoa = add_person("hoa", 7)
    done = province.apply(province.bring(_admin(hoa)))
    _deactivate(hoa, done)
    assert Grant.objects.get(user_id=hoa.user_id, role="admin").ends_at is None


def test_the_last_admin_stays_and_so_does_all_else(province: Province) -> None:
    """Sơn's and Dũng's roles have an end, so what Dũng would undo leaves nobody for good."""
    hoa, dung = add_person("hoa", 7), add_person("dung", 8)
    add_grant(dung, "admin", province.id)
    done = province.apply(province.bring(_admin(hoa)))
    Grant.objects.exclude(user_id=hoa.user_id).update(ends_at=now() + dt.timedelta(days=1))
    _deactivate(dung, done)
    done.refresh_from_db()
    assert (done.status, done.problem) == ("applied", "last_admin")
    assert Grant.objects.get(user_id=hoa.user_id, role="admin").ends_at is None


def _admin(person: Person) -> bytes:
    """A workbook that makes somebody an admin of the province."""
    phone = User.objects.get(id=person.user_id).phone
    return sheet(Quyền=[["Số điện thoại", "Quyền"], [phone, "Quản trị viên"]])


def _deactivate(person: Person, found: Import) -> None:
    answer = signed_in(person).post(
        f"/v1/imports/{found.id}/deactivate", {"dry_run": False}, content_type="application/json"
    )
    assert answer.status_code == 202
    run_due("imports.deactivate")
