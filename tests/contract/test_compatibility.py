"""The document may only change by addition: held against that of the last release."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml

from tests.contract.compatibility import broken
from tests.servers import ROOT


@cache
def read(name: str) -> dict[str, Any]:
    return yaml.load((ROOT / "openapi" / name).read_text(), yaml.CSafeLoader)  # type: ignore[no-any-return]


def test_clients_of_the_last_release_go_on_working() -> None:
    assert broken(read("published/v1.yaml"), read("v1.yaml")) == []


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document["components"]["schemas"][name]  # type: ignore[no-any-return]


def make_required(d: dict[str, Any]) -> None:
    schema(d, "TokenRequest")["required"].append("locale")
    schema(d, "TokenRequest")["properties"]["locale"] = {"type": "string"}


def parameter(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"]["/v1/patrols"]["get"]["parameters"][0]  # type: ignore[no-any-return]


def field(document: dict[str, Any], name: str, of: str = "Patrol") -> dict[str, Any]:
    return schema(document, of)["properties"][name]  # type: ignore[no-any-return]


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "GET /v1/patrols: gone": lambda d: d["paths"]["/v1/patrols"].pop("get"),
    "GET /v1/me: operationId me became who": lambda d: d["paths"]["/v1/me"]["get"].update(operationId="who"),
    "GET /v1/meta: needs a session now": lambda d: d["paths"]["/v1/meta"]["get"].update(security=[{"session": []}]),
    "GET /v1/patrols ?area: gone": lambda d: d["paths"]["/v1/patrols"]["get"]["parameters"].pop(0),
    "GET /v1/patrols ?area: required now": lambda d: parameter(d).update(required=True),
    ".distance_m: gone": lambda d: schema(d, "Patrol")["properties"].pop("distance_m"),
    ".distance_m: integer became string": lambda d: field(d, "distance_m").update(type="string"),
    ".note: maxLength 4000 became 100": lambda d: field(d, "note", "ObservationInput").update(maxLength=100),
    ".version: optional now": lambda d: schema(d, "Patrol")["required"].remove("version"),
    ".locale: required now": make_required,
    ": value urgent gone": lambda d: schema(d, "Severity")["enum"].remove("urgent"),
    "POST /v1/patrols: 201 gone": lambda d: d["paths"]["/v1/patrols"]["post"]["responses"].pop("201"),
}  # fmt: skip


@pytest.mark.parametrize("fault", CHANGES)
def test_what_would_break_a_client_is_named(fault: str) -> None:
    changed = copy.deepcopy(read("v1.yaml"))
    CHANGES[fault](changed)
    assert [each for each in broken(read("v1.yaml"), changed) if each.endswith(fault)]


def test_additions_break_nothing() -> None:
    changed = copy.deepcopy(read("v1.yaml"))
    changed["paths"]["/v1/outings"] = changed["paths"]["/v1/patrols"]
    schema(changed, "Patrol")["properties"]["weather"] = {"type": "string"}
    schema(changed, "Severity")["enum"].append("disaster")
    changed["paths"]["/v1/patrols"]["get"]["parameters"].append(
        {"in": "query", "name": "shift", "schema": {"type": "string"}}
    )
    assert broken(read("v1.yaml"), changed) == []
