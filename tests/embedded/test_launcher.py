"""`./anthon` from the outside: up, killed, up again, down, in a folder with a space, beside a program on its port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from embedded.processes import identity
from tests.launcher import Launcher, open_folder
from tests.servers import ROOT


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    with open_folder() as folder:
        launcher = Launcher(folder / "dữ liệu")
        yield launcher
        launcher.run("down")


def test_it_survives_what_is_killed(launcher: Launcher) -> None:
    first = launcher.up()
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == f"ready http://127.0.0.1:{launcher.port}"
    assert launcher.ready()
    before = launcher.state()

    os.kill(before["processes"]["server"]["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while launcher.state()["processes"]["server"]["restarts"] == 0 or not launcher.ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)

    os.kill(before["supervisor"]["pid"], signal.SIGKILL)
    again = launcher.up()
    assert again.returncode == 0, again.stdout + again.stderr
    after = launcher.state()
    assert after["ready"]
    assert all(identity(each["pid"]) != each["began"] for each in before["processes"].values())

    assert "already up" in launcher.up().stdout
    assert launcher.run("down").stdout == "stopped\n"
    assert not launcher.ready()
    assert launcher.run("status").returncode == 1
    assert all(identity(each["pid"]) is None for each in after["processes"].values())


def test_a_taken_port_is_named_with_a_way_out(launcher: Launcher) -> None:
    with socket.create_server(("127.0.0.1", launcher.port)):
        refused = launcher.up()
    assert refused.returncode == 1
    assert f"port {launcher.port} is taken" in refused.stdout
    assert f"--port {launcher.port + 1}" in refused.stdout


@pytest.mark.parametrize(
    "command", ["", "up", "down", "status", "logs", "test", "manage", "demo", "backup", "restore", "tips"]
)
def test_every_command_explains_itself(command: str) -> None:
    words = [sys.executable, str(ROOT / "anthon"), *command.split(), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert f"./anthon {command}".strip() in done.stdout


def test_a_reader_who_has_enough_is_no_fault() -> None:
    done = subprocess.run(
        f"{sys.executable} {ROOT / 'anthon'} status --json --data /nonexistent | true; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "BrokenPipe" not in done.stderr
