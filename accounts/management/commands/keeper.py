"""The owner's process: seals the audit trail, signs its head, tidies indexes, makes partitions, purges what is old."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from accounts.duties import DUTIES
from accounts.heads import sign_head
from accounts.purge import purge
from accounts.sealer import seal, seal_leftovers
from accounts.tidying import sort_in
from api.localtime import now
from api.partitions import make_months

logger = logging.getLogger("anthon.keeper")

SEAL_EVERY_S = 2.0
REST_EVERY_S = 3600.0


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, then finishes what it is doing. A failure is logged and tried again next round."""

    help = "Seal the audit trail, make partitions and purge, as the owner of the tables (DATABASE_OWNER_URL)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do everything once and end")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("the keeper works as the owner of the tables: set DATABASE_OWNER_URL")
        if once:
            for duty in (*_HOURLY, *_ALWAYS, *DUTIES):
                duty()
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._keep(stop)

    def _keep(self, stop: threading.Event) -> None:
        rest_due = time.monotonic()
        while not stop.is_set():
            if time.monotonic() >= rest_due:
                rest_due = time.monotonic() + REST_EVERY_S
                for duty in _HOURLY:
                    _attempt(duty)
            for duty in (*_ALWAYS, *DUTIES):
                _attempt(duty)
            stop.wait(SEAL_EVERY_S)


def _make_months() -> None:
    make_months(now().date())


# Leftovers last: partitions and purges tell of themselves in the trail, too; and then what there is, is signed.
_HOURLY: tuple[Callable[[], object], ...] = (_make_months, purge, seal_leftovers, sign_head)
_ALWAYS: tuple[Callable[[], object], ...] = (seal, sort_in)


def _attempt(duty: Callable[[], object]) -> None:
    try:
        duty()
    except Exception:
        logger.exception("keeper_failed", extra={"duty": duty.__name__})
        connections["owner"].close()
