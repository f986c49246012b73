"""The database as one file, and back: dumped from one snapshot, restored in one transaction.

The files in S3 are copied after the dump. What the dump counts on was stored before its snapshot, and objects are
neither changed nor deleted while a record counts on them: a copy may hold newer objects, but never lacks one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db.migrations.loader import MigrationLoader

from backup.programs import BackupError, run, start
from media.storage import original_key

_VERIFIED = """
SELECT DISTINCT author_id, sha256, size FROM media WHERE status = 'verified' AND deleted_at IS NULL
ORDER BY author_id, sha256
"""
_FACTS = """
SELECT json_build_object(
  'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
  'lsn', pg_current_wal_lsn(), 'server', current_setting('server_version'),
  'epoch', (SELECT epoch FROM server_epoch),
  'migrations', (SELECT json_agg(app || '.' || name ORDER BY app, name) FROM django_migrations))
"""
# What belongs to the database and not to its content, made beforehand by embedded/database.sql.
_PREPARED = ("EXTENSION", "COMMENT - EXTENSION", "SCHEMA - ", "ACL - SCHEMA", "COMMENT - SCHEMA")
# Rights that new tables get by themselves would be added to those that the dump gives; it brings them at its end.
_BEFORE = """
BEGIN;
SET client_min_messages = warning;
SET lock_timeout = '60s';
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anthon_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM anthon_api;
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('DROP %s IF EXISTS %s CASCADE', CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
                  WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.oid::regclass)
      FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
       AND NOT relispartition AND NOT EXISTS (
         SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND (d.deptype = 'e' OR d.deptype = 'i' AND relkind = 'S'))
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
     WHERE pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE statement; END LOOP;
END $$;
"""
# No history is called so: whoever reads the epoch next raises it, even if we die before we do.
_AFTER = "\nUPDATE public.server_epoch SET system_identifier = 'restored';\nCOMMIT;\n"


def owner_url() -> str:
    """The owner's address. A pooler in transaction mode won't do: a dump is one long transaction."""
    return os.environ["DATABASE_OWNER_URL"]


@contextmanager
def _asking() -> Iterator[Any]:
    """A cursor in a transaction of the owner's."""
    with closing(psycopg2.connect(owner_url())) as connection, connection, connection.cursor() as cursor:
        yield cursor


def dump(folder: Path) -> dict[str, Any]:
    """Writes database.dump and objects.txt, both from one snapshot; what the manifest says of it."""
    with _asking() as cursor:
        facts = _write_list(cursor, folder)
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone() or [None]
        words = ["--format=custom", "--schema=public", "--no-owner", f"--snapshot={snapshot}"]
        run("pg_dump", *words, "--file", str(folder / "database.dump"), url=owner_url())
    return facts


def facts_and_list(folder: Path) -> dict[str, Any]:
    """As `dump`, without the dump: for a copy of the whole cluster."""
    with _asking() as cursor:
        return _write_list(cursor, folder)


def _write_list(cursor: Any, folder: Path) -> dict[str, Any]:
    """objects.txt: each verified file that the database knows; and facts about the database itself, as it was then."""
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    cursor.execute(_FACTS)
    facts: dict[str, Any] = cursor.fetchone()[0]
    (folder / "objects.txt").write_text("".join(f"{key} {size}\n" for key, size in _verified(cursor)))
    return facts


def verified_files() -> list[tuple[str, int]]:
    """The files that the database counts on now: key and size."""
    with _asking() as cursor:
        return _verified(cursor)


def _verified(cursor: Any) -> list[tuple[str, int]]:
    cursor.execute(_VERIFIED)
    return [(original_key(author_id, sha256), size) for author_id, sha256, size in cursor]


def others_connected() -> int:
    """How many other sessions the database has: servers and workers that must be stopped before a restore."""
    with _asking() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        [found] = cursor.fetchone() or [0]
    return int(found)


def is_empty() -> bool:
    """Whether the database has no table of ours yet."""
    with _asking() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NULL")
        [empty] = cursor.fetchone() or [False]
    return bool(empty)


def unknown_migrations(facts: dict[str, Any]) -> list[str]:
    """The backup's migrations that this code doesn't have: then the code is too old for it."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations or {}}
    known |= {
        f"{app}.{name}" for migration in (loader.disk_migrations or {}).values() for app, name in migration.replaces
    }
    return sorted(set(facts["migrations"]) - known)


def readable(file: Path) -> None:
    """BackupError unless pg_restore can list what is in the dump."""
    run("pg_restore", "--list", str(file))


def restore(file: Path) -> None:
    """Puts the dump in the place of all that is there, in one transaction: whatever fails leaves all as it was.

    The transaction is begun and committed by the script itself: if we die, psql sees its end without the commit.
    """
    with tempfile.NamedTemporaryFile("w+", suffix=".list") as wanted, tempfile.TemporaryFile("w+b") as complaint:
        listed = run("pg_restore", "--list", str(file)).stdout.splitlines()
        wanted.write("\n".join(line for line in listed if not _is_prepared(line)))
        wanted.flush()
        words = ["--use-list", wanted.name, "--no-owner", "--file", "-", str(file)]
        unpack = start("pg_restore", *words, stdout=subprocess.PIPE, stderr=complaint, text=False)
        words = ["-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-f", "-"]
        psql = start("psql", *words, url=owner_url(), stdin=subprocess.PIPE, stderr=complaint, text=False)
        assert psql.stdin
        assert unpack.stdout
        try:
            psql.stdin.write(_BEFORE.encode())
            shutil.copyfileobj(unpack.stdout, psql.stdin, 1 << 20)
            if unpack.wait() == 0:
                psql.stdin.write(_AFTER.encode())
            psql.stdin.close()
        except BrokenPipeError:
            unpack.kill()
        if psql.wait() or unpack.wait():
            complaint.seek(0)
            said = complaint.read().decode(errors="replace").strip()
            raise BackupError(f"the database refused the backup, and is as it was: {said[-2000:]}")


def _is_prepared(line: str) -> bool:
    """Whether a line of pg_restore's list (`12; 3079 1 EXTENSION - cube`) names what the database has already."""
    words = line.partition("; ")[2].split(" ", 2)
    return len(words) > 2 and words[2].startswith(_PREPARED)
