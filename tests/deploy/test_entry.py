"""What the image runs: its commands, and secrets from files."""

import os
import subprocess
import sys
from pathlib import Path

from api.settings import BASE_DIR


def run(*words: str, secrets: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"PATH": os.environ["PATH"], "ANTHON_SECRETS": str(secrets)} | environment
    command = [sys.executable, "deploy/entry.py", *words]
    return subprocess.run(command, cwd=BASE_DIR, env=own, capture_output=True, text=True, check=False)


def test_without_secrets_nothing_starts(tmp_path: Path) -> None:
    done = run("manage", "check", secrets=tmp_path)
    assert done.returncode == 1
    assert "must be set to a secret of your own in production" in done.stderr


def test_secrets_come_from_files_named_as_variables(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "deploy/make-secrets", str(tmp_path / "s")], cwd=BASE_DIR, check=True)
    done = run("manage", "check", secrets=tmp_path / "s", S3_ENDPOINT="http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr


def test_the_environment_stands_above_files(tmp_path: Path) -> None:
    (tmp_path / "ANTHON_ENV").write_text("nonsense\n")
    assert "ANTHON_ENV is" in run("manage", "check", secrets=tmp_path).stderr
    assert run("manage", "check", secrets=tmp_path, ANTHON_ENV="development").returncode == 0


def test_migrating_without_the_owners_address_is_refused(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "deploy/make-secrets", str(tmp_path / "s")], cwd=BASE_DIR, check=True)
    (tmp_path / "s" / "DATABASE_OWNER_URL").unlink()
    done = run("migrate", secrets=tmp_path / "s")
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr


def test_an_unknown_command_is_told_what_there_is(tmp_path: Path) -> None:
    done = run("serve", secrets=tmp_path)
    assert done.returncode == 2
    assert "no such command: serve" in done.stderr
    assert "keeper" in done.stderr


def test_nobody_answers_so_it_is_not_healthy(tmp_path: Path) -> None:
    assert run("healthy", secrets=tmp_path, ANTHON_BIND="127.0.0.1:9").returncode == 1
