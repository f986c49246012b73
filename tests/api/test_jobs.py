"""Jobs: done once, whatever happens to the workers."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections, transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from api import jobs
from api.jobs import Handler, Job, Later, LeaseLost, finish, put, put_all, run_due, run_traceless, tick, wake_up

pytestmark = pytest.mark.usefixtures("clean_db")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Handler]:
    """The handlers of this test alone."""
    own: dict[str, Handler] = {}
    monkeypatch.setattr(jobs, "_handlers", own)
    return own


def handle(handlers: dict[str, Handler], run: Callable[[Job], None], **options: Any) -> None:
    handlers["tests.topic"] = Handler(run=run, **({"lease_s": 60} | options))


def send(*keys: str, due_at: dt.datetime | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(*put_all("tests.topic", {key: {"key": key} for key in keys}, due_at))


def rows(columns: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM outbox WHERE topic LIKE 'tests.%%' ORDER BY key, id")
        return cursor.fetchall()


def make_due() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox SET due_at = now(), taken_until = taken_until - interval '1 hour'")


def test_a_job_is_done_once_and_its_row_stays_as_proof(handlers):
    done = []
    handle(handlers, lambda job: done.append((job.key, job.payload)))
    send("a", "b")
    assert run_due("tests.topic") == 2
    assert run_due("tests.topic") == 0
    assert sorted(done) == [("a", {"key": "a"}), ("b", {"key": "b"})]
    assert rows("done_at IS NOT NULL, attempts, taken_until") == [(True, 0, None)] * 2


def test_a_topic_with_a_short_slice_lets_others_have_their_turn(handlers):
    handle(handlers, lambda _: time.sleep(0.2), slice_s=0.1)
    send("a", "b")
    assert [run_due("tests.topic") for _ in range(3)] == [1, 1, 0]


def test_a_job_that_is_undone_with_its_service_never_was(handlers):
    handle(handlers, lambda _: None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send("a")
        raise ZeroDivisionError
    assert rows("key") == []


def test_a_key_that_waits_already_is_put_forward_not_doubled(handlers):
    handle(handlers, lambda _: None)
    send("a", due_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert run_due("tests.topic") == 0
    send("a")
    send("a")
    assert run_due("tests.topic") == 1
    send("a")
    assert run_due("tests.topic") == 1


def test_a_job_put_while_it_runs_runs_once_more(handlers):
    runs = []

    def run(job: Job) -> None:
        runs.append(job.key)
        if len(runs) == 1:
            send("a")

    handle(handlers, run)
    send("a")
    assert run_due("tests.topic") == 2
    assert rows("done_at IS NOT NULL") == [(True,)]


def test_what_fails_comes_again_later_and_keeps_a_code_only(handlers):
    def fail(job: Job) -> None:
        raise ValueError("Nguyễn Văn A, 0912 345 678")

    handle(handlers, fail)
    send("a")
    assert run_due("tests.topic") == 1
    [(error, attempts, wait)] = rows("last_error, attempts, extract(epoch FROM due_at - now())")
    assert (error, attempts) == ("ValueError", 1)
    assert 1 < wait < 3
    handle(handlers, lambda _: None)
    make_due()
    assert run_due("tests.topic") == 1
    assert rows("last_error, done_at IS NOT NULL") == [("", True)]


def test_what_is_put_off_comes_when_the_other_side_wishes(handlers):
    def busy(job: Job) -> None:
        raise Later("http_429", 90)

    handle(handlers, busy)
    send("a")
    assert run_due("tests.topic") == 1
    [(error, wait)] = rows("last_error, extract(epoch FROM due_at - now())")
    assert error == "http_429"
    assert 85 < wait <= 90


def test_a_job_goes_to_one_worker_at_a_time(handlers):
    taken, both = [], threading.Barrier(2, timeout=20)

    def run(job: Job) -> None:
        taken.append(job.key)
        both.wait()

    handle(handlers, run)
    send("a", "b")

    def work() -> None:
        run_due("tests.topic")
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == ["a", "b"]


def test_a_worker_that_was_given_up_cannot_finish_what_another_has(handlers):
    lost = []

    def run(job: Job) -> None:
        if lost:
            return
        make_due()  # the lease is over while this worker sleeps
        tick()
        make_due()
        lost.append(job)
        assert run_due("tests.topic") == 1
        with pytest.raises(LeaseLost), transaction.atomic():
            finish(job)

    handle(handlers, run)
    send("a")
    assert run_due("tests.topic") == 1
    assert rows("done_at IS NOT NULL, attempts") == [(True, 0)]


def test_a_tick_wakes_one_worker_a_topic_and_only_for_what_is_due(handlers):
    handle(handlers, lambda _: None)
    tick()
    assert wake_ups() == []
    send("a", "b")
    tick()
    tick()
    assert wake_ups() == ["tests.topic"]
    run_due("tests.topic")
    assert wake_ups() == ["tests.topic"]


def test_each_lane_is_woken_in_its_own_queue(handlers):
    for lane in ("default", "urgent", "outgoing"):
        handlers[f"tests.{lane}"] = Handler(run=lambda _: None, lease_s=60, lane=lane)
        with connection.cursor() as cursor:
            cursor.execute(*put(f"tests.{lane}", "a"))
    tick()
    queued = DBTaskResult.objects.values_list("args_kwargs", "queue_name")
    assert {(call["args"][0], lane) for call, lane in queued} == {
        (f"tests.{lane}", lane) for lane in ("default", "urgent", "outgoing")
    }


def test_of_a_traceless_topic_nothing_is_left_to_tell_that_there_was_a_job(handlers, caplog):
    runs = []

    def run(job: Job) -> None:
        runs.append(job.key)
        if len(runs) == 1:
            raise Later("busy")
        if len(runs) == 2:
            send("a")  # once more

    handle(handlers, run, traceless=True)
    handlers["tests.clock"] = Handler(run=lambda _: None, lease_s=60, every_s=60, traceless=True)
    caplog.set_level("DEBUG")
    send("a")
    tick()
    for _ in range(2):
        run_traceless()
        make_due()
    assert [each for each in runs if each == "a"] == ["a"] * 3
    assert rows("topic, done_at") == [("tests.clock", None)]
    assert wake_ups() == [] and "tests." not in caplog.text


def test_a_wake_up_whose_worker_died_is_given_up(handlers):
    handle(handlers, lambda _: None)
    wake_up.enqueue("tests.topic")
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=long_ago)
    tick()
    assert DBTaskResult.objects.get().status == TaskResultStatus.FAILED


def test_a_periodic_job_comes_round_and_is_never_done(handlers):
    runs = []
    handle(handlers, lambda _: runs.append(1), every_s=60)
    tick()
    tick()
    assert run_due("tests.topic") == 1
    assert run_due("tests.topic") == 0
    [(done, wait)] = rows("done_at, extract(epoch FROM due_at - now())")
    assert done is None
    assert 55 < wait <= 60
    make_due()
    assert run_due("tests.topic") == 1


def wake_ups() -> list[str]:
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=wake_up.module_path)
    return [each.args_kwargs["args"][0] for each in waiting]


# Processes that are killed.


@pytest.fixture
def counts(postgres) -> Iterator[Callable[[], list[str]]]:
    """The table that the jobs of `counting_worker` count in."""
    owner = psycopg2.connect(postgres.owner)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE tests_count (key text NOT NULL)")

        def read() -> list[str]:
            cursor.execute("SELECT key FROM tests_count")
            return [key for (key,) in cursor.fetchall()]

        yield read
        cursor.execute("DROP TABLE tests_count")
    owner.close()


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers; what is left of them is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        script = [sys.executable, str(ROOT / "tests/api/counting_worker.py"), str(tmp_path)]
        started.append(subprocess.Popen(script, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def until(condition: Callable[[], object], patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def count(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(*put("tests.count", key))


def test_a_worker_killed_in_the_middle_of_a_job_leaves_it_to_the_next(counts, start, tmp_path):
    (tmp_path / "hold").touch()
    count("a")
    first = start()
    until(lambda: list(tmp_path.glob("begun-*")))
    first.send_signal(signal.SIGKILL)
    first.wait()
    (tmp_path / "hold").unlink()
    start()
    until(lambda: rows("done_at IS NOT NULL") == [(True,)])
    assert counts() == ["a"]


def test_a_worker_that_wakes_up_after_its_lease_undoes_what_it_did(counts, start, tmp_path):
    (tmp_path / "hold").touch()
    count("a")
    first = start()
    until((tmp_path / f"begun-{first.pid}").exists)
    (tmp_path / f"hold-{first.pid}").touch()
    (tmp_path / "hold").unlink()
    start()
    until(lambda: rows("done_at IS NOT NULL") == [(True,)])
    (tmp_path / f"hold-{first.pid}").unlink()
    count("b")
    until(lambda: len(counts()) == 2)
    assert sorted(counts()) == ["a", "b"]


def test_a_worker_asked_to_end_finishes_the_job_at_hand_and_takes_no_other(counts, start, tmp_path):
    (tmp_path / "hold").touch()
    count("a")
    count("b")
    worker = start()
    until((tmp_path / f"begun-{worker.pid}").exists)
    worker.terminate()
    time.sleep(0.3)
    (tmp_path / "hold").unlink()
    assert worker.wait(timeout=20) == 0
    assert len(counts()) == 1


def test_a_worker_outlives_the_loss_of_its_connections(counts, start, postgres):
    worker = start()
    count("a")
    until(lambda: counts() == ["a"])
    superuser = psycopg2.connect(postgres.superuser)
    with superuser, superuser.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'anthon_api' AND datname = current_database() AND pid <> %s",
            [connection.connection.info.backend_pid],
        )
    superuser.close()
    count("b")
    until(lambda: counts() == ["a", "b"])
    assert worker.poll() is None
