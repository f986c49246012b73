"""The client of every HTTP test: it checks each answer, refusals included, against the OpenAPI document.

What the document doesn't name fails the test: a status, a media type, a member of an answer, a header that clients go
by. Ask with `signed_in(person)` or the fixture `as_`.
"""

from __future__ import annotations

import copy
import json
import re
import uuid
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from accounts.tokens import access_token
from tests.cast import Person

# Pages for people, the document itself and the probes of whoever runs the server are no part of the API.
_BESIDE = re.compile(r"^/$|^/(docs|problems)(/|$)|^/(healthz|readyz|metrics|v1/openapi\.(json|yaml))$")
_HEADERS = ("ETag", "Location", "Retry-After", "WWW-Authenticate", "Idempotent-Replayed")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("uuid", raises=ValueError)
def _canonical_uuid(value: object) -> bool:
    return not isinstance(value, str) or str(uuid.UUID(value)) == value


@FORMATS.checks("date-time")
def _canonical_moment(value: object) -> bool:
    """In UTC with milliseconds and `Z`, as everywhere on this wire."""
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value))


@FORMATS.checks("date")
def _day(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))


class CheckedClient(Client):
    """Django's test client; every answer must be one that the document describes. A crash is an answer too: 500."""

    def __init__(self, person: Person | None = None, **kwargs: Any) -> None:
        headers = dict(kwargs.pop("headers", None) or {})
        if person is not None:
            token = access_token(user_id=person.user_id, session_id=person.session_id)
            headers["Authorization"] = f"Bearer {token}"
        super().__init__(raise_request_exception=False, headers=headers, **kwargs)

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        check(request["REQUEST_METHOD"], request["PATH_INFO"], response)
        return response


def signed_in(person: Person | None) -> CheckedClient:
    """A client that sends this person's access token; nobody's for None."""
    return CheckedClient(person)


def check(method: str, path: str, response: HttpResponse) -> None:
    """Fail unless the document says that this method on this path may be answered so."""
    if _BESIDE.match(path) and response.headers.get("Content-Type") != "application/problem+json":
        return
    where = f"{method} {path} → {response.status_code}"
    assert uuid.UUID(response.headers["X-Request-Id"]), where
    described = _described(method.lower(), path, response.status_code)
    if method == "OPTIONS" and response.status_code == 204:
        return
    assert described is not None, f"{where} is not in the document: {response.content[:500]!r}"
    for name in _HEADERS:
        if response.has_header(name):
            assert name in described.get("headers", {}), f"{where}: undocumented header {name}"
    _check_body(where, method, described, response)
    if response.headers.get("Content-Type") == "application/problem+json" and method != "HEAD":
        code, declared = json.loads(response.content)["code"], (operation_of(method, path) or {}).get("x-problems")
        assert declared is None or code in declared, f"{where}: {code} is not among the operation's problems"


def _check_body(where: str, method: str, described: dict[str, Any], response: HttpResponse) -> None:
    contents = described.get("content")
    if not contents or method == "HEAD":
        assert response.content == b"", f"{where} has a body that the document doesn't name"
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    assert media_type in contents, f"{where}: {media_type} is not in the document"
    if not media_type.endswith("json"):
        return
    body = json.loads(response.content)
    faults = [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
        for fault in _validator(json.dumps(contents[media_type]["schema"])).iter_errors(body)
    ]
    assert not faults, f"{where} breaks its schema: {'; '.join(faults)[:2000]}\n{response.content[:2000]!r}"
    if media_type == "application/problem+json":
        assert body["status"] == response.status_code and body["request_id"] == response.headers["X-Request-Id"], where


def _described(method: str, path: str, status: int) -> dict[str, Any] | None:
    """What the document says of an answer; what holds for every address stands in its introduction."""
    operations = _operations(path)
    operation = (operations or {}).get("get" if method == "head" else method)
    if operation is None:
        expected = 404 if operations is None else 405
        content = {"application/problem+json": {"schema": {"$ref": _PROBLEM}}}
        universal = {"headers": {"Retry-After": {}}, "content": content}
        return universal if status == expected or _BESIDE.match(path) else None
    found = operation["responses"].get(str(status))
    if found and "$ref" in found:
        found = document()["components"]["responses"][found["$ref"].rpartition("/")[2]]
    return found  # type: ignore[no-any-return]


_DOCUMENT = "urn:openapi"
_PROBLEM = "#/components/schemas/Problem"


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The operation that the document names for a method on a concrete path."""
    return (_operations(path) or {}).get(method.lower())


def _operations(path: str) -> dict[str, Any] | None:
    if _BESIDE.match(path):
        return {}
    return next((item for pattern, item in _paths() if pattern.fullmatch(path)), None)


@cache
def document() -> dict[str, Any]:
    """The document of this process, with the record type that only the tests have."""
    return SchemaGenerator(urlconf="api.urls").get_schema(request=None, public=True)  # type: ignore[no-any-return,no-untyped-call]


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Every path as a pattern, plain ones before those with a parameter in the same place."""
    paths = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    known = r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=templates/)[a-z]+|(?<=receipts/)[0-9 .-]+)"
    return [(re.compile(re.sub(r"\\{\w+\\}", known, re.escape(path))), item) for path, item in paths]


@cache
def _validator(schema: str) -> Draft202012Validator:
    """The validator of a schema of the document, in which no object has members that it doesn't name."""
    registry = Registry().with_resource(_DOCUMENT, Resource.from_contents(_strict(), default_specification=DRAFT202012))
    absolute = json.loads(schema.replace('"#/', f'"{_DOCUMENT}#/'))
    return Draft202012Validator(absolute, registry=registry, format_checker=FORMATS)


@cache
def _strict() -> dict[str, Any]:
    strict = copy.deepcopy(document())
    for schema in strict["components"]["schemas"].values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return strict
