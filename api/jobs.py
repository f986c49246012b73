"""Jobs: what is due stands in the outbox; django-tasks only wakes workers up; `tick` makes up for whatever got lost.

A service puts a job in its own transaction (`put`). A handler is idempotent: after a crash its job comes again. It runs
in no transaction and holds no lock; one that writes to the database alone calls `finish(job)` inside its transaction,
and then its effect happens exactly once, even if a worker that was given up for dead wakes up again.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection, transaction
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from api.actors import Statement
from api.ids import uuid7
from api.problems import Problem

logger = logging.getLogger(__name__)

WAKE_UP_S = 60
"""A wake-up takes no new row after this long, so that one busy topic doesn't starve the others."""
KEEP_DAYS = 7
Lane = Literal["default", "urgent", "outgoing"]
"""A queue with a thread of its own in each worker: what somebody in danger waits for, what waits for other systems."""
LONGEST_PAUSE_S = 3600
_ONE_TICK = 0x616E_7469  # an advisory lock: two ticks at once would only double the wake-ups

# 2 s, 4 s, 8 s … at most an hour, spread so that what failed together doesn't come back together.
_BACKOFF = f"make_interval(secs => least(2 ^ least(attempts, 12), {LONGEST_PAUSE_S}) * (0.75 + random() / 2))"

stopping = threading.Event()
"""Set when the process is asked to end: the job at hand is finished, no other is taken."""


class LeaseLost(Exception):
    """The job was given to another worker meanwhile: what this one did must be undone."""


class Later(Exception):
    """What a handler raises to be asked again by the usual pauses, but not within `after_s`, as the other side wishes.

    `code` is kept with the job: why.
    """

    def __init__(self, code: str, after_s: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.after_s = code, min(after_s, LONGEST_PAUSE_S)


@dataclass(frozen=True)
class Job:
    """One row of the outbox, taken: `attempts` counts this one too."""

    id: uuid.UUID
    topic: str
    key: str
    payload: Mapping[str, Any]
    attempts: int
    asked: int
    taken_until: dt.datetime

    @property
    def told(self) -> dict[str, object]:
        """What the logs say of it."""
        return {"job": self.topic, "job_id": str(self.id), "attempt": self.attempts}


@dataclass(frozen=True)
class Handler:
    """Who does the jobs of a topic; `every_s` for one that comes round for ever."""

    run: Callable[[Job], None]
    lease_s: int
    every_s: int | None = None
    slice_s: int = WAKE_UP_S
    lane: Lane = "default"
    traceless: bool = False


_handlers: dict[str, Handler] = {}


def handler(
    topic: str, *, lease_s: int = 60, slice_s: int = WAKE_UP_S, lane: Lane = "default", traceless: bool = False
) -> Callable[[Callable[[Job], None]], Callable[[Job], None]]:
    """Declare who does the jobs of a topic. `lease_s` is longer than any run takes: then another worker takes over.

    `slice_s`: after so long other topics have their turn; short where a job may wait for somebody who never answers.
    `lane`: where it waits for none of the other lanes. `traceless`: nothing may tell when there was one. It has no line
    in the log and no wake-up (`run_traceless` looks by the clock), and its row is deleted once it is done.
    """

    def register(run: Callable[[Job], None]) -> Callable[[Job], None]:
        _register(topic, Handler(run=run, lease_s=lease_s, slice_s=slice_s, lane=lane, traceless=traceless))
        return run

    return register


def periodic(
    name: str,
    *,
    every_s: int,
    run: Callable[[], None],
    lease_s: int = 60,
    lane: Lane = "default",
    traceless: bool = False,
) -> None:
    """Have `run` called about `every_s` seconds after its last end, by one worker at a time, however many there are.

    `lane` and `traceless` as for `handler`; the row of a periodic job stays, and tells nothing.
    """
    declared = Handler(run=lambda _: run(), lease_s=lease_s, every_s=every_s, lane=lane, traceless=traceless)
    _register(name, declared)


def _register(topic: str, declared: Handler) -> None:
    if topic in _handlers:
        raise ValueError(f"two handlers for jobs of topic {topic!r}")
    _handlers[topic] = declared


def put(topic: str, key: str, payload: Mapping[str, Any] | None = None, due_at: dt.datetime | None = None) -> Statement:
    """The statement that puts a job, for the transaction of what makes it necessary: see `put_all`."""
    return put_all(topic, {key: payload or {}}, due_at)


def put_all(topic: str, jobs: Mapping[str, Mapping[str, Any]], due_at: dt.datetime | None = None) -> Statement:
    """The statement that puts a job for each key with its payload, due now unless told otherwise.

    A key that waits already is put forward, not doubled; one that is being worked on runs once more afterwards.
    """
    keys = sorted(jobs)  # one order for everybody, so that two services never deadlock
    return (
        """
        INSERT INTO outbox AS o (id, topic, key, payload, due_at, asked, attempts, last_error)
        SELECT id, %s, key, payload, coalesce(%s, now()), 1, 0, ''
        FROM json_to_recordset(%s::json) AS job (id uuid, key text, payload jsonb)
        ON CONFLICT (topic, key) WHERE done_at IS NULL DO UPDATE
        SET payload = excluded.payload, due_at = least(o.due_at, excluded.due_at), asked = o.asked + 1
        """,
        [topic, due_at, json.dumps([{"id": str(uuid7()), "key": key, "payload": jobs[key]} for key in keys])],
    )


def finish(job: Job) -> None:
    """Mark a job done in the caller's transaction, so that its effect and its end are one. Raises `LeaseLost`."""
    if not _settle(job):
        raise LeaseLost(job.topic)


def run_due(topic: str) -> int:
    """Do what is due of a topic, row by row, until nothing is or its slice is over; answers how many were taken."""
    declared = _handlers.get(topic)
    if declared is None:
        logger.error("job_without_handler", extra={"job": topic})
        return 0
    began, done = time.monotonic(), 0
    while not stopping.is_set() and time.monotonic() - began < declared.slice_s and (job := _take(topic, declared)):
        _run(job, declared)
        done += 1
    return done


def run_traceless() -> None:
    """Do what is due of traceless topics; to be called by the clock, whether there is anything or not."""
    for topic in traceless_topics():
        run_due(topic)


def traceless_topics() -> list[str]:
    """The topics of which nothing may tell when there was something to do."""
    return [topic for topic, declared in _handlers.items() if declared.traceless]


@task()
def wake_up(topic: str) -> None:
    """What django-tasks carries: the name of a topic that has something due. Lost or doubled, it does no harm."""
    run_due(topic)


def wake(*topics: str) -> None:
    """Have workers look at these topics now; the next tick would do it too, some seconds later."""
    for topic in topics:
        wake_up.using(queue_name=_handlers[topic].lane).enqueue(topic)


def _take(topic: str, declared: Handler) -> Job | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE outbox SET attempts = attempts + 1, taken_until = clock_timestamp() + make_interval(secs => %s)
            WHERE id = (
                SELECT id FROM outbox
                WHERE topic = %s AND done_at IS NULL AND due_at <= now() AND taken_until IS NULL
                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING id, topic, key, payload, attempts, asked, taken_until
            """,
            [declared.lease_s, topic],
        )
        row = cursor.fetchone()
    return Job(row[0], row[1], row[2], json.loads(row[3]), *row[4:]) if row else None


def _run(job: Job, declared: Handler) -> None:
    began = time.monotonic()
    try:
        declared.run(job)
        _settle(job)  # already so if the handler finished it in its own transaction
    except LeaseLost:
        logger.warning("job_undone", extra=job.told)
    except Later as wish:
        if not declared.traceless:
            logger.warning("job_put_off", extra=job.told | {"why": wish.code})
        _fail(job, wish.code, wish.after_s)
    except Exception as error:
        # Only the kind of error is kept: its text may hold what people wrote.
        code = error.code if isinstance(error, Problem) else type(error).__name__
        logger.exception("job_failed", extra=job.told)
        _fail(job, code)
    else:
        if not declared.traceless:
            logger.info("job_done", extra=job.told | {"ms": round((time.monotonic() - began) * 1000)})


def _settle(job: Job) -> bool:
    """End the run of a job; False if it isn't ours any more. Periodic ones, and those put meanwhile, wait anew."""
    every_s, traceless = _handlers[job.topic].every_s, _handlers[job.topic].traceless
    with connection.cursor() as cursor:
        if traceless and every_s is None:
            cursor.execute(
                "DELETE FROM outbox WHERE id = %s AND taken_until = %s AND asked = %s",
                [job.id, job.taken_until, job.asked],
            )
            if cursor.rowcount:
                return True
        cursor.execute(
            """
            UPDATE outbox SET taken_until = NULL, attempts = 0, last_error = '',
                due_at = now() + CASE WHEN asked = %(asked)s THEN make_interval(secs => %(pause)s) ELSE '0' END,
                done_at = CASE WHEN asked = %(asked)s AND NOT %(periodic)s THEN now() END
            WHERE id = %(id)s AND taken_until = %(lease)s
            """,
            {
                "asked": job.asked,
                "pause": every_s or 0,
                "periodic": every_s is not None,
                "id": job.id,
                "lease": job.taken_until,
            },
        )
        return bool(cursor.rowcount)


def _fail(job: Job, code: str, after_s: float = 0.0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox SET taken_until = NULL, last_error = %s,"
            f" due_at = now() + greatest({_BACKOFF}, make_interval(secs => %s))"
            " WHERE id = %s AND taken_until = %s",
            [code, after_s, job.id, job.taken_until],
        )


def tick() -> None:
    """Free what outlived its limit and wake workers up for what is due; cheap, to be called every few seconds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_TICK])
        if not cursor.fetchone()[0]:
            return
        _begin_periodic()
        cursor.execute(
            f"UPDATE outbox SET taken_until = NULL, last_error = 'lease_over', due_at = now() + {_BACKOFF}"
            " WHERE done_at IS NULL AND taken_until < now() RETURNING topic"
        )
        for (topic,) in cursor.fetchall():
            logger.warning("job_freed", extra={"job": topic})
        waiting = _waiting_wake_ups()
        cursor.execute(
            "SELECT DISTINCT topic FROM outbox"
            " WHERE done_at IS NULL AND taken_until IS NULL AND due_at <= now() AND topic = ANY (%s)",
            [sorted(set(_handlers) - set(traceless_topics()))],
        )
        wake(*(topic for (topic,) in cursor.fetchall() if topic not in waiting))


def _begin_periodic() -> None:
    """Put the periodic jobs that aren't there yet."""
    names = sorted(name for name, declared in _handlers.items() if declared.every_s is not None)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outbox (id, topic, key, payload, due_at, asked, attempts, last_error)"
            " SELECT id, name, '', '{}', now(), 1, 0, '' FROM unnest(%s::uuid[], %s::text[]) AS job (id, name)"
            " ON CONFLICT DO NOTHING",
            [[str(uuid7()) for _ in names], names],
        )


def _waiting_wake_ups() -> set[str]:
    """The topics that a wake-up waits for. Those whose worker must be dead are given up: they would run for ever."""
    ours = DBTaskResult.objects.filter(task_path=wake_up.module_path)
    longest_s = WAKE_UP_S + max((declared.lease_s for declared in _handlers.values()), default=0)
    limit = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2 * longest_s)
    ours.filter(status=TaskResultStatus.RUNNING, started_at__lt=limit).update(
        status=TaskResultStatus.FAILED, finished_at=dt.datetime.now(dt.UTC), exception_class_path="worker_lost"
    )
    return {
        call["args"][0] for call in ours.filter(status=TaskResultStatus.READY).values_list("args_kwargs", flat=True)
    }


def _forget_done() -> None:
    """Delete done rows after a week, and finished wake-ups after an hour: nobody asks for them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox WHERE done_at < now() - make_interval(days => %s)", [KEEP_DAYS])
    DBTaskResult.objects.finished().filter(finished_at__lt=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).delete()


periodic("jobs.forget_done", every_s=3600, run=_forget_done)
