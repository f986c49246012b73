"""The archive of Postgres' log: whatever is committed stands in another folder within moments, for any later restore.

`pg_receivewal` takes the log as a standby would. Postgres keeps what it hasn't taken yet, up to its setting
`max_slot_wal_keep_size`: an archive that is away fills no disk, and one that was away longer needs a new base backup.
"""

import datetime as dt
import subprocess
from pathlib import Path

from embedded.postgres import SUPERUSER, Postgres
from embedded.processes import LOOPBACK, spawn

SLOT = "anthon_archive"
_SLOT = f"FROM pg_replication_slots WHERE slot_name = '{SLOT}'"


def history(postgres: Postgres) -> str:
    """The name of this database's history, made anew after each restore: two histories never share a folder."""
    file = postgres.folder / "history"
    if not file.exists():
        file.write_text(dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ"))
    return file.read_text()


def archived(folder: Path, name: str) -> Path:
    """Where the log of a history lies in a folder of backups."""
    return folder / "wal" / name


def launch(postgres: Postgres, folder: Path, *, log: Path) -> "subprocess.Popen[bytes]":
    """Starts the archiver; the database must be up."""
    _reserve(postgres)
    target = archived(folder, history(postgres))
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = [str(postgres.program("pg_receivewal")), "-D", str(target), "--slot", SLOT, "--status-interval=5"]
    environment = {
        "PGHOST": LOOPBACK,
        "PGPORT": str(postgres.port),
        "PGUSER": SUPERUSER,
        "PGPASSWORD": postgres.passwords[SUPERUSER],
        "LC_ALL": "C",
    }
    return spawn(argv, log=log, env=environment)


def forget(postgres: Postgres) -> None:
    """Without an archiver nothing must be kept for one."""
    postgres.query(f"SELECT pg_drop_replication_slot(slot_name) {_SLOT}")


def _reserve(postgres: Postgres) -> None:
    """The slot by which Postgres keeps what isn't archived yet."""
    # One that fell behind too far is lost for good, and would refuse every archiver.
    postgres.query(f"SELECT pg_drop_replication_slot(slot_name) {_SLOT} AND wal_status = 'lost'")
    make = f"SELECT pg_create_physical_replication_slot('{SLOT}', true)"
    postgres.query(f"{make} WHERE NOT EXISTS (SELECT {_SLOT})")
