"""A shape that many threads ask for at once: its struct is whole before any of them sees it."""

import os
import subprocess
import sys

from api.settings import BASE_DIR

# A crash takes the process along, so it is one of its own; threads change as often as they can.
_CROWD = """
import sys, threading
import django
django.setup()
from activities.observations.serializers import Observation
from api.shapes import Shape
sys.setswitchinterval(1e-6)
data = {"kind": "lighting", "severity": "info"}
for _ in range(60):
    shape, at_once = Shape(Observation), threading.Barrier(8)
    def decode():
        at_once.wait()
        shape.decode(data, partial=True)
    crowd = [threading.Thread(target=decode) for _ in range(8)]
    [each.start() for each in crowd]
    [each.join() for each in crowd]
"""


def test_its_first_use_in_many_threads_at_once_crashes_nothing() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "api.settings"}
    done = subprocess.run(
        [sys.executable, "-c", _CROWD], cwd=BASE_DIR, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
