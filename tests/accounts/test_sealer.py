"""The audit trail's chain: everything committed is sealed once, in order, and any change is found and named."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.utils import ProgrammingError

from accounts.events import audit_statement
from accounts.models import AuditEvent, AuditSeal, LoginFailure, RefreshToken
from accounts.sealer import seal, seal_leftovers, verify_seals
from api.actors import Event
from api.idempotency_models import IdempotencyKey
from api.ids import uuid7
from api.localtime import now
from tests.servers import PostgresAddress

pytestmark = pytest.mark.usefixtures("clean_db")

CHANGED = "seal 2: event {id} or its seal was changed"


def happen(count: int = 1, at: dt.datetime | None = None) -> None:
    events = [Event("user.renamed", subject_type="user", subject_id=uuid7(), details={"n": n}) for n in range(count)]
    with connection.cursor() as cursor:
        cursor.execute(*audit_statement(events, user_id=uuid7(), at=at))


def as_superuser(postgres: PostgresAddress, sql: str) -> None:
    with psycopg2.connect(postgres.superuser) as direct, direct.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)


def test_what_is_committed_is_sealed_once_and_in_order() -> None:
    happen(3)
    assert seal() == 3
    happen(2)
    assert seal() == 2
    assert seal() == 0
    assert list(AuditSeal.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    verdict = verify_seals()
    assert (verdict.sealed, verdict.unsealed, verdict.fault) == (5, 0, None)


def test_what_is_not_committed_yet_is_sealed_later(postgres: PostgresAddress) -> None:
    with psycopg2.connect(postgres.api) as slow, slow.cursor() as cursor:
        cursor.execute(*audit_statement([Event("user.renamed")]))
        happen()
        assert seal() == 1
    slow.close()
    assert seal() == 1
    assert verify_seals().fault is None


def test_events_of_a_slow_transaction_or_a_wrong_clock_are_found_by_the_sweep() -> None:
    happen()
    seal()
    happen(at=now() - dt.timedelta(hours=5))
    # Ids carry the time too; this one was made by a clock that is an hour slow.
    AuditEvent(id=uuid7(int(time.time() * 1000) - 3_600_000), at=now() - dt.timedelta(hours=1), name="x").save(
        force_insert=True
    )
    assert seal() == 0
    assert verify_seals().unsealed == 2
    assert seal_leftovers() == 2
    assert verify_seals() == type(verify_seals())(3, 0)


def test_sealers_at_once_make_one_chain() -> None:
    happen(500)

    def one(_: int) -> int:
        try:
            return seal()
        finally:
            connections["owner"].close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 500
    assert verify_seals() == type(verify_seals())(500, 0)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            "UPDATE audit_event SET details = '{\"n\": 7}' WHERE id = '{id}'",
            CHANGED,
        ),
        ("UPDATE audit_event SET user_id = NULL WHERE id = '{id}'", CHANGED),
        ("DELETE FROM audit_event WHERE id = '{id}'", "seal 2: event {id} is missing"),
        ("DELETE FROM audit_seal WHERE seq = 2", "seal 2 is missing"),
        ("UPDATE audit_seal SET hash = sha256('x') WHERE seq = 2", CHANGED),
    ],
)
def test_any_change_is_found_and_named(postgres: PostgresAddress, change: str, fault: str) -> None:
    happen(4)
    seal()
    second = str(AuditSeal.objects.get(seq=2).event_id)
    as_superuser(postgres, change.replace("{id}", second))
    verdict = verify_seals()
    assert verdict.fault == fault.replace("{id}", second) and verdict.sealed == 1


def test_the_command_names_the_first_broken_seal(postgres: PostgresAddress, capsys: pytest.CaptureFixture[str]) -> None:
    happen(3)
    seal()
    call_command("verify_audit")
    assert "3 seals and 0 signed heads hold" in capsys.readouterr().out
    as_superuser(postgres, "DELETE FROM audit_seal WHERE seq = 2")
    with pytest.raises(CommandError, match="seal 2 is missing") as failed:
        call_command("verify_audit")
    assert failed.value.returncode == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET name = 'x'",
        "DELETE FROM audit_event",
        "INSERT INTO audit_seal (seq, event_id, event_at, hash) VALUES (1, gen_random_uuid(), now(), 'x')",
        "DELETE FROM audit_seal",
    ],
)
def test_the_serving_role_can_change_neither_events_nor_seals(sql: str) -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_name_outside_the_vocabulary_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        audit_statement([Event("user.vanished")])


def test_the_keeper_purges_what_has_outlived_its_time_and_tells_of_it() -> None:
    for age in (29, 31):
        moment = now() - dt.timedelta(days=age)
        IdempotencyKey.objects.create(
            id=uuid7(), user_id=uuid7(), fingerprint=b"", status=200, headers={}, body=b"", created_at=moment
        )
        RefreshToken.objects.create(
            hash=os.urandom(32), session_id=uuid7(), generation=0, created_at=moment, used_at=moment - dt.timedelta(60)
        )
        LoginFailure.objects.create(key=os.urandom(32), level=60, updated_at=moment)
    call_command("keeper", once=True)
    assert IdempotencyKey.objects.count() == RefreshToken.objects.count() == 1
    assert LoginFailure.objects.count() == 0
    event = AuditEvent.objects.get(name="purge.finished")
    assert event.details["rows"]["idempotency_key"] == 1
    assert AuditSeal.objects.filter(event_id=event.id).exists()


def test_the_keeper_seals_within_five_seconds_and_ends_when_told() -> None:
    keeper = subprocess.Popen([sys.executable, "manage.py", "keeper"], cwd=settings.BASE_DIR)
    try:
        happen()
        began = time.monotonic()
        while not AuditSeal.objects.exists():
            assert time.monotonic() - began < 20, "starting included"
            time.sleep(0.1)
        happen()
        began = time.monotonic()
        while AuditSeal.objects.count() < 2:
            assert time.monotonic() - began < 5
            time.sleep(0.1)
        keeper.send_signal(signal.SIGTERM)
        assert keeper.wait(timeout=10) == 0
    finally:
        keeper.kill()
        keeper.wait()


def test_odd_numbers_and_odd_letters_hash_the_same_both_ways() -> None:
    odd = {
        "n": 1e16,
        "small": 1e-7,
        "whole": 2.0,
        "text": 'Đèn \x7f \u2028 \x1f \\ "',
        "big": 2**63 - 1,
        "list": [1.5, None],
    }
    with connection.cursor() as cursor:
        cursor.execute(*audit_statement([Event("user.renamed", details=odd)]))
    assert seal() == 1
    assert verify_seals().fault is None


def test_a_long_wait_is_sealed_batch_by_batch_each_looking_at_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts import sealer

    monkeypatch.setattr(sealer, "BATCH", 10)
    monkeypatch.setattr(sealer, "_UNSEALED", sealer._UNSEALED.replace("5000", "10"))
    happen(35)
    assert seal() == 35
    assert verify_seals().fault is None
