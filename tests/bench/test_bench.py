"""Every measurement once, short and small, in a house of its own: so that none of them rots."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rows import ROWS
from tests.launcher import furnish, open_folder, users_environment
from tests.servers import ROOT


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """With a house that was up once."""
    with open_folder() as made:
        furnish(made / "house")
        yield made


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.run(
        command, cwd=ROOT, env=users_environment(), capture_output=True, text=True, check=False, timeout=600
    )


def test_every_row_of_the_table_is_measured_without_an_error(folder: Path) -> None:
    small = ["--records", "2400", "--areas", "4", "--seconds", "0.2", "--rounds", "1", "--connections", "2"]
    done = bench("--data", str(folder / "house"), *small, "--json")
    assert done.stdout, done.stderr
    found = {row["row"]: row for row in json.loads(done.stdout)}
    assert list(found) == [row.name for row in ROWS]
    for name, row in found.items():
        (at,) = row["at"]
        assert not at["faults"], (name, at["faults"])
        assert at["requests_s"] > 0 and row["limit_s"] > 0 and row["ratio"] > 0, name


def test_the_nations_evening_is_played_without_an_error(folder: Path) -> None:
    small = ["--phones", "300", "--teams", "90", "--records", "180", "--minutes", "0.05", "--rate", "20"]
    done = bench("nation", "--data", str(folder / "house"), *small)
    assert "in all" in done.stdout, done.stdout + done.stderr
    for name in ("empty pull", "push of 5, with pull", "media declared", "media completed"):
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(name)]
        assert line.split()[-1] == "0", done.stdout


def test_two_countries_are_compared(folder: Path) -> None:
    furnish(folder / "small")
    sizes = ["--small", "640,8", "--large", "1200,8", "--seconds", "0.05", "--rounds", "1"]
    done = bench("growth", *sizes, "--data", str(folder / "small"), "--large-data", str(folder / "house"))
    assert "refresh" in done.stdout, done.stdout + done.stderr
    assert " × " not in done.stdout, done.stdout
