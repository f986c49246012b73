"""The document, tried by a machine: requests made from it, good and bad, in two roles, against the real server.

In four roles and at full size by hand: `ANTHON_EXAMPLES=20 ./anthon test tests/contract/test_schemathesis.py -n 0 -s`
adds every boundary that the document names and makes about 21,000 requests, two minutes a role; `-k son` runs that of
one role.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.tokens import access_token
from api.settings import BASE_DIR
from embedded.processes import status_of, tail
from tests.api import raw
from tests.cast import Person
from tests.contract.world import World, make_world
from tests.servers import PostgresAddress

DOCUMENT, CONFIGURATION = BASE_DIR / "openapi" / "v1.yaml", Path(__file__).with_name("schemathesis.toml")
ROLES = {"lan": "a member", "minh": "a commune's officer", "son": "a province's admin", "khach": "a stranger"}
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,ignored_auth"
)
# These end the session that the run goes by: they are tried apart.
ENDING = r"/v1/auth/(logout|password|sessions/\{session_id\})$"
BY_HAND = os.environ.get("ANTHON_EXAMPLES")
PHASES = "examples,coverage,fuzzing" if BY_HAND else "examples,fuzzing"


@pytest.fixture
def world(clean_db: None) -> World:
    return make_world()


@pytest.fixture
def server(postgres: PostgresAddress, world: World, s3: object, tmp_path: Path) -> Iterator[str]:
    """The product's own server, without the record type that only the tests have."""
    product = {"DJANGO_SETTINGS_MODULE": "api.settings", "ANTHON_LOG_LEVEL": "WARNING"}
    with raw.server(tmp_path, words=(), environment=product) as (port, _):
        assert status_of(port, "/readyz") == 200
        yield f"http://127.0.0.1:{port}"
        log = tmp_path / "log"
        assert '"level":"error"' not in log.read_text(), tail(log)


@pytest.mark.parametrize("role", ROLES if BY_HAND else ["lan", "son"])
def test_every_answer_is_one_that_the_document_names(role: str, server: str, world: World, tmp_path: Path) -> None:
    _try(server, getattr(world.cast, role), tmp_path, "--exclude-path-regex", ENDING)


def test_so_is_every_answer_about_sessions(server: str, world: World, tmp_path: Path) -> None:
    _try(server, world.cast.lan, tmp_path, "--include-path-regex", ENDING)


def _try(server: str, person: Person, folder: Path, *which: str) -> None:
    token = access_token(user_id=person.user_id, session_id=person.session_id)
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", CONFIGURATION, "--no-color"]
    command += ["run", DOCUMENT, "--url", server, "--header", f"Authorization: Bearer {token}", "--checks", CHECKS]
    # One worker: Python 3.11 counts the depth of syntax trees for all threads in one place (gh-106905).
    command += ["--phases", PHASES, "--max-examples", BY_HAND or "2", "--seed", "20261123", "--workers", "1"]
    command += ["--continue-on-failure", "--request-timeout", "15", "--warnings", "off", *which]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if BY_HAND:
        print(done.stdout[-1500:])
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
