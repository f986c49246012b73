"""What was measured or proved, as it is kept: a file each, with date, command, commit and machine."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def _commit() -> str:
    """The code as the run began; with a `+` if more was changed in it than is committed."""
    words = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        return subprocess.run(words, cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return "unknown"


COMMIT = _commit()


def keep(name: str, found: dict[str, Any]) -> None:
    """Writes a result to `bench/results/<name>.json`."""
    about = {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="minutes").replace("+00:00", "Z"),
        "command": " ".join(["./anthon", Path(sys.argv[0]).parent.name, *sys.argv[1:]]),
        "commit": COMMIT,
        "machine": f"{len(os.sched_getaffinity(0))} cores, {_memory_gb()} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}",
    }
    (HERE / f"{name}.json").write_text(json.dumps(about | found, indent=1, ensure_ascii=False) + "\n")


def _memory_gb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
