"""What was measured, as it is kept: a file a measurement, with date, command, commit and machine."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def keep(name: str, found: dict[str, Any], command: str) -> None:
    """Writes a result to `bench/results/<name>.json`."""
    about = {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="minutes").replace("+00:00", "Z"),
        "command": command,
        "commit": _git("rev-parse", "--short", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else ""),
        "machine": f"{len(os.sched_getaffinity(0))} cores, {_memory_gb()} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}",
    }
    (HERE / f"{name}.json").write_text(json.dumps(about | found, indent=1, ensure_ascii=False) + "\n")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _memory_gb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
