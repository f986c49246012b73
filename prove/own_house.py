"""A house of a proof's own: brought up by the launcher, broken at will, put away at the end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from embedded.house import House
from embedded.processes import free_port, spawn, tail
from embedded.supervisor import ROOT, is_running

FOREIGN = ("DATABASE_", "S3_", "ANTHON_", "DJANGO_")
"""Variables that would lead the house to somebody else's servers, or this process to somebody else's settings."""


@dataclass
class OwnHouse:
    """A house that is up. `spare` it, and its folder stays after the proof, to look into."""

    folder: Path
    port: int
    spare: bool = False

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def s3_url(self) -> str:
        return self.environment()["S3_ENDPOINT"]

    def environment(self) -> dict[str, str]:
        """What the settings read, with the owner's rights: a proof looks at everything."""
        return House(self.folder).environment(owner=True)

    def pid(self, name: str) -> int | None:
        """A process of this house by its name in `./anthon status`; None while it isn't running."""
        try:
            kept = json.loads((self.folder / "state.json").read_text())["processes"][name]
        except (OSError, ValueError, KeyError):
            return None
        return int(kept["pid"]) if is_running(kept) else None

    def restarts(self) -> dict[str, int]:
        """How often each process was started again."""
        processes: dict[str, Any] = json.loads((self.folder / "state.json").read_text())["processes"]
        return {name: kept["restarts"] for name, kept in processes.items()}


@contextmanager
def own_house(folder: Path | None = None) -> Iterator[OwnHouse]:
    """Bring a house up on a free port; in `folder`, which stays, or in one that goes with it.

    Django is set up here, on the house's own environment: what needs it is imported afterwards. However the proof
    ends, the house goes down with it: the kernel sees to that if it is killed.
    """
    for name in list(os.environ):
        if name.startswith(FOREIGN):
            del os.environ[name]
    made = (folder or Path(tempfile.mkdtemp(prefix="anthon-proof-"))).resolve()
    house = OwnHouse(made, free_port(), spare=folder is not None)
    try:
        _up(house)
        os.environ.update(house.environment() | {"DJANGO_SETTINGS_MODULE": "api.settings"})
        django.setup()
        yield house
    finally:
        _anthon(house, "down")
        if not house.spare:
            shutil.rmtree(made)


def _up(house: OwnHouse) -> None:
    log = House(house.folder).logs / "anthon.log"
    line = [sys.executable, str(ROOT / "anthon"), "up", "--data", str(house.folder), "--port", str(house.port)]
    said = log.stat().st_size if log.exists() else 0
    launcher = spawn(line, log=log, cwd=ROOT, env=dict(os.environ), when_orphaned=signal.SIGTERM)
    while b"\nready " not in b"\n" + log.read_bytes()[said:]:
        if launcher.poll() is not None:
            raise SystemExit(f"./anthon up failed:\n{tail(log)}")
        time.sleep(0.02)


def _anthon(house: OwnHouse, command: str, *more: str) -> None:
    """Run the launcher. Whatever else holds its output open mustn't hold us, so it goes to a file."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        line = [sys.executable, str(ROOT / "anthon"), command, "--data", str(house.folder), *more]
        done = subprocess.run(line, stdout=said, stderr=subprocess.STDOUT, check=False, start_new_session=True)
        said.seek(0)
        if done.returncode:
            raise SystemExit(f"./anthon {command} failed after {time.monotonic() - began:.0f} s:\n{said.read()}")


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the phones; in memory where there is such a place, since their disks aren't what is tried here."""
    memory = Path("/dev/shm")  # noqa: S108
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="anthon-phones-", dir=place, ignore_cleanup_errors=True) as made:
        yield Path(made)
