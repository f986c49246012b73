"""`./anthon` as somebody calls it who knows nothing of the tests."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedded.house import SERVER_VARIABLES, write_private
from embedded.processes import free_port, status_of
from embedded.s3 import GRPC
from tests.environment import SERVERS
from tests.servers import ROOT

TESTS_OWN = ("ANTHON_ENV", "ANTHON_TEST_WORKER", "DJANGO_SETTINGS_MODULE", "ANTHON_RECEIPT_KEYS", "ANTHON_ACCESS_KEYS")


def users_environment() -> dict[str, str]:
    """Ours, without what the tests put there and what names their servers."""
    return {k: v for k, v in os.environ.items() if k not in {*SERVER_VARIABLES, *TESTS_OWN}}


class Launcher:
    """The command, with a data folder and a port of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.environment = users_environment()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "anthon"), words[0], "--data", str(self.data), *words[1:]]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=180)

    def up(self) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--detach", "--port", str(self.port))

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.run("status", "--json").stdout))

    def ready(self) -> bool:
        return status_of(self.port, "/readyz") == 200


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that goes. Not pytest's own, which the servers' account can't enter when we are root: what belongs to it
    would lie elsewhere, and stay.
    """
    with tempfile.TemporaryDirectory(dir=SERVERS.folder) as made:
        Path(made).chmod(0o711)
        yield Path(made)


def furnish(folder: Path) -> None:
    """Makes this the data folder of a house that was up once, with its tables and areas: copied from one that is
    prepared once a run. For tests that aren't about a first start, which takes most of a minute beside others.
    """
    with SERVERS.alone("house"):
        prepared = SERVERS.folder / "house"
        if not prepared.with_suffix(".done").exists():
            first = Launcher(prepared)
            for done in (first.up(), first.run("down")):
                assert done.returncode == 0, done.stdout + done.stderr
            prepared.with_suffix(".done").touch()
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-a", prepared, folder], check=True)  # with its owners: the servers run as another account
    kept = json.loads((folder / "secrets.json").read_text())
    kept |= {"postgres_port": str(free_port()), "s3_port": str(free_port(companion=GRPC))}
    write_private(folder / "secrets.json", json.dumps(kept))


def prove(*words: str, within_s: float) -> str:
    """What `./anthon prove` says that must succeed, in a furnished house of its own; this also comes to be printed."""
    with open_folder() as made:
        furnish(made / "house")
        command = [sys.executable, str(ROOT / "anthon"), "prove", *words, "--data", str(made / "house")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=within_s)
    print(done.stdout[-20_000:], done.stderr[-5_000:])
    assert done.returncode == 0
    return done.stdout
