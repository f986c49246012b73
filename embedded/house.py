"""The data folder of one installation: its secrets, its two servers, and the environment its processes get."""

import base64
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.postgres import API, OWNER, SUPERUSER, Postgres
from embedded.processes import StartError, can_enter, free_port, is_free
from embedded.s3 import GRPC, S3

DATABASE = "anthon"
DATABASE_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL")
S3_VARIABLES = ("S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
SERVER_VARIABLES = (*DATABASE_VARIABLES, *S3_VARIABLES)
"""By which the caller's environment names other servers than those that come along."""


class House:
    """Everything below `folder`; `postgres` and `s3` are None where the caller's environment names other servers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "log"
        self.state_file = folder / "state.json"
        self._open_folder()
        kept = self._secrets()
        home = self._servers_home()
        self.archive: Path | None = None  # where the database's log is archived, if it is
        self.postgres: Postgres | None = None
        self.s3: S3 | None = None
        if not _given(*DATABASE_VARIABLES):
            passwords = {role: kept[role] for role in (SUPERUSER, OWNER, API)}
            self.postgres = Postgres(home / "postgres", int(kept["postgres_port"]), passwords)
        if not _given(*S3_VARIABLES):
            self.s3 = S3(home / "s3", int(kept["s3_port"]), kept["s3_access_key"], kept["s3_secret_key"])
        self._kept = kept

    def environment(self, *, owner: bool) -> dict[str, str]:
        """What the settings read; the owner's address only for those who migrate, purge and seal."""
        made = {
            "ANTHON_ENV": "development",
            "ANTHON_SECRET_KEY": self._kept["secret_key"],
            # A folder from before there was one hashed all under the other.
            "ANTHON_TABLES_KEY": self._kept.get("tables_key", self._kept["secret_key"]),
            "ANTHON_ACCESS_KEYS": self._kept["access_keys"],
            "ANTHON_RECEIPT_KEYS": self._kept["receipt_keys"],
            "PYTHONUNBUFFERED": "1",
        }
        environment = made | os.environ
        # Without compiled files a server that was killed would take twice as long to come back.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if self.postgres:
            environment["DATABASE_URL"] = self.postgres.url(API, DATABASE)
            environment["DATABASE_OWNER_URL"] = self.postgres.url(OWNER, DATABASE)
        if self.s3:
            environment |= self.s3.environment()
        if not owner:
            del environment["DATABASE_OWNER_URL"]
        return environment

    def log(self, name: str) -> Path:
        """Where a process of this house writes; a server that runs as another account writes beside its data."""
        servers: dict[str, Postgres | S3 | None] = {"postgres": self.postgres, "s3": self.s3}
        server = servers.get(name)
        return server.log if server else self.logs / f"{name}.log"

    def renew_ports(self) -> None:
        """Keeps the servers' ports from run to run, for what was signed with them, unless another program has one."""
        for server, name, companion in ((self.postgres, "postgres_port", 0), (self.s3, "s3_port", GRPC)):
            if server and not (is_free(server.port) and is_free(server.port + companion)):
                server.port = free_port(companion=companion)
                self._kept[name] = str(server.port)
                self._write_secrets(self._kept)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether we are the one who runs this house; the kernel gives the lock back however we end."""
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _open_folder(self) -> None:
        """Closed to others, but as root the servers' account must get through to its own folders below."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def _servers_home(self) -> Path:
        """Here; or, as root under a folder that the servers' account can't enter (such as /root), in /var/lib."""
        if can_enter(self.folder / "postgres"):
            return self.folder
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        home = Path("/var/lib/anthon") / name
        home.mkdir(parents=True, exist_ok=True)
        home.parent.chmod(0o711)
        home.chmod(0o711)
        (self.folder / "servers").unlink(missing_ok=True)
        (self.folder / "servers").symlink_to(home)
        return home

    def _secrets(self) -> dict[str, str]:
        file = self.folder / "secrets.json"
        if file.exists():
            return dict(json.loads(file.read_text()))
        kept = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, API)}
        kept |= {
            "postgres_port": str(free_port()),
            "s3_port": str(free_port(companion=GRPC)),
            "s3_access_key": secrets.token_hex(8),
            "s3_secret_key": secrets.token_urlsafe(32),
            "secret_key": secrets.token_urlsafe(48),
            "tables_key": secrets.token_urlsafe(48),
            "access_keys": f"local:{secrets.token_urlsafe(48)}",
            "receipt_keys": f"local:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip('=')}",
        }
        self._write_secrets(kept)
        return kept

    def _write_secrets(self, kept: dict[str, str]) -> None:
        write_private(self.folder / "secrets.json", json.dumps(kept, indent=1))


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, and readable by us alone."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    draft.rename(file)


def _given(*names: str) -> bool:
    """Whether the caller's environment names a server of its own: all of its variables, or none."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing and len(missing) < len(names):
        raise StartError(f"{', '.join(names)} belong together; not set: {', '.join(missing)}")
    return not missing
