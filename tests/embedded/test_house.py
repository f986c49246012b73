"""The data folder keeps its secrets to itself, and other servers take the place of its own."""

import json
import socket
import stat
from pathlib import Path

import pytest

from embedded.house import S3_VARIABLES, SERVER_VARIABLES, House
from embedded.processes import StartError, free_port, is_free


@pytest.fixture(autouse=True)
def no_other_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHON_SECRET_KEY", "ANTHON_TABLES_KEY", *SERVER_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def test_secrets_are_random_private_and_kept(tmp_path: Path) -> None:
    first, again, other = House(tmp_path / "a"), House(tmp_path / "a"), House(tmp_path / "b")
    assert first.environment(owner=True) == again.environment(owner=True)
    assert first.environment(owner=True)["ANTHON_SECRET_KEY"] != other.environment(owner=True)["ANTHON_SECRET_KEY"]
    assert stat.S_IMODE((tmp_path / "a" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o066 == 0


def test_a_folder_from_before_the_tables_had_a_key_goes_on_with_the_other(tmp_path: Path) -> None:
    House(tmp_path)
    file = tmp_path / "secrets.json"
    kept = json.loads(file.read_text())
    assert kept["tables_key"] != kept["secret_key"]
    del kept["tables_key"]
    file.write_text(json.dumps(kept))
    assert House(tmp_path).environment(owner=False)["ANTHON_TABLES_KEY"] == kept["secret_key"]


def test_who_serves_does_not_know_the_owner(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert "anthon_api:" in house.environment(owner=False)["DATABASE_URL"]
    assert "DATABASE_OWNER_URL" not in house.environment(owner=False)
    assert "anthon_owner:" in house.environment(owner=True)["DATABASE_OWNER_URL"]


def test_other_servers_replace_ours_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://anthon_api@db/anthon")
    with pytest.raises(StartError, match="DATABASE_OWNER_URL"):
        House(tmp_path)
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://anthon_owner@db/anthon")
    house = House(tmp_path)
    assert house.postgres is None
    assert house.s3
    assert house.environment(owner=False)["DATABASE_URL"] == "postgresql://anthon_api@db/anthon"
    for name in S3_VARIABLES:
        monkeypatch.setenv(name, "http://store")
    assert House(tmp_path).s3 is None


def test_a_port_that_another_program_took_is_replaced(tmp_path: Path) -> None:

    house = House(tmp_path)
    assert house.postgres
    taken = house.postgres.port
    with socket.create_server(("127.0.0.1", taken)):
        house.renew_ports()
        assert house.postgres.port != taken
        again = House(tmp_path).postgres
        assert again
        assert again.port == house.postgres.port


def test_only_one_runs_a_house(tmp_path: Path) -> None:
    with House(tmp_path).alone() as first, House(tmp_path).alone() as second:
        assert (first, second) == (True, False)
    with House(tmp_path).alone() as later:
        assert later


def test_a_free_port_is_free_with_its_companion() -> None:
    port = free_port(companion=10_000)
    assert is_free(port)
    assert is_free(port + 10_000)
