"""What a backup or restore stands on: the servers that the environment names, or those of a house, up for the while."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import django

from backup.programs import BackupError
from embedded import supervisor
from embedded.house import DATABASE, S3_VARIABLES, House
from embedded.supervisor import ROOT

GIVEN = ("DATABASE_OWNER_URL", *S3_VARIABLES)


@contextmanager
def servers(data: Path, *, restoring: bool, postgres: bool = True) -> Iterator[House | None]:
    """Both servers up and Django set up for them; the house, or None where the environment names both servers.

    A house that is up is used as it is. For a restore it must be down: nobody may write meanwhile. Without `postgres`
    the house's database isn't started: it is about to be replaced.
    """
    if all(os.environ.get(name) for name in GIVEN):
        set_up({})
        yield None
        return
    if not restoring and not (data / "secrets.json").exists():
        raise BackupError(f"nothing to back up in {data}: name the folder with --data")
    house = House(data)
    with house.alone() as alone:
        if restoring and not alone:
            raise BackupError("the servers are up: ./anthon down first, so that nobody writes meanwhile")
        with supervisor.servers(house, postgres=postgres) if alone else nullcontext():
            if alone and house.postgres and postgres:
                house.postgres.create_database(DATABASE)
            set_up(house.environment(owner=True))
            yield house


def set_up(environment: dict[str, str]) -> None:
    """Django, with this environment."""
    os.environ.update(environment)
    os.environ.setdefault("DATABASE_URL", os.environ["DATABASE_OWNER_URL"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    django.setup()


def migrate() -> None:
    """Brings a restored database to this code, as the owner."""
    environment = os.environ | {"DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"the backup is restored, but migrating it failed:\n{done.stderr[-2000:]}")
