"""The published document: valid, the same in the repository and on the wire, and whole."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.problems import PROBLEMS
from api.records import record_types
from tests.servers import ROOT

PUBLISHED = ROOT / "openapi/v1.yaml"
# What the product serves, without the record type that only the tests have.
_SERVED = """
import django
django.setup()
from django.test import Client
import json
print(json.dumps({form: Client().get(f"/v1/openapi.{form}").content.decode() for form in ("yaml", "json")}))
"""


def run(*arguments: str) -> str:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "api.settings"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


@cache
def published() -> dict[str, Any]:
    return yaml.load(PUBLISHED.read_text(), yaml.CSafeLoader)  # type: ignore[no-any-return]


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in published()["paths"].items()
        for method, operation in item.items()
    ]


def test_the_repository_holds_what_the_server_says() -> None:
    served = json.loads(run("-c", _SERVED))
    assert served["yaml"] == PUBLISHED.read_text()
    assert json.loads(served["json"]) == published()


def test_it_is_made_without_a_warning(tmp_path: Path) -> None:
    """`manage.py spectacular` writes it anew; after a change of a shape, copy it: CONTRIBUTING says how."""
    made = tmp_path / "v1.yaml"
    run("manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", str(made))
    assert made.read_text() == PUBLISHED.read_text()


def test_it_is_valid_openapi_3_1() -> None:
    assert published()["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(published()).validate()


def test_a_record_type_of_the_tests_stays_among_them() -> None:
    assert "lamp" in record_types()
    assert "lamp" not in PUBLISHED.read_text().lower()


@pytest.mark.parametrize(("name", "operation"), operations(), ids=lambda each: each if isinstance(each, str) else "")
def test_an_operation_says_what_it_does_and_how_it_may_refuse(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"][0].isupper() and not operation["summary"].endswith(".")
    assert operation["tags"][0] in [tag["name"] for tag in published()["tags"]]
    statuses = {str(PROBLEMS[code].status) for code in operation["x-problems"]}
    assert statuses == {status for status in operation["responses"] if int(status) >= 400}
    assert ("401" in statuses) == ("security" in operation) or operation["tags"] == ["auth"]
    for status, response in operation["responses"].items():
        assert "$ref" in response if int(status) >= 400 else response["headers"]["X-Request-Id"]


def test_every_tag_is_used_and_described() -> None:
    used = {operation["tags"][0] for _, operation in operations()}
    assert used == {tag["name"] for tag in published()["tags"]}
    assert all(tag["description"] for tag in published()["tags"])


def test_every_field_of_a_record_says_how_it_merges() -> None:
    for kind in record_types().values():
        if kind.name == "lamp":
            continue
        fields = published()["components"]["schemas"][kind.serializer.__name__]["properties"]
        silent = {name for name, field in fields.items() if "x-merge" not in field}
        assert silent == {"id", "area_id", "recorded_at"}
        assert {n: f.get("x-merge") for n, f in fields.items() if n not in silent} == {
            name: merge for name, merge in kind.shape.merge_kinds.items() if name not in silent
        }
