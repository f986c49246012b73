"""The real Postgres and S3 of one test run: addresses at once, servers on demand, gone when the run ends.

The process that started pytest (not the xdist workers) owns the servers. Addresses are handed on by environment
variables, so that every worker, and every process that a test starts, finds the same two servers.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.postgres import API, OWNER, SUPERUSER, TEST_SETTINGS, Postgres
from embedded.processes import StartError, free_port
from embedded.s3 import GRPC, S3

ROOT = Path(__file__).parent.parent
TEMPLATE = "anthon_template"
PATIENCE = 90  # seconds; a loaded machine starts a server slowly


@dataclass
class Servers:
    """Both servers as a test process sees them; only the owner's copy ever holds their processes."""

    folder: Path
    postgres: Postgres
    s3: S3

    @classmethod
    def of_this_run(cls) -> "Servers":
        """Made by the process that started pytest, found again by its children."""
        if "ANTHON_TEST_SERVERS" not in os.environ:
            folder = Path(tempfile.mkdtemp(prefix="anthon-tests-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            folder.chmod(0o711)  # the servers run as another account when we are root
            ports = f"{free_port()} {free_port(companion=GRPC)}"
            os.environ["ANTHON_TEST_SERVERS"] = f"{ports} {secrets.token_hex(16)} {folder}"
        postgres_port, s3_port, secret, folder_name = os.environ["ANTHON_TEST_SERVERS"].split(" ", 3)
        folder = Path(folder_name)
        return cls(
            folder=folder,
            postgres=Postgres(
                folder=folder / "postgres",
                port=int(postgres_port),
                passwords={role: f"{secret}-{role}" for role in (SUPERUSER, OWNER, API)},
                settings=TEST_SETTINGS,
            ),
            s3=S3(folder / "s3", int(s3_port), access_key="anthon-tests", secret_key=secret, grace=0),
        )

    def environment(self, database: str) -> dict[str, str]:
        """What the settings read, with `database` as the one to serve."""
        return {
            "ANTHON_ENV": "test",
            "DATABASE_URL": self.postgres.url(API, database),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER, database),
            **self.s3.environment(),
        }

    # For the tests: ask for a server and wait for it.

    def demand(self, name: str) -> None:
        """Returns when the server ("postgres" or "s3") is up, which its owner sees to."""
        (self.folder / f"{name}.wanted").touch()
        deadline = time.monotonic() + PATIENCE
        while not (ready := self.folder / f"{name}.ready").exists():
            if time.monotonic() > deadline:
                raise StartError(f"{name} wasn't ready after {PATIENCE} s")
            time.sleep(0.02)
        if problem := ready.read_text():
            raise StartError(problem)

    def migrated_template(self) -> None:
        """One database with every migration applied by the owner's role; all workers clone theirs from it."""
        self.demand("postgres")
        with self.alone("template"):
            if (done := self.folder / "template.done").exists():
                return
            self.postgres.create_database(TEMPLATE)
            manage = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
            environment = os.environ | self.environment(TEMPLATE)
            # As the owner under the name `default`: some libraries' migrations ask no other alias.
            environment["DATABASE_URL"] = environment["DATABASE_OWNER_URL"]
            result = subprocess.run(manage, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
            if result.returncode:
                raise StartError(f"the migrations failed:\n{result.stderr}")
            self.postgres.query("CREATE SCHEMA seed", database=TEMPLATE)
            self.postgres.query(_KEEP_SEED, database=TEMPLATE)
            done.touch()

    def clone_template(self, database: str) -> None:
        """A fresh database for one worker, equal to the template."""
        self.migrated_template()
        with self.alone("template"):  # two copies of one template at once are refused
            self.postgres.query(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            self.postgres.query(f'CREATE DATABASE "{database}" TEMPLATE {TEMPLATE} OWNER {OWNER}')
            self.postgres.query(f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO {API}')

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """One process of this run at a time."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # For the owner.

    def watch(self) -> threading.Event:
        """Begins to start servers as they are asked for; set the answered event, then call `end`."""
        over = threading.Event()
        threading.Thread(target=self._serve_demands, args=(over,), name="test-servers", daemon=True).start()
        return over

    def _serve_demands(self, over: threading.Event) -> None:
        waiting: dict[str, Postgres | S3] = {"postgres": self.postgres, "s3": self.s3}
        while not over.wait(0.02):
            for name in [each for each in waiting if (self.folder / f"{each}.wanted").exists()]:
                problem = ""
                try:
                    waiting.pop(name).start(patience=PATIENCE - 5)
                except (StartError, OSError) as error:
                    problem = str(error)
                draft = self.folder / f"{name}.starting"
                draft.write_text(problem)
                draft.rename(self.folder / f"{name}.ready")

    def end(self, over: threading.Event) -> None:
        """Stops what was started."""
        over.set()
        for thread in threading.enumerate():
            if thread.name == "test-servers":
                thread.join()
        for server in (self.postgres, self.s3):
            server.stop()


@dataclass(frozen=True)
class PostgresAddress:
    """This worker's database by role: `api` serves, `owner` migrates, `superuser` is for looking at everything."""

    api: str
    owner: str
    superuser: str


# Rows that migrations put in are kept aside, since a test that empties the tables must leave them as they were.
_KEEP_SEED = """
DO $$
DECLARE name regclass; filled boolean;
BEGIN
    FOR name IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE seed.%I AS TABLE %s', name::text, name); END IF;
    END LOOP;
END $$;
-- Empties every table that holds rows and puts the seed back. Triggers and foreign keys sleep meanwhile: the
-- order of the tables is nobody's business here, and audit rows may not be deleted otherwise.
CREATE FUNCTION seed.wipe() RETURNS void LANGUAGE plpgsql AS $$
DECLARE name regclass; filled boolean; columns text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %s', name); END IF;
        IF to_regclass(format('seed.%I', name::text)) IS NOT NULL THEN
            SELECT string_agg(quote_ident(attname), ',') INTO columns FROM pg_attribute
            WHERE attrelid = name AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
            EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM seed.%I',
                           name, columns, columns, name::text);
        END IF;
    END LOOP;
END $$;
"""
