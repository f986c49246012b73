"""The virtual environment: made without ensurepip, filled from a lock with hashes, repaired when cut off."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from embedded.processes import StartError

# What each lock contains: an environment for the tests also serves `up`.
LOCKS = {"local": "requirements-local.lock", "dev": "requirements-dev.lock"}
CONTAINS = {"local": ("local", "dev"), "dev": ("dev",)}

# How pip announces a package: by its requirement, or by the path of a wheel that it already has.
PACKAGE = re.compile(
    r"(Collecting|Requirement already satisfied:) (?P<name>[\w.-]+)|Processing (.*/)?(?P<file>[\w.]+)-\d"
)


class Environment:
    """`.venv` in the project's folder."""

    def __init__(self, root: Path, say: Callable[[str], None]) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.say = say
        self._stamp = self.folder / "anthon.installed"
        self._unfinished = self.folder / "anthon.installing"

    def ensure(self, kind: str) -> None:
        """Installs what the lock of this kind says, unless exactly that is installed."""
        if self.is_ready(kind):
            return
        # pip takes a package that it was copying when it was killed for an installed one: only a new start is safe.
        if self._unfinished.exists() or (self.folder.exists() and not self.python.exists()):
            self.say("environment  the last installation was cut off; starting over")
            shutil.rmtree(self.folder)
        if not self.folder.exists():
            self._create()
        self._unfinished.touch()
        self._stamp.unlink(missing_ok=True)
        self._install(self.root / LOCKS[kind])
        self._stamp.write_text(self._wanted(kind))
        self._unfinished.unlink()

    def is_ready(self, kind: str) -> bool:
        if not (self.python.exists() and self._stamp.exists()) or self._unfinished.exists():
            return False
        return self._stamp.read_text() in {self._wanted(each) for each in CONTAINS[kind]}

    def _wanted(self, kind: str) -> str:
        """The lock's content and where we are: a moved folder has scripts that point to the old place."""
        digest = hashlib.sha256((self.root / LOCKS[kind]).read_bytes()).hexdigest()
        return f"{kind} {digest} {self.folder}"

    def _create(self) -> None:
        """Marked as unfinished from its first moment: the folder appears with the marker in it."""
        self.say(f"environment  {self.folder} (Python {sys.version.split()[0]})")
        self.folder.mkdir()
        self._unfinished.touch()
        if sys.prefix == sys.base_prefix:
            # `--without-pip`, since Debian's Python lacks ensurepip.
            venv.EnvBuilder(with_pip=False, symlinks=True).create(self.folder)
        else:
            subprocess.run([base_python(), "-m", "venv", "--without-pip", str(self.folder)], check=True)

    def _install(self, lock: Path) -> None:
        total = sum(1 for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
        command = [base_python(), "-m", "pip", "--python", str(self.python), "install", "--no-deps", "--require-hashes"]
        command += ["--no-input", "--progress-bar", "off", "--disable-pip-version-check", "-r", str(lock)]
        environment = os.environ | {"PIP_ROOT_USER_ACTION": "ignore"}
        environment.pop("PIP_REQUIRE_VIRTUALENV", None)
        lines: list[str] = []
        done = 0
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pip:
            assert pip.stdout
            for line in pip.stdout:
                lines.append(line.rstrip())
                if package := PACKAGE.match(line):
                    done += 1
                    self.say(f"packages     {done}/{total} {package['name'] or package['file']}")
                elif line.startswith("Installing collected packages"):
                    self.say(f"packages     unpacking {total}")
        if pip.returncode:
            raise StartError(_explain(lines))
        self.say(f"packages     {total} installed")


def _explain(lines: list[str]) -> str:
    tail = "\n".join(lines[-15:])
    if any("No module named pip" in line for line in lines):
        return f"pip is missing: install it first (Debian: apt install python3-pip)\n{tail}"
    return f"pip couldn't install the locked packages; run the same command again once this is mended:\n{tail}"


def base_python() -> str:
    """The machine's own Python, which has pip, even when an environment without it is active."""
    return getattr(sys, "_base_executable", sys.executable)
