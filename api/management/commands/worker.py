"""`manage.py worker`: does jobs and ticks until it is asked to end; more workers are more of these processes."""

import logging
import threading
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from api import jobs

logger = logging.getLogger(__name__)

_PAUSE_S = 1.0


class _Worker(Worker):
    """django-tasks' worker, which ends after the job at hand and outlives restarts of the database."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        jobs.stopping.set()
        super().shutdown(signum, frame)

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


def _tick_for_ever(every_s: float) -> None:
    """Beside the jobs, in a thread of its own: a long job of this worker mustn't keep others from being woken."""
    while not jobs.stopping.wait(every_s):
        try:
            jobs.tick()
        except (OperationalError, InterfaceError) as error:
            _wait_for_database(error)
        except Exception:
            logger.exception("a tick failed")


class Command(BaseCommand):
    help = "Do jobs, and tick, until SIGTERM; then finish the job at hand"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tick", type=float, default=2.0, metavar="S", help="seconds between ticks (default: 2)")
        parser.add_argument("--poll", type=float, default=0.5, metavar="S", help="seconds between looks (default: 0.5)")

    def handle(self, *args: Any, tick: float, poll: float, **options: Any) -> None:
        worker = _Worker(
            queue_names=["default"],
            interval=poll,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        threading.Thread(target=_tick_for_ever, args=(tick,), name="tick", daemon=True).start()
        worker.run()
