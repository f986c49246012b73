"""A worker of the server that is killed comes back, and if it is killed once more at once, once more."""

import os
import signal
from pathlib import Path

from embedded.processes import wait_until
from prove.faults import children
from tests.api.raw import alive, server
from tests.servers import PostgresAddress


def test_a_worker_that_is_killed_twice_comes_back_twice(postgres: PostgresAddress, tmp_path: Path) -> None:
    with server(tmp_path) as (port, process):
        for _ in range(2):
            [killed] = children(process.pid, "")
            os.kill(killed, signal.SIGKILL)

            def is_back(gone: int = killed) -> bool:
                return gone not in children(process.pid, "") and alive(port)

            wait_until(is_back, process=process, name="the server", log=tmp_path / "log", patience=60)
