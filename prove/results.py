"""Results that are kept: what came of a proof, with date, command and commit."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from embedded.supervisor import ROOT

_DESCRIBE = ["git", "describe", "--always", "--dirty", "--exclude=*"]
COMMIT = subprocess.run(_DESCRIBE, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
"""The code as the proof began, `-dirty` if there was more in the folder than was committed."""


def keep(name: str, result: dict[str, Any]) -> None:
    """Write `bench/results/<name>.json`."""
    head = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"./anthon prove {' '.join(sys.argv[1:])}",
        "commit": COMMIT,
    }
    file = ROOT / "bench" / "results" / f"{name}.json"
    file.write_text(json.dumps(head | result, indent=1, ensure_ascii=False) + "\n")
