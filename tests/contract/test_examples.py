"""The document's examples are answers that the server gave; this plays the evening again and compares.

After a change of shapes: `ANTHON_WRITE_EXAMPLES=1 ./anthon test tests/contract/test_examples.py`, then publish the
document anew.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from typing import Any

import pytest

from tests.client import document
from tests.contract.evening import MORNING
from tests.contract.story import play
from tests.servers import ROOT

EXAMPLES = ROOT / "openapi/examples.json"
# Of the morning, and half a day later, when sessions in a browser end.
_MOMENTS = re.compile(rf"\d{{4}}-\d\d-\d\dT(?:{MORNING:%H}|{MORNING + dt.timedelta(hours=12):%H}):[34]\d:\d\d.\d+Z")


@pytest.fixture
def written(clean_db: None, s3: object) -> dict[str, Any]:
    return play().written()


def test_the_examples_are_what_the_server_answers(written: dict[str, Any]) -> None:
    if os.environ.get("ANTHON_WRITE_EXAMPLES"):
        EXAMPLES.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
    assert _steady(written) == _steady(json.loads(EXAMPLES.read_text()))


def test_every_operation_and_each_of_its_successes_has_one() -> None:
    examples = json.loads(EXAMPLES.read_text())
    missing = [
        f"{operation['operationId']} {status}"
        for path, item in document()["paths"].items()
        for operation in item.values()
        for status, response in operation["responses"].items()
        if int(status) < 400
        and not path.startswith("/v1/lamps")
        and int(status) not in {each["status"] for each in examples.get(operation["operationId"], [])}
    ]
    assert not missing


def _steady(value: Any) -> Any:
    """A value without the moments of the playing, two of which may fall into one millisecond, and what ends by them."""
    if isinstance(value, dict):
        return {key: _steady(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_steady(each) for each in value]
    return _MOMENTS.sub("…", value) if isinstance(value, str) else value
