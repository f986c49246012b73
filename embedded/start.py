"""Brings a house up: servers at once, then database and areas, then the programs; ready when all of it answers."""

import hashlib
import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from embedded import archive
from embedded.house import DATABASE, House
from embedded.processes import LOOPBACK, StartError, is_free, tail
from embedded.supervisor import ROOT, Supervisor, clear_leftovers

Say = Callable[[str], None]


def run(house: House, *, port: int, say: Say) -> None:
    """Starts everything, says when it is ready, and stays until a signal ends it; the caller holds the lock."""
    clear_leftovers(house)
    if not is_free(port):
        raise StartError(
            f"port {port} is taken by another program: free it, or choose another, as in ./anthon up --port {port + 1}"
        )
    house.renew_ports()
    supervisor = Supervisor(house, port, say)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.over.set())
    try:
        _start(supervisor)
        if not supervisor.over.is_set():
            supervisor.write_state(ready=True)
            say(f"site         {supervisor.base_url}/admin/")
            say(f"ready {supervisor.base_url}")
            supervisor.watch()
            say("stopping")
    finally:
        supervisor.end()


def _start(supervisor: Supervisor) -> None:
    """S3 takes the longest to start, so all the rest happens meanwhile."""
    house, say = supervisor.house, supervisor.say
    supervisor.begin(supervisor.servers())
    if house.postgres:
        house.postgres.wait()
        say(f"postgres     127.0.0.1:{house.postgres.port}")
        if house.archive:
            say(f"archive      {house.archive}")
        else:
            archive.forget(house.postgres)
    prepare_database(house, say)
    supervisor.begin(supervisor.programs())
    if house.s3:
        house.s3.wait()
        say(f"s3           127.0.0.1:{house.s3.port}")
    _wait_for_server(supervisor)


def prepare_database(house: House, say: Say) -> None:
    """Roles, tables and areas. For a database of our own, skipped when code and locks are those of the last time."""
    stamp = house.postgres.folder / "prepared" if house.postgres else None
    fingerprint = _fingerprint()
    if stamp and stamp.exists() and stamp.read_text() == fingerprint:
        return
    if house.postgres:
        house.postgres.create_database(DATABASE)
    say("database     migrating")
    _manage(house, "migrate", "--verbosity", "0")
    if not _has_areas(house):
        say("areas        loading provinces, districts and communes")
        _manage(house, "load_areas")
    if stamp:
        stamp.write_text(fingerprint)


def forget_preparation(house: House) -> None:
    """The next start looks at the tables again: someone may have changed them by hand."""
    if house.postgres:
        (house.postgres.folder / "prepared").unlink(missing_ok=True)


def _fingerprint() -> str:
    """Changes whenever migrating could have something to do."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for file in sorted(ROOT.glob("*/**/migrations/*.py")):
        digest.update(f"{file.relative_to(ROOT)}".encode() + file.read_bytes())
    return digest.hexdigest()


def _has_areas(house: House) -> bool:
    question = "from accounts.models import Area; print(Area.objects.exists())"
    return _manage(house, "shell", "--no-imports", "-c", question).strip().endswith("True")


def manage(house: House, words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a Django command with the house's environment.

    `migrate` sees the owner's role under both aliases: some libraries' migrations work on no other than `default`.
    """
    environment = house.environment(owner=True)
    if words[:1] == ["migrate"]:
        environment["DATABASE_URL"] = environment["DATABASE_OWNER_URL"]
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, env=environment, cwd=ROOT, text=True, check=False, **options)


def _manage(house: House, *words: str) -> str:
    done = manage(house, [*words], capture_output=True)
    if done.returncode:
        raise StartError(f"manage.py {' '.join(words)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def _wait_for_server(supervisor: Supervisor, patience: float = 60) -> None:
    """Ready means that the server reaches its database and its store."""
    deadline = time.monotonic() + patience
    answer = "no answer"
    while not supervisor.over.is_set() and (answer := _ask(supervisor.port)) != "ok":
        for service in supervisor.services:
            if service.process and service.process.poll() is not None:
                raise StartError(f"{service.name} ended while starting:\n{tail(supervisor.house.log(service.name))}")
        if time.monotonic() > deadline:
            raise StartError(f"/readyz says {answer}:\n{tail(supervisor.house.log('server'))}")
        time.sleep(0.02)


def _ask(port: int) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        answer = json.loads(connection.getresponse().read())
        return str(answer["status"]) + "".join(f", {name} fails" for name in answer.get("failed", ()))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()
