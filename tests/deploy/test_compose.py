"""compose.yaml: what the schema can't say. No default secret, no way out, no root that could be written."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import BASE_DIR

FILE = BASE_DIR / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = ("proxy", "server", "worker", "keeper", "postgres", "pgbouncer", "s3")
OURS = ("server", "worker", "keeper", "migrate", "areas", "backup")


def test_it_has_the_form_of_a_compose_file() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    command = [checker, "--builtin-schema", "vendor.compose-spec", FILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_shut_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert not any("docker.sock" in volume for volume in service.get("volumes", ()))


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_has_limits_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_the_owners_password_is_for_those_who_own() -> None:
    owning = {name for name, service in SERVICES.items() if "DATABASE_OWNER_URL" in service.get("secrets", ())}
    assert owning == {"keeper", "migrate", "areas", "backup"}
    assert not any("URL" in name or "KEY" in name or "PASSWORD" in name for name in _plain_variables())


def _plain_variables() -> set[str]:
    found = {name for service in SERVICES.values() for name in service.get("environment", {})}
    return found - {"POSTGRES_PASSWORD_FILE"}


def test_behind_the_pooler_no_plans_are_kept() -> None:
    """They would be looked for on a connection that has never seen them."""
    for name in ("server", "worker", "keeper", "areas"):
        assert SERVICES[name]["environment"]["ANTHON_KEEP_PLANS"] == "no"


def test_what_is_mounted_is_in_the_repository() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("./") and not source.startswith("./deploy/tls/"):
                assert (BASE_DIR / source).exists(), f"{name}: {source}"
                assert volume.endswith(":ro"), f"{name}: {source}"


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_mounted_below_what_can_not_be_written(name: str) -> None:
    """There, Docker couldn't make the place for it."""
    mounts = [volume.split(":") for volume in SERVICES[name].get("volumes", ())]
    shut = [target for _, target, *mode in mounts if mode == ["ro"]]
    assert not [target for _, target, *_ in mounts for above in shut if target.startswith(f"{above}/")]


def test_every_secret_is_drawn_and_differs_each_time(tmp_path: Path) -> None:
    first, second = (_drawn(tmp_path / name) for name in ("first", "second"))
    assert set(first) == set(COMPOSE["secrets"])
    assert all(first[name] != second[name] for name in first)
    assert {spec["file"] for spec in COMPOSE["secrets"].values()} == {f"deploy/secrets/{name}" for name in first}
    assert stat.S_IMODE((tmp_path / "first").stat().st_mode) == 0o700
    json.loads(first["s3.json"])


def test_drawing_again_changes_nothing(tmp_path: Path) -> None:
    once = _drawn(tmp_path / "secrets")
    (tmp_path / "secrets" / "ANTHON_ACCESS_KEYS").unlink()
    again = _drawn(tmp_path / "secrets")
    assert again | {"ANTHON_ACCESS_KEYS": ""} == once | {"ANTHON_ACCESS_KEYS": ""}
    assert again["ANTHON_ACCESS_KEYS"] != once["ANTHON_ACCESS_KEYS"]


def test_tables_that_are_older_than_their_key_keep_the_one_they_had(tmp_path: Path) -> None:
    first = _drawn(tmp_path / "secrets")
    assert first["ANTHON_TABLES_KEY"] != first["ANTHON_SECRET_KEY"]
    (tmp_path / "secrets" / "ANTHON_TABLES_KEY").unlink()
    assert _drawn(tmp_path / "secrets")["ANTHON_TABLES_KEY"] == first["ANTHON_SECRET_KEY"]


def test_secrets_are_not_drawn_into_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    done = subprocess.run([sys.executable, "deploy/make-secrets", str(tmp_path)], cwd=BASE_DIR, check=False)
    assert done.returncode == 1
    assert not list(tmp_path.iterdir())


def _drawn(folder: Path) -> dict[str, str]:
    subprocess.run([sys.executable, "deploy/make-secrets", str(folder)], cwd=BASE_DIR, check=True, capture_output=True)
    return {file.name: file.read_text() for file in folder.iterdir()}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_one_image_and_know_their_command(name: str) -> None:
    service = SERVICES[name]
    assert service["image"] == SERVICES["server"]["image"]
    usage = subprocess.run([sys.executable, "deploy/entry.py", "--help"], cwd=BASE_DIR, check=True, capture_output=True)
    assert f"\n  {service['command'][0]} ".encode() in usage.stdout
