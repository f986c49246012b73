"""What newcomers do works as it is written: the steps on `/docs`, the README's tour and a generated client, in bash,
against a new house."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher import Launcher, furnish, open_folder
from tests.servers import ROOT

# Ends the shell at the first command that fails, in pipes too, and shows the commands in the assertion.
STRICT = "set -euo pipefail\nexport LC_ALL=C.UTF-8\n"


@pytest.fixture(scope="module")
def house() -> Iterator[Launcher]:
    """A folder as a newcomer's clone: `./anthon` and `.anthon`, on a free port."""
    with open_folder() as folder:
        launcher = _clone(folder)
        yield launcher
        launcher.run("down")


def _clone(folder: Path) -> Launcher:
    launcher = Launcher(folder / ".anthon")
    furnish(launcher.data)
    command = shlex.join([sys.executable, str(ROOT / "anthon")])
    data = f"--data {shlex.quote(str(launcher.data))}"
    (folder / "anthon").write_text(
        f'#!/bin/sh\nword=$1; shift\n[ "$word" = up ] && set -- --port {launcher.port} "$@"\n'
        f'exec {command} "$word" {data} "$@"\n'
    )
    (folder / "anthon").chmod(0o755)
    return launcher


def paste(house: Launcher, commands: str) -> str:
    """What bash says to it, in the folder of the house."""
    done = subprocess.run(
        ["bash", "-c", STRICT + commands],
        cwd=house.data.parent,
        env=house.environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def answers(said: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_the_steps_of_docs_lead_from_nothing_to_a_record_that_was_synced(house: Launcher) -> None:
    paste(house, "./anthon up --detach")
    with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/docs?lang=vi", timeout=10) as answer:
        page = answer.read().decode()
    blocks = [html.unescape(block) for block in re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)]
    assert len(blocks) == 5

    said = paste(house, "\n".join(blocks))
    me, made, first, again, unknown, refused = answers(said)
    assert me["memberships"][0]["role"] == "member"  # type: ignore[index]
    assert (made["kind"], made["version"]) == ("lighting", 1)
    assert "200: nothing twice" in said
    assert first["results"][0]["status"] == "applied"  # type: ignore[index]
    assert made["id"] in {change["id"] for change in first["pull"]["changes"]}  # type: ignore[index]
    assert again["results"][0]["status"] == "unchanged"  # type: ignore[index]
    assert unknown["code"] == "not_found"
    assert [error["pointer"] for error in refused["errors"]] == ["/kind", "/severity"]  # type: ignore[attr-defined]


def test_so_does_the_tour_of_the_readme(house: Launcher) -> None:
    tour = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A tour of five minutes")[2]
    blocks = re.findall(r"^```bash\n(.*?)^```", tour, re.DOTALL | re.MULTILINE)
    evening, down = blocks[-2:]
    assert "demo evening" in evening
    assert down == "./anthon down\n"

    said = paste(house, "".join(blocks[:-2]))
    assert said.count('"status":"applied"') == 2
    assert said.count('"status":"unchanged","version":1,"was":"applied"') == 2
    assert "\n304, 0 bytes\n" in said
    assert "\n400\n200\n412\n" in said
    assert '"status":"verified"' in said
    assert said.count('"code":"not_found"') == 2
    assert "\nthe same bytes\n" in said


def test_a_generated_client_works_with_the_house(house: Launcher) -> None:
    script = shlex.quote(str(ROOT / "openapi/try-clients"))
    said = paste(house, f"./anthon up --detach; ./anthon demo --json > demo.json; {script} clients demo.json python")
    assert said.splitlines()[-1] == "signed in, made, pulled, pushed, refused"
