"""The press: what is printed, as PDF on A4, by a process of its own within limits of memory and time.

Few print at once in a server: each may take a gigabyte, and a thread for as long as it works.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import orjson
import segno

from api.problems import Problem

PRESS_S = 60
AT_ONCE = 2
WAIT_S = 5.0
_PRESS = Path(__file__).parent / "__main__.py"
_places = threading.BoundedSemaphore(AT_ONCE)


def printed(template: Path, data: object) -> bytes:
    """The PDF that a template of typst makes of this data (JSON, `sys.inputs.data` there).

    Nothing may be held meanwhile, no lock and no transaction: it takes a second or more. Raises Problem `unavailable`
    if it fails its limits, can't be started, or no place at it comes free within `WAIT_S`.
    """
    if not _places.acquire(timeout=WAIT_S):
        raise Problem("unavailable", retry_after_s=5)
    try:
        done = subprocess.run(
            # By its file: as a module it would first load all that the server is made of.
            [sys.executable, str(_PRESS), str(template)],
            input=orjson.dumps(data),
            capture_output=True,
            check=True,
            timeout=PRESS_S,
            env={"PATH": ""},
        )
    except (subprocess.SubprocessError, OSError):  # what the press says may name people, so nothing of it is kept
        raise Problem("unavailable", retry_after_s=5) from None
    finally:
        _places.release()
    return done.stdout


def square_code(text: str) -> dict[str, object]:
    """The cells of a square code (QR) for a template: its `size`, and row by row black 0 and white 255.

    The mask is given, since weighing all eight takes 10 ms.
    """
    rows = segno.make(text, error="m", micro=False, mask=2, boost_error=False).matrix
    return {"size": len(rows), "cells": [0 if cell else 255 for row in rows for cell in row]}
