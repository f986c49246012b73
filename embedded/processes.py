"""Starts and stops server processes: free ports, the account they run as, and who outlives whom."""

import ctypes
import http.client
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """A server didn't come up; the message says why and what to do."""


def free_port(*, companion: int = 0) -> int:
    """A port nobody listens on, nor on the one `companion` above it.

    Taken from below the range that the kernel hands to outgoing connections, so it stays free until it is used.
    """
    for _ in range(200):
        port = random.randrange(11_000, 21_000)
        if all(is_free(each) for each in {port, port + companion}):
            return port
    raise StartError("no free port between 11000 and 21000 on 127.0.0.1")


def is_free(port: int) -> bool:
    """Whether nobody listens on the port at 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def servant() -> pwd.struct_passwd | None:
    """The account that Postgres and S3 run as: None is our own, unless we are root, whom Postgres refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StartError("running as root needs an account 'postgres' or 'nobody' for the database server")


def own(path: Path) -> None:
    """Hands a file or folder of a server to the account that the server runs as."""
    if account := servant():
        os.chown(path, account.pw_uid, account.pw_gid)


def can_enter(path: Path) -> bool:
    """Whether the servers' account can reach `path`: as root it often lies under a closed home folder."""
    if servant() is None:
        return True
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def reachable_copy(source: Path, target: Path) -> Path:
    """`source`, or a copy of it at `target` where the servers' account can read it; hard links where possible."""
    if can_enter(source):
        return source
    stamp = target.with_name(target.name + ".from")
    wanted = f"{source} {source.stat().st_mtime_ns}"
    if not (stamp.exists() and stamp.read_text() == wanted):
        if target.is_dir():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, copy_function=_link_or_copy)
        else:
            _link_or_copy(str(source), str(target))
        stamp.write_text(wanted)
    return target


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target)


def spawn(
    argv: list[str],
    *,
    log: Path,
    cwd: Path | str = "/",
    env: dict[str, str] | None = None,
    account: pwd.struct_passwd | None = None,
    when_orphaned: signal.Signals | None = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, so that Ctrl-C reaches us alone and we stop it in order.

    Where the kernel can (Linux), it gets the signal `when_orphaned` should we die without stopping it.
    """
    identity: dict[str, Any] = {}
    if account:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_orphan_signal(when_orphaned),
            **identity,
        )


def _orphan_signal(when_orphaned: signal.Signals | None) -> Callable[[], None] | None:
    """The call a child makes before it becomes the server; found here, since a forked child should import nothing."""
    if when_orphaned is None or not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def die_with_parent() -> None:
        prctl(PR_SET_PDEATHSIG, int(when_orphaned))
        if os.getppid() != parent:  # the parent died before the call
            os._exit(1)

    return die_with_parent


def stop(process: subprocess.Popen[bytes], *, how: signal.Signals = signal.SIGTERM, patience: float = 10) -> None:
    """Asks a process to end, waits, and kills it with all of its session if it doesn't."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    end_session(process.pid)
    process.wait()


def end_session(leader: int) -> None:
    """Kills what is left of a process and the children that stayed in its group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def identity(pid: int) -> str | None:
    """When a process began, which tells it from a later one that got the same number; None when it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        try:
            state, *fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state == "Z" else fields[18]
    if Path("/proc/self/stat").exists():
        return None
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def command_line(pid: int) -> str:
    """A process's command with its arguments, or "" when it is gone."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def status_of(port: int, path: str, *, patience: float = 5) -> int | None:
    """What a server on this machine answers to a GET; None while it doesn't answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=patience)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def wait_until(
    condition: Callable[[], bool], *, process: subprocess.Popen[bytes], name: str, log: Path, patience: float
) -> None:
    """Waits for a server to be ready; if it ends or takes too long, the error shows the tail of its log."""
    deadline = time.monotonic() + patience
    while not condition():
        if process.poll() is not None:
            raise StartError(f"{name} ended with code {process.returncode} while starting:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise StartError(f"{name} isn't ready after {patience:.0f} s:\n{tail(log)}")
        time.sleep(0.02)


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
