"""The OpenAPI document: what spectacular can't know by itself: merge kinds, problems, headers, the order of things."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import SafeDumper

from api import prose
from api.example_schema import add_examples
from api.fields import Wired
from api.problem_schema import (
    HEADERS,
    Problem,
    header_refs,
    phrase,
    problem_answers,
    problem_codes,
    problem_examples,
    share,
)
from api.records import record_types
from api.resource_schema import answer_of
from api.shapes import IDENTITY, RecordSerializer

if TYPE_CHECKING:
    from api.views import ApiView

# PyYAML speaks YAML 1.1, where 068 is no number; to readers of 1.2 it is, so texts of digits are put in quotes.
SafeDumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"0[0-9]+"), ["0"])

_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and body again within 30 days get the first answer; another body is 422.",
}
_NULL_ENUM = {"$ref": "#/components/schemas/NullEnum"}
_TAGS = {
    "meta": "Whether an app is new enough, what the limits are, and what values are called.",
    "auth": "Sessions: who asks, on which phone, and what that means.",
    "users": "Accounts: who they are, where they belong, their codes, and what their phones delivered.",
    "grants": "Roles over an area and all below it: given, confirmed by a second person where need be, ended.",
    "sessions": "Devices that are signed in, as those who look after people see them.",
    "exports": "Files that a worker writes: the audit trail, and all that is kept about oneself.",
    "data_requests": "What people ask about their own data, and breaches: the law's registers, with deadlines.",
    "audit_events": "What was done, by whom, where; and the signed heads that nobody can go behind.",
    "imports": "Hamlets, teams, people and roles from spreadsheets: checked whole, applied whole or not at all.",
    "webhooks": "Other systems that are told of events in an area: signed, tried for a day, each message under one id.",
    "tips": "What people tell the police: nothing is kept of who, and the source is sealed for the police alone.",
    "sync": "An area is a stream: phones pull what changed, and push what happened.",
}
INFO: dict[str, Any] = {
    "summary": "Patrols, observations and photos of Viet Nam's hamlet self-management teams, offline first.",
    "contact": {"name": "Whoever runs the house of your province"},
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
SERVERS = [
    {
        "url": "{origin}",
        "description": "Your province's house, or one of your own that `./anthon up` started",
        "variables": {
            "origin": {"default": "http://127.0.0.1:8000", "description": "Scheme, host and port, without a slash"}
        },
    }
]
_ORDER = ("operationId", "summary", "description", "tags", "security", "parameters", "requestBody", "responses")


class Schema(AutoSchema):
    """Adds to fields how they merge, and to operations their problems, headers and summaries."""

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args)
        if operation is None:
            return None
        if self._writes_once():
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        for status, response in operation["responses"].items():
            _describe(operation, int(status), response, self._tagged(operation))
        codes = problem_codes(self.view, self.method, operation)
        operation["responses"] |= problem_answers(codes)
        operation["x-problems"] = codes
        self.resolve_serializer(Problem, "response")
        _add_words(operation)
        add_examples(operation)
        return {name: operation[name] for name in (*_ORDER, *operation) if name in operation}

    def get_override_parameters(self) -> list[Any]:
        """The view's query parameters, before what its method adds."""
        return list(cast("ApiView", self.view).parameters_of(self.method))

    def _writes_once(self) -> bool:
        """Whether an `Idempotency-Key` counts here."""
        view = cast("ApiView", self.view)
        return view._mode() == "write" and view.keeps_answers and not view.public

    def _tagged(self, operation: dict[str, Any]) -> bool:
        """Whether the answer is a single record, or says by 304 that nothing is new."""
        serializer = self.get_response_serializers()
        kinds = serializer.values() if isinstance(serializer, dict) else [serializer]
        records = any(
            isinstance(kind, type) and (issubclass(kind, RecordSerializer) or getattr(kind, "tagged", False))
            for kind in kinds
        )
        return records or "304" in operation["responses"]

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        of_record = isinstance(field, Wired) and isinstance(field.parent, RecordSerializer)
        if schema and of_record and field.field_name not in IDENTITY:
            schema = {**schema, "x-merge": field.merge}
        return schema


def _describe(operation: dict[str, Any], status: int, response: dict[str, Any], tagged: bool) -> None:
    """A success: what it is called, and its headers."""
    if response.get("description") in ("", "No response body"):
        response["description"] = phrase(status)
    names = ["ETag"] if tagged and status in (200, 201, 304) else []
    names += ["Location"] if status in (201, 302) else []
    if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ())):
        names.append("Idempotent-Replayed")
    response["headers"] = header_refs(names)


def _add_words(operation: dict[str, Any]) -> None:
    """What was written about it; types of the tests alone have what their views say."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter.setdefault("description", "Its id; of what lies outside one's areas, 404.")
    words = prose.operations().get(operation["operationId"])
    if words is not None:
        operation["summary"], operation["description"] = words


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The last word on the document: what it is about, its tags in order, and what operations refer to."""
    operations = [operation for item in result["paths"].values() for operation in item.values()]
    result["info"] |= INFO | {"description": prose.introduction()}
    result["servers"] = SERVERS
    result["tags"] = [{"name": name, "description": text} for name, text in _tags().items()]
    result["x-tagGroups"] = [
        {"name": "Start", "tags": ["meta", "auth"]},
        {
            "name": "Administration",
            "tags": ["users", "grants", "sessions", "imports", "exports", "data_requests", "audit_events", "webhooks"],
        },
        {"name": "Sync", "tags": ["sync"]},
        {"name": "Records", "tags": [*(kind.collection for kind in record_types().values()), "tips"]},
    ]
    components = result["components"]
    # A push reports writes too. (A server of fewer routes, as tests have, may have neither.)
    for kind in record_types().values():
        if kind.acknowledgement is not None and "MutationResult" in components["schemas"]:
            added = components["schemas"][answer_of(kind).__name__]["properties"]
            own = components["schemas"][kind.serializer.__name__]["properties"]
            components["schemas"]["MutationResult"]["properties"] |= {n: s for n, s in added.items() if n not in own}
    components["headers"] = HEADERS
    refusals = [(each["responses"], status) for each in operations for status in each["responses"] if status >= "400"]
    components["responses"] = share(refusals)
    components["examples"] = problem_examples(code for each in operations for code in each["x-problems"])
    _split_inputs(operations, components["schemas"])
    # Spectacular's name for "or null" of an enum.
    components["schemas"].pop("NullEnum", None)
    for name, schema in components["schemas"].items():
        _describe_fields(name, schema)
    _lead_to_operations([result["info"], *operations], {each["operationId"]: each["tags"][0] for each in operations})
    for operation in operations:
        # Nobody has to sign in here: said, since silence could be an oversight.
        operation.setdefault("security", [])
    return result | {"components": dict(sorted(components.items()))}


def _lead_to_operations(told: list[dict[str, Any]], tags: dict[str, str]) -> None:
    """Links to `#operation/<id>` as links to where readers show it."""

    def address(found: re.Match[str]) -> str:
        return f"#tag/{tags[found[1]]}/operation/{found[1]}" if found[1] in tags else found[0]

    for each in told:
        each["description"] = re.sub(r"#operation/(\w+)", address, each.get("description", ""))


def _split_inputs(operations: list[dict[str, Any]], schemas: dict[str, Any]) -> None:
    """What is sent has no fields that only the server sets: else generated clients would demand them."""
    wholes = set()
    for operation in operations:
        for content in operation.get("requestBody", {}).get("content", {}).values():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            derived = [
                field for field, each in schemas.get(name, {}).get("properties", {}).items() if _is_derived(each)
            ]
            if not derived:
                continue
            whole, sent = schemas[name], name if name.startswith("Patched") else f"{name}Input"
            schemas[sent] = whole | {
                "properties": {field: each for field, each in whole["properties"].items() if field not in derived},
                "required": [field for field in whole.get("required", ()) if field not in derived],
            }
            if not schemas[sent]["required"]:
                del schemas[sent]["required"]
            content["schema"] = {"$ref": f"#/components/schemas/{sent}"}
            wholes.add(name)
    told = json.dumps([operations, schemas], default=str)
    for name in wholes:
        if f'"#/components/schemas/{name}"' not in told:
            schemas.pop(name, None)  # only ever sent


def _is_derived(member: dict[str, Any]) -> bool:
    return bool(member.get("readOnly"))


def _describe_fields(name: str, schema: dict[str, Any]) -> None:
    """Give each field the words that were written for it, if it has none of its own."""
    plain = name.removeprefix("Patched").removesuffix("Acknowledged").removesuffix("Input")
    for field, member in schema.get("properties", {}).items():
        words = (
            prose.fields().get(f"{name}.{field}")
            or prose.fields().get(f"{plain}.{field}")
            or prose.fields().get(f"*.{field}")
        )
        if _NULL_ENUM in member.get("oneOf", ()):
            member["oneOf"] = [each for each in member["oneOf"] if each != _NULL_ENUM] + [{"type": "null"}]
        if {} in member.get("oneOf", ()):
            del member["oneOf"]  # any value, null too: an empty schema says it
        if words and not member.get("description"):
            member["description"] = words


def _tags() -> dict[str, str]:
    """The tags of the wire, then a tag for each collection."""
    collections = {
        kind.collection: " ".join((kind.serializer.__doc__ or "").split("\n\n")[0].split())
        for kind in record_types().values()
    }
    return _TAGS | collections
