"""Any moment of the database: a copy of the whole cluster, and the log that was archived since, played up to a moment.

This is for the Postgres that `./anthon up --archive FOLDER` runs; `deploy/OPERATING.md` says how others do the same.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from pathlib import Path

from backup.programs import BackupError, run
from backup.sets import Set
from embedded.archive import archived
from embedded.postgres import SUPERUSER, Postgres
from embedded.processes import StartError, own, tail

# Everything up to the end of the archive stands in pg_wal already, so nothing has to be fetched.
_NOTHING_TO_FETCH = "exit 1"
PATIENCE_S = 3600


def copy_cluster(postgres: Postgres, folder: Path) -> None:
    """Copies the cluster while it runs, with the log that makes the copy whole, and checks it against its manifest."""
    words = ["-D", str(folder / "base"), "--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256"]
    run("pg_basebackup", *words, url=postgres.url(SUPERUSER, "postgres"))
    verify(folder / "base")


def verify(base: Path) -> None:
    """BackupError unless every file of the copy is as it was written."""
    run("pg_verifybackup", "--quiet", str(base))


def recover(postgres: Postgres, each: Set, *, until: dt.datetime | None) -> None:
    """Puts the copy in the cluster's place, plays the archived log up to `until` or its end, and opens for writing.

    The old cluster stays beside it as `data.replaced`.
    """
    base = each.folder / "base"
    draft = postgres.folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    postgres.folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(base, draft, symlinks=True)
    _bring_log(each, draft)
    _ask_for_recovery(draft, until)
    for path in (postgres.folder, draft, *draft.rglob("*")):
        own(path)
    draft.chmod(0o700)
    if postgres.data.exists():
        aside = postgres.folder / "data.replaced"
        shutil.rmtree(aside, ignore_errors=True)
        postgres.data.rename(aside)
    draft.rename(postgres.data)
    (postgres.folder / "history").unlink(missing_ok=True)
    try:
        postgres.start(patience=PATIENCE_S)
        _wait_for_promotion(postgres)
    except StartError as error:
        raise BackupError(f"Postgres couldn't play its log: {error}") from error
    for setting in ("restore_command", "recovery_target_time", "recovery_target_action"):
        postgres.query(f"ALTER SYSTEM RESET {setting}")


def _bring_log(each: Set, cluster: Path) -> None:
    """The archived segments from the one in which the copy began; the last may still be open."""
    name = each.manifest.get("history")
    folder = archived(each.folder.parent, name) if name else None
    if not folder or not folder.exists():
        return
    ranges = json.loads((each.folder / "base" / "backup_manifest").read_text())["WAL-Ranges"]
    high, low = ranges[0]["Start-LSN"].split("/")
    first = f"{int(high, 16):08X}{int(low, 16) >> 24:08X}"
    for file in sorted(folder.iterdir()):
        segment = file.name.removesuffix(".partial")
        if segment.endswith(".history") or (len(segment) == 24 and segment[8:] >= first):
            shutil.copyfile(file, cluster / "pg_wal" / segment)


def _ask_for_recovery(cluster: Path, until: dt.datetime | None) -> None:
    (cluster / "recovery.signal").touch()
    settings = {"restore_command": _NOTHING_TO_FETCH, "recovery_target_action": "promote"}
    if until:
        settings["recovery_target_time"] = until.astimezone(dt.UTC).isoformat(sep=" ")
    with (cluster / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())


def _wait_for_promotion(postgres: Postgres) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while postgres.query("SELECT pg_is_in_recovery()") == "t":
        if time.monotonic() > deadline:
            raise StartError(f"still playing its log:\n{tail(postgres.log)}")
        time.sleep(0.1)
