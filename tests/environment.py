"""Puts this run's servers, this worker's database and the tests' secrets into the environment when it is imported.

The settings import it first, since pytest-django loads them before any conftest. Processes that a test starts find
the environment as the test left it.
"""

import base64
import os

from tests.servers import Servers

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"anthon_{WORKER}"
SERVERS = Servers.of_this_run()

if os.environ.get("ANTHON_TEST_WORKER") != WORKER:
    os.environ |= SERVERS.environment(DATABASE)
    os.environ |= {
        "ANTHON_TEST_WORKER": WORKER,
        "ANTHON_TIP_DIFFICULTY": "6",
        "ANTHON_SECRET_KEY": "a secret of the tests that is long enough for any HMAC",
        "ANTHON_ACCESS_KEYS": "tests:a signing secret of the tests long enough for HS256",
        "ANTHON_RECEIPT_KEYS": "tests:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
    }
