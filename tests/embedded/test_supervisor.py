"""What dies is started again, and what a killed supervisor left is cleared away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import supervisor
from embedded.house import SERVER_VARIABLES, House
from embedded.processes import identity, spawn
from embedded.supervisor import Service, Supervisor, clear_leftovers

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A server with a worker of its own, which outlives it.
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print(p.pid, flush=True); time.sleep(60)",
]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for name in SERVER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return House(tmp_path)


@pytest.fixture
def service(house: House) -> Iterator[Service]:
    service = Service("server", lambda: spawn(PARENT, log=house.logs / "server.log"))
    service.start()
    yield service
    service.stop()


def pid_of(service: Service) -> int:
    assert service.process
    return service.process.pid


def gone(pid: int, patience: float = 5) -> bool:
    deadline = time.monotonic() + patience
    while identity(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def child_of(house: House) -> int:
    """The last worker that the service started."""
    log = house.logs / "server.log"
    while not log.exists() or not log.read_text().strip():
        time.sleep(0.02)
    return int(log.read_text().split()[-1])


def test_a_killed_process_comes_back_and_its_orphans_are_ended(house: House, service: Service) -> None:
    first, orphan = pid_of(service), child_of(house)
    service._started -= supervisor.STEADY + 1
    os.kill(first, signal.SIGKILL)
    assert service.process
    service.process.wait()
    said: list[str] = []
    assert service.look(said.append)
    assert pid_of(service) != first
    assert service.restarts == 1
    assert "-9" in said[0]
    assert gone(orphan)


def test_a_process_that_keeps_falling_is_started_later_and_later(house: House) -> None:
    service = Service("worker", lambda: spawn([sys.executable, "-c", "raise SystemExit(3)"], log=house.logs / "w.log"))
    service.start()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        service.look(lambda line: None)
        time.sleep(0.02)
    assert 2 <= service.restarts <= 5
    service.stop()


def test_a_steady_process_is_not_touched(service: Service) -> None:
    before = pid_of(service)
    assert not service.look(pytest.fail)
    assert pid_of(service) == before


def test_leftovers_of_a_killed_supervisor_are_cleared(house: House, service: Service) -> None:
    orphan = child_of(house)
    keeper = Supervisor(house, 1, lambda line: None, services=[service])
    keeper.write_state(ready=True)
    clear_leftovers(house)
    assert service.process
    service.process.wait()
    assert gone(orphan)
    assert not house.state_file.exists()


def test_a_process_that_has_the_number_of_an_old_one_is_left_alone(house: House, service: Service) -> None:
    keeper = Supervisor(house, 1, lambda line: None, services=[service])
    keeper.write_state(ready=True)
    began = identity(pid_of(service))
    assert began
    house.state_file.write_text(house.state_file.read_text().replace(f'"{began}"', '"long ago"'))
    clear_leftovers(house)
    assert identity(pid_of(service)) == began


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children that they are orphans")
def test_servers_end_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from embedded.processes import spawn; "
        f"p = spawn({SLEEP!r}, log=Path({str(tmp_path / 'log')!r})); print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert identity(child)
        parent.kill()
    assert gone(child)


def test_a_big_log_is_set_aside_wherever_it_lies(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_LIMIT", 10)
    names = ("postgres", "s3", "server")
    for name in names:
        house.log(name).parent.mkdir(exist_ok=True)
        house.log(name).write_text("hơn mười byte")
    watcher = Supervisor(house, 1, print)
    watcher.begin([Service(name, lambda: spawn(SLEEP, log=house.logs / "sleep.log")) for name in names])
    watcher.end()
    assert [house.log(name).with_suffix(".1.log").exists() for name in names] == [True] * 3
