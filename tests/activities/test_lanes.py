"""A real worker with a job that takes for ever and a receiver that doesn't answer still rings the police at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from api.jobs import put
from tests.activities.firebase import Firebase, rings
from tests.activities.test_alerts import call
from tests.cast import raise_cast
from tests.client import signed_in
from tests.receiver import receiving

ROOT = Path(__file__).parents[2]
_WORKER = """
import time
import django
django.setup()
from django.core.management import call_command
from api.jobs import handler

@handler("tests.endless", lease_s=600)
def endless(job):
    time.sleep(600)

call_command("worker", "--tick", "0.2", "--poll", "0.1")
"""


def until(condition: Callable[[], object]) -> float:
    """Seconds until it holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < 30, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - began


def taken(topic: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outbox WHERE topic = %s AND taken_until IS NOT NULL", [topic])
        return int(cursor.fetchone()[0])


def test_neither_a_long_job_nor_a_silent_receiver_keeps_an_sos_waiting(
    clean_db: None, firebase: Firebase, settings: Any
):
    cast, over = raise_cast(), threading.Event()
    rings(cast.dung)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "ANTHON_FCM_CREDENTIALS": settings.FCM_CREDENTIALS,
        "ANTHON_FCM_ENDPOINT": settings.FCM_ENDPOINT,
        "ANTHON_WEBHOOK_PRIVATE_ADDRESSES": "yes",
    }
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with receiving() as silent:
        silent.answer = lambda _: (204 if over.wait(30) else 500, {}, b"")
        body = {"area_id": str(cast.communes[0]), "url": f"{silent.url}/hook", "events": ["alert.raised"]}
        assert signed_in(cast.son).post("/v1/webhooks", body, content_type="application/json").status_code == 201
        with connection.cursor() as cursor:
            cursor.execute(*put("tests.endless", "a"))
        worker = subprocess.Popen([sys.executable, "-c", _WORKER], cwd=ROOT, env=environment)
        try:
            call(cast.lan)
            until(lambda: silent.requests and taken("tests.endless") and firebase.rung() == ["dung"])
            call(cast.lan)
            assert until(lambda: firebase.rung() == ["dung", "dung"]) < 3
            assert len(silent.requests) == 1 and taken("webhooks.send") == 1, "it is still being waited for"
        finally:
            over.set()
            worker.kill()
            worker.wait()
