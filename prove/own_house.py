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
    for name in set(os.environ) - set(_surroundings()):
        del os.environ[name]
    made = (folder or Path(tempfile.mkdtemp(prefix="anthon-proof-"))).resolve()
    house = OwnHouse(made, free_port(), spare=folder is not None)
    try:
        up(house)
        os.environ.update(house.environment() | {"DJANGO_SETTINGS_MODULE": "api.settings"})
        django.setup()
        yield house
    finally:
        anthon(house, "down")
        if house.spare:
            print(f"the house's folder stays: {made}", flush=True)
        else:
            shutil.rmtree(made)


def _surroundings() -> dict[str, str]:
    """Our environment without what names servers or settings, somebody else's or the house's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def up(house: OwnHouse) -> float:
    """Bring it up, to go down with us; how long that took."""
    began = time.monotonic()
    log = House(house.folder).logs / "anthon.log"
    line = [sys.executable, str(ROOT / "anthon"), "up", "--data", str(house.folder), "--port", str(house.port)]
    said = log.stat().st_size if log.exists() else 0
    launcher = spawn(line, log=log, cwd=ROOT, env=_surroundings(), when_orphaned=signal.SIGTERM)
    while b"\nready " not in b"\n" + log.read_bytes()[said:]:
        if launcher.poll() is not None:
            raise SystemExit(f"./anthon up failed:\n{tail(log)}")
        time.sleep(0.02)
    return time.monotonic() - began


def anthon(house: OwnHouse, command: str, *more: str) -> float:
    """Run the launcher on this house; how long it took.

    Whatever else holds its output open mustn't hold us, so it goes to a file.
    """
    began = time.monotonic()
    line = [sys.executable, str(ROOT / "anthon"), command, "--data", str(house.folder), *more]
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            line, stdout=said, stderr=subprocess.STDOUT, env=_surroundings(), check=False, start_new_session=True
        )
        said.seek(0)
        took = time.monotonic() - began
        if done.returncode:
            raise SystemExit(f"./anthon {command} failed after {took:.0f} s:\n{said.read()}")
    return took


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the phones; in memory where there is such a place, since their disks aren't what is tried here."""
    memory = Path("/dev/shm")  # noqa: S108
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="anthon-phones-", dir=place, ignore_cleanup_errors=True) as made:
        yield Path(made)
