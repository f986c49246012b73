"""`python -m api`: the server, with the settings that hold everywhere; what differs comes from the environment.

`ANTHON_BIND` (127.0.0.1:8000), `ANTHON_WORKERS` (2 processes), `ANTHON_THREADS` (8 in each, and so many connections to
the database, besides two for passwords). Options of the same names go before them.
"""

import argparse
import atexit
import ctypes
import fcntl
import os
import resource
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

_CONNECTIONS = 4096
_HEADER_PATIENCE_MS = 30_000
_BUFFER_BYTES = 128 << 10
_GRACE_S = 8
_COUNTERS = "anthon-metrics-"
_YOUNG_S = 10
_M_ARENA_MAX = -8  # malloc.h


class Server(MPServer):
    """Where one worker dies twice within seconds, granian gives up and stops all: right for one that can't start.

    One that was killed is just started again; the others serve on.
    """

    def _respawn_workers(self, workers: list[int], *more: Any, **named: Any) -> None:
        killed = [number for number in workers if self.wrks[number].inner.exitcode == -signal.SIGKILL]
        super()._respawn_workers(workers, *more, **named)
        for number in killed:
            del self.respawned_wrks[number]


def main() -> None:
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__.partition("\n")[0])
    parser.add_argument("--bind", default=given("ANTHON_BIND", "127.0.0.1:8000"), metavar="HOST:PORT")
    parser.add_argument("--workers", type=int, default=int(given("ANTHON_WORKERS", "2")))
    parser.add_argument("--threads", type=int, default=int(given("ANTHON_THREADS", "8")))
    parser.add_argument("application", nargs="?", default="api.front:application", help="default: %(default)s")
    arguments = parser.parse_args()
    os.environ["ANTHON_THREADS"] = str(arguments.threads)  # where the workers look
    _share_counters()
    _allow_connections()
    _bound_arenas()
    host, _, port = arguments.bind.rpartition(":")
    Server(
        arguments.application,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        workers=arguments.workers,
        backpressure=_CONNECTIONS,  # connections, not requests: idle ones and slow ones cost little
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_PATIENCE_MS, max_buffer_size=_BUFFER_BYTES),
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_S,
    ).serve()


def _share_counters() -> None:
    """The workers count requests in files of one folder, so that any of them can tell of all (api.metrics)."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        for left in Path(tempfile.gettempdir()).glob(f"{_COUNTERS}*"):
            with suppress(OSError):
                _clear_away(left)
        folder = tempfile.mkdtemp(prefix=_COUNTERS)
        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # for as long as we live
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _clear_away(folder: Path) -> None:
    """What a server left that was killed: nobody holds it, and it isn't one that is just being made."""
    held = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.time() - os.fstat(held).st_mtime > _YOUNG_S:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)


def _allow_connections() -> None:
    """As many open files as the system allows, if that is needed: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _bound_arenas() -> None:
    """glibc gives each thread an arena, which keeps what it once held. Two do for all threads."""
    with suppress(OSError, AttributeError):  # another libc has no arenas
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


if __name__ == "__main__":
    main()
