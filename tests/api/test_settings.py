"""In production no secret is missing, a default one or short, and a misspelt environment is none at all."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOUND = {
    "ANTHON_SECRET_KEY": "s" * 40,
    "ANTHON_ACCESS_KEYS": "one:" + "a" * 40,
    "ANTHON_RECEIPT_KEYS": "one:" + "r" * 43,
    "DATABASE_URL": "postgresql://anthon_api:word@127.0.0.1/anthon",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "secret",
}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Loads the settings as a process of its own does."""
    return subprocess.run(
        [sys.executable, "-c", "import api.settings"],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_with_secrets_of_its_own_it_starts() -> None:
    assert start(**SOUND).returncode == 0


@pytest.mark.parametrize("name", SOUND)
def test_a_missing_secret_stops_the_start(name: str) -> None:
    done = start(**{other: value for other, value in SOUND.items() if other != name})
    assert done.returncode
    assert name in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANTHON_SECRET_KEY", "short"),
        ("ANTHON_SECRET_KEY", "development-only-" + "0" * 40),
        ("ANTHON_SECRET_KEY", "s" * 40 + ",short"),
        ("ANTHON_TABLES_KEY", "short"),
        ("ANTHON_TABLES_KEY", "development-only-" + "0" * 40),
        ("ANTHON_ACCESS_KEYS", "one:" + "a" * 40 + ",two:short"),
        ("ANTHON_ACCESS_KEYS", "other:development-only-" + "0" * 40),
        ("ANTHON_RECEIPT_KEYS", "other:" + "A" * 43),
        ("ANTHON_ENV", "prod"),
        ("ANTHON_ENV", ""),
    ],
)
def test_a_default_or_short_secret_or_an_unknown_environment_stops_the_start(name: str, value: str) -> None:
    done = start(**SOUND | {name: value})
    assert done.returncode
    assert name in done.stderr


def test_a_secret_key_is_exchanged_only_where_the_tables_have_their_own() -> None:
    both = SOUND | {"ANTHON_SECRET_KEY": "n" * 40 + "," + "s" * 40}
    done = start(**both)
    assert done.returncode
    assert "set ANTHON_TABLES_KEY" in done.stderr
    assert start(**both, ANTHON_TABLES_KEY="s" * 40).returncode == 0
