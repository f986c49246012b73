"""`/healthz`: the process answers. `/readyz`: so do the database, migrated to this code, and what was registered.

Without what is needed, the answer is 503 and nobody should send requests here. Without the rest it is 200 `degraded`:
without the store, links and receipts answer 503, and records go on.
"""

import functools
import logging
import threading
import time
from collections.abc import Callable

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import Problem
from api.views import ApiView

logger = logging.getLogger("anthon.health")

PATIENCE_S = 6.0
CHECKS: dict[str, Callable[[], None]] = {}
_dispensable: set[str] = set()
_running: dict[str, threading.Thread] = {}


def register_check(name: str, check: Callable[[], None], *, needed: bool = True) -> None:
    """Add something that should work; `check` raises when it doesn't. What isn't `needed` only degrades the answer."""
    CHECKS[name] = check
    if not needed:
        _dispensable.add(name)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    if not _migrated():
        _migrated.cache_clear()
        raise RuntimeError("migrations are missing")


@functools.cache
def _migrated() -> bool:
    """Whether the database has every migration of this code; once true, it stays so while the process lives."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


register_check("database", _database)
register_check("migrations", _migrations)


@extend_schema(exclude=True)
class Healthz(ApiView):
    public = True

    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


@extend_schema(exclude=True)
class Readyz(ApiView):
    public = True

    def get(self, request: Request) -> Response:
        failed = _failed()
        if set(failed) - _dispensable:
            raise Problem("unavailable", failed=failed)
        if failed:
            return Response({"status": "degraded", "checks": list(CHECKS), "failed": failed})
        return Response({"status": "ok", "checks": list(CHECKS)})


def _failed() -> list[str]:
    """Which checks fail or don't end: a database whose machine hangs never answers, but we do.

    Each has a thread of its own, and connections with it. One that still hangs isn't asked again meanwhile.
    """
    works: dict[str, bool] = {}
    asked = []
    for name, check in CHECKS.items():
        hanging = _running.get(name)
        if hanging is None or not hanging.is_alive():
            thread = threading.Thread(target=_note, args=(works, name, check), name=f"check-{name}", daemon=True)
            _running[name] = thread
            thread.start()
            asked.append(thread)
    deadline = time.monotonic() + PATIENCE_S
    for thread in asked:
        thread.join(max(0, deadline - time.monotonic()))
    return [name for name in CHECKS if not works.get(name)]


def _note(works: dict[str, bool], name: str, check: Callable[[], None]) -> None:
    try:
        works[name] = _works(name, check)
    finally:
        connections.close_all()


def _works(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception as error:
        logger.warning("not ready: %s (%s)", name, type(error).__name__)
        return False
    return True
