"""Chaos, the short form: 1,000 pushes, 12 kills, nothing lost, doubled or partial. It brings its own house."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_S = 780
"""It takes a minute and a half on two cores that do little else; beside other tests, longer."""


def test_a_thousand_pushes_survive_twelve_kills() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prove", "chaos", "--pushes", "1000", "--kills", "12", "--limit", "420"],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=LONGEST_S,
    )  # fmt: skip
    print(done.stdout[-20_000:], done.stderr[-5_000:])
    assert done.returncode == 0
    assert "lost 0, doubled 0, partial 0" in done.stdout
