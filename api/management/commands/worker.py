"""`manage.py worker`: does jobs and ticks until it is asked to end; more workers are more of these processes.

Each lane of `api.jobs` has a thread of its own, so that neither a long job nor a system that doesn't answer keeps
waiting what others need at once. They wait for the network most of the time, which takes a thread, not a process.
"""

import logging
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, get_args

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from api import jobs
from api.outgoing import PATIENCE_S

logger = logging.getLogger(__name__)

_PAUSE_S = 1.0
_TRACELESS_TICKS = 5
"""So many ticks between two looks at what leaves no trace."""


class _Worker(Worker):
    """django-tasks' worker of one lane, which ends after the job at hand and outlives restarts of the database."""

    def __init__(self, lane: jobs.Lane, poll_s: float) -> None:
        super().__init__(
            queue_names=[lane],
            interval=poll_s,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )

    @property
    def running(self) -> bool:
        """All lanes end together."""
        return not jobs.stopping.is_set()

    @running.setter
    def running(self, running: bool) -> None:
        if not running:
            jobs.stopping.set()

    def run(self) -> None:
        while self.running:
            try:
                super().run()
            except (OperationalError, InterfaceError) as error:
                _wait_for_database(error)


def _wait_for_database(error: Exception) -> None:
    logger.warning("the database is away (%s)", type(error).__name__)
    connections.close_all()
    time.sleep(_PAUSE_S)


def _for_ever(work: Callable[[], None], pause_s: float) -> None:
    """Beside the jobs, in a thread of its own: a long job of this worker mustn't keep others from being woken."""
    while not jobs.stopping.wait(pause_s):
        try:
            work()
        except (OperationalError, InterfaceError) as error:
            _wait_for_database(error)
        except Exception:
            logger.exception("%s failed", threading.current_thread().name)


class Command(BaseCommand):
    help = "Do jobs, and tick, until SIGTERM; then finish the jobs at hand"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tick", type=float, default=2.0, metavar="S", help="seconds between ticks (default: 2)")
        parser.add_argument("--poll", type=float, default=0.5, metavar="S", help="seconds between looks (default: 0.5)")

    def handle(self, *args: Any, tick: float, poll: float, **options: Any) -> None:
        general, *others = (_Worker(lane, poll) for lane in get_args(jobs.Lane))
        general.configure_signals()
        beside: list[tuple[str, Callable[[], None], float]] = [
            ("tick", jobs.tick, tick),
            ("traceless", jobs.run_traceless, _TRACELESS_TICKS * tick),
            *((worker.queue_names[0], worker.run, _PAUSE_S) for worker in others),
        ]
        threads = [
            threading.Thread(target=_for_ever, args=(work, pause_s), name=name, daemon=True)
            for name, work, pause_s in beside
        ]
        for thread in threads:
            thread.start()
        try:
            general.run()
        finally:
            jobs.stopping.set()
            for thread in threads:
                thread.join(2 * PATIENCE_S)
