"""`/healthz`: the process answers. `/readyz`: so do the database, migrated to this code, and what was registered."""

import functools
import logging
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import Problem
from api.views import ApiView

logger = logging.getLogger("anthon.health")

CHECKS: dict[str, Callable[[], None]] = {}


def register_check(name: str, check: Callable[[], None]) -> None:
    """Add something that must work before this process takes requests; `check` raises when it doesn't, within 2 s."""
    CHECKS[name] = check


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
        failed = [name for name, check in CHECKS.items() if not _works(name, check)]
        if failed:
            raise Problem("unavailable", failed=failed)
        return Response({"status": "ok", "checks": list(CHECKS)})


def _works(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception as error:
        logger.warning("not ready: %s (%s)", name, type(error).__name__)
        return False
    return True
