"""`./anthon` as somebody calls it who knows nothing of the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from embedded.house import SERVER_VARIABLES
from embedded.processes import free_port, status_of
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
