"""The environment is installed once, and anew after it was cut off; nothing is fetched here, the locks are empty."""

from pathlib import Path

import pytest

from embedded.environment import PACKAGE, Environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "an thôn"
    root.mkdir()
    for lock in ("requirements-local.lock", "requirements-dev.lock"):
        (root / lock).write_text("# nothing\n")
    return root


def test_an_installed_environment_is_left_alone(project: Path) -> None:
    said: list[str] = []
    environment = Environment(project, said.append)
    environment.ensure("local")
    assert environment.is_ready("local")
    said.clear()
    environment.ensure("local")
    assert said == []


def test_what_the_tests_need_also_serves_up_but_not_the_other_way_round(project: Path) -> None:
    environment = Environment(project, lambda line: None)
    environment.ensure("local")
    assert not environment.is_ready("dev")
    environment.ensure("dev")
    assert environment.is_ready("local")


def test_a_changed_lock_is_installed(project: Path) -> None:
    environment = Environment(project, lambda line: None)
    environment.ensure("local")
    (project / "requirements-local.lock").write_text("# nothing yet\n")
    assert not environment.is_ready("local")


def test_an_installation_that_was_cut_off_starts_over(project: Path) -> None:
    environment = Environment(project, lambda line: None)
    environment.ensure("local")
    (environment.folder / "anthon.installing").touch()
    (environment.folder / "half a package").touch()
    assert not environment.is_ready("local")
    environment.ensure("local")
    assert environment.is_ready("local")
    assert not (environment.folder / "half a package").exists()


def test_a_folder_that_was_moved_is_installed_anew(project: Path) -> None:
    Environment(project, lambda line: None).ensure("local")
    moved = project.rename(project.with_name("elsewhere"))
    assert not Environment(moved, lambda line: None).is_ready("local")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting argon2-cffi==25.1.0 (from -r /a b/requirements.lock (line 1))", "argon2-cffi"),
        ("Requirement already satisfied: django==5.2 in /a b/.venv", "django"),
        ("Processing /a b/wheels/argon2_cffi-25.1.0-py3-none-any.whl (from -r x (line 3))", "argon2_cffi"),
    ],
)
def test_progress_names_the_package(line: str, name: str) -> None:
    found = PACKAGE.match(line)
    assert found
    assert name in (found["name"], found["file"])
