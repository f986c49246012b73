"""A backup from the first to the last step, and a restore; what is said on the way is for the one who watches."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection

from api.sync.epoch import raise_epoch
from backup import database, history, objects
from backup.around import migrate
from backup.fingerprints import differences, fingerprints
from backup.programs import BackupError
from backup.progress import Progress, megabytes
from backup.sets import Set, faults_of, find_set, new_set, sets_in, write_manifest
from embedded import archive
from embedded.house import House
from embedded.postgres import Postgres

Say = Callable[[str], None]


def make(folder: Path, say: Say, *, keep: int | None = None) -> None:
    """A new set in the folder: the database first, then the objects that the folder lacks; the manifest at the end."""
    with new_set(folder) as draft:
        made_at = dt.datetime.now(dt.UTC)
        say("database     dumping")
        facts = database.dump(draft)
        say(f"database     {megabytes((draft / 'database.dump').stat().st_size)}")
        bring_objects(folder, say)
        write_manifest(draft, manifest("dump", made_at, facts))
    done(folder, keep, say)
    say("             keep the secrets elsewhere (ANTHON_TABLES_KEY, ANTHON_RECEIPT_KEYS …): they are not in it")


def make_base(folder: Path, postgres: Postgres, say: Say, *, keep: int | None = None) -> None:
    """A new set with a copy of the whole cluster, from which the archived log leads to any later moment."""
    with new_set(folder) as draft:
        made_at = dt.datetime.now(dt.UTC)
        say("database     copying the cluster")
        history.copy_cluster(postgres, draft)
        ended_at = dt.datetime.now(dt.UTC)
        facts = database.facts_and_list(draft)
        bring_objects(folder, say)
        named = archive.history(postgres) if archive.archived(folder, archive.history(postgres)).exists() else None
        whole = manifest("base", made_at, facts) | {"ended_at": ended_at.isoformat(), "history": named}
        write_manifest(draft, whole)
    done(folder, keep, say)
    if not named:
        say("             no log is archived here: ./anthon up --archive leads to later moments than this one")


def done(folder: Path, keep: int | None, say: Say) -> None:
    """The end of a backup: older ones go, the new one is named."""
    made = find_set(folder)
    if keep:
        forget_old(folder, keep, say)
    say(f"done         {made.folder}")


def manifest(kind: str, made_at: dt.datetime, facts: dict[str, object]) -> dict[str, object]:
    return {"kind": kind, "made_at": made_at.isoformat(), "database": facts, "secrets": fingerprints()}


def bring_objects(folder: Path, say: Say) -> None:
    """After the database: what it counts on is in the store by then."""
    (folder / "objects").mkdir(mode=0o700, exist_ok=True)
    count, size = objects.fetch_all(folder / "objects", Progress("objects", say))
    say(f"objects      {count:,} new, {megabytes(size)}")


def check(each: Set, *, other_secrets: bool) -> list[str]:
    """Everything that stands against restoring this set here, nothing of which is changed by asking."""
    found = list(faults_of(each))
    if each.kind == "base":
        history.verify(each.folder / "base")
    elif not found:
        database.readable(each.folder / "database.dump")
    if missing := database.unknown_migrations(each.manifest["database"]):
        found.append(f"it is from a later version of An Thôn, which had the migration {missing[0]}: update first")
    if not other_secrets:
        found += [f"{text}; --other-secrets restores it all the same" for text in differences(each.manifest["secrets"])]
    return found


def obstacles(each: Set, house: House | None, *, replace: bool) -> list[str]:
    """What stands in the way of restoring at this moment."""
    if each.kind == "base":
        if not house or not house.postgres:
            return ["it copies a whole cluster, for the Postgres that comes along; see deploy/OPERATING.md"]
        if house.postgres.data.exists() and not replace:
            return ["there is a database: --replace puts the backup in its place; it stays as data.replaced"]
        return []
    found = []
    if others := database.others_connected():
        found.append(f"{others} other sessions use the database: stop servers, workers and keeper first")
    if not replace and not database.is_empty():
        found.append("the database isn't empty: --replace puts the backup in its place, and all that is there is gone")
    return found


def restore(each: Set, say: Say) -> None:
    """Objects first, then the database in one transaction, then the epoch, so that phones send what is missing."""
    put_objects_back(each, say)
    say("database     restoring")
    database.restore(each.folder / "database.dump")
    finish(each, say)


def recover(each: Set, postgres: Postgres, until: dt.datetime | None, say: Say) -> None:
    """The cluster as it was at a moment, or at the end of the archived log. It is up afterwards."""
    say("database     copying the cluster back and playing its log")
    history.recover(postgres, each, until=until)
    put_objects_back(each, say)
    finish(each, say)


def put_objects_back(each: Set, say: Say) -> None:
    """Nothing in the store is overwritten or deleted: it may hold files that were stored after the backup."""
    count, size = objects.put_all_back(each.objects, Progress("objects", say))
    say(f"objects      {count:,} put back, {megabytes(size)}")


def finish(each: Set, say: Say) -> None:
    """What every restored database needs; says what is still missing."""
    migrate()
    with closing(connection):
        say(f"epoch        {raise_epoch()}: each phone sends again what it did in the last 72 hours")
    lost = objects.lacking(database.verified_files())
    for key in lost[:20]:
        say(f"lost         {key}")
    if lost:
        raise BackupError(f"restored, but the store lacks {len(lost):,} files that the database counts on")
    say(f"done         from {each.name}; now: ./anthon up, and then ./anthon manage verify_audit")


def forget_old(folder: Path, keep: int, say: Say) -> None:
    """Removes all but the newest sets of each kind, and the objects that neither they nor the store have any more."""
    sets = sets_in(folder)
    kept = [each for kind in ("dump", "base") for each in [one for one in sets if one.kind == kind][-keep:]]
    for each in sets:
        if each not in kept:
            shutil.rmtree(each.folder)
    removed = objects.forget(folder / "objects", {key for each in kept for key, _ in each.listed_objects()})
    say(f"forgot       {len(sets) - len(kept):,} old backups, {removed:,} objects")
