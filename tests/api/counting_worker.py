"""A worker process whose one job counts itself in a table, waiting before the end as long as a file is there."""

import os
import sys
import time
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from api.jobs import Job, finish, handler  # noqa: E402

FOLDER = Path(sys.argv[1])


@handler("tests.count", lease_s=2)
def count(job: Job) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO tests_count VALUES (%s)", [job.key])
        (FOLDER / f"begun-{os.getpid()}").touch()
        while (FOLDER / f"hold-{os.getpid()}").exists() or (FOLDER / "hold").exists():
            time.sleep(0.02)
        finish(job)


call_command("worker", "--tick", "0.1", "--poll", "0.05")
