"""The published document: valid, the same in the repository and on the wire, and whole."""

import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api import VERSION, prose
from api.problems import PROBLEMS
from api.records import record_types
from tests.client import FORMATS
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


def test_it_carries_the_version_of_the_server() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert published()["info"]["version"] == VERSION == project["version"]
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


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
    assert len(operation["description"]) > len(operation["summary"])
    statuses = {str(PROBLEMS[code].status) for code in operation["x-problems"]}
    assert statuses == {status for status in operation["responses"] if int(status) >= 400}
    assert ("401" in statuses) == bool(operation["security"]) or operation["tags"] == ["auth"]
    for status, response in operation["responses"].items():
        if int(status) < 400:
            assert response["headers"]["X-Request-Id"]
            continue
        told = published()["components"]["responses"][response["$ref"].rpartition("/")[2]]
        codes = {code for code in operation["x-problems"] if str(PROBLEMS[code].status) == status}
        examples = told["content"]["application/problem+json"]["examples"]
        assert set(examples) == codes == set(re.findall(r"\[`(\w+)`\]", told["description"]))


def examples() -> list[tuple[str, dict[str, Any], Any]]:
    """Every example of the document, with the schema that it stands beside."""
    found = []
    for name, operation in operations():
        contents = [("request", operation.get("requestBody", {}).get("content", {}))]
        for status, response in operation["responses"].items():
            contents.append((status, response.get("content", {})))
        for where, content in contents:
            for media_type in content.values():
                for title, example in media_type.get("examples", {}).items():
                    found.append((f"{name} {where} {title}", media_type["schema"], example["value"]))
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                found.append((f"{name} ?{parameter['name']}", parameter["schema"], parameter["example"]))
    problem = {"$ref": "#/components/schemas/Problem"}
    return found + [(code, problem, each["value"]) for code, each in published()["components"]["examples"].items()]


def test_every_example_is_one_of_its_schema() -> None:
    resource = Resource.from_contents(published(), default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:published", resource)
    faults = []
    for name, schema, value in examples():
        absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:published#/'))
        validator = Draft202012Validator(absolute, registry=registry, format_checker=FORMATS)
        faults += [f"{name}: {fault.json_path} {fault.message}" for fault in validator.iter_errors(value)]
    assert not faults


def test_every_field_says_what_it_is() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in published()["components"]["schemas"].items()
        for field, member in schema.get("properties", {}).items()
        if not member.get("description")
    ]
    assert not silent


def test_no_words_are_left_over() -> None:
    named = {operation["operationId"] for _, operation in operations()}
    assert set(prose.operations()) <= named and set(prose.exchanges()) <= named
    schemas = published()["components"]["schemas"]
    members = {f"{name}.{field}" for name, schema in schemas.items() for field in schema.get("properties", {})}
    anywhere = {f"*.{member.partition('.')[2]}" for member in members}
    assert set(prose.fields()) <= members | anywhere


def test_the_introduction_leads_to_operations_that_there_are() -> None:
    named = {f"{operation['tags'][0]}/operation/{operation['operationId']}" for _, operation in operations()}
    assert set(re.findall(r"#tag/([\w/]+)", PUBLISHED.read_text())) <= named
    assert "#operation/" not in PUBLISHED.read_text()


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
