"""The reference for people: the OpenAPI document as pages of HTML, one for each tag, to be read without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from django.utils.safestring import SafeString, mark_safe

from api.markdown import inline, slug, to_html
from api.problems import PROBLEMS
from api.problems.render import fill

_DEEPEST = 5
"""So deep fields are told."""
_LARGEST = {2147483647, -2147483647, -2147483648, 9007199254740992, -9007199254740992}
"""Bounds of the type, which say nothing of the field."""
_BOUNDS = (
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minimum", "from {}"),
    ("maximum", "to {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
)
Fields = list["Field"]


class Field(NamedTuple):
    """A field, a parameter or a header, as it is told."""

    name: str
    kind: str
    required: bool
    merge: str
    values: list[str]
    text: SafeString
    fields: Fields


class Operation(NamedTuple):
    """An operation with all that its reader asks for."""

    id: str
    method: str
    path: str
    summary: str
    text: SafeString
    public: bool
    parameters: Fields
    body: Fields
    answers: list[dict[str, Any]]
    refusals: list[tuple[int, list[tuple[str, str]]]]
    samples: list[dict[str, str]]
    example: str
    words: str


class Tag(NamedTuple):
    """A page of operations."""

    name: str
    text: SafeString
    operations: list[Operation]


class Reference:
    """The document, made ready for the templates."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.version = document["info"]["version"]
        self.introduction = _html(document["info"]["description"])
        self.sections = [(slug(name), name) for name in re.findall(r"^## (.+)$", document["info"]["description"], re.M)]
        texts = {tag["name"]: tag["description"] for tag in document["tags"]}
        self.groups = [
            (group["name"], [Tag(name, _html(texts[name]), list(self._operations(name))) for name in group["tags"]])
            for group in document["x-tagGroups"]
        ]
        self.tags = {tag.name: tag for _, tags in self.groups for tag in tags}

    def _operations(self, tag: str) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method, told in item.items():
                if told["tags"][0] == tag:
                    yield self._operation(method.upper(), path, told)

    def _operation(self, method: str, path: str, told: dict[str, Any]) -> Operation:
        parameters = [
            self._field(each["name"], each["schema"], each.get("required", False), each.get("description"), 1)
            for each in told.get("parameters", ())
        ]
        contents = told.get("requestBody", {}).get("content", {})
        body = self._fields(next(iter(contents.values()))["schema"]) if contents else []
        answers = [self._answer(int(status), each) for status, each in told["responses"].items() if status < "400"]
        names = [field.name for field in (*parameters, *body, *(f for each in answers for f in each["fields"]))]
        return Operation(
            id=told["operationId"],
            method=method,
            path=path,
            summary=told["summary"],
            text=_html(told["description"]),
            public=not told["security"],
            parameters=parameters,
            body=body,
            answers=answers,
            refusals=_refusals(told["x-problems"]),
            samples=told.get("x-codeSamples", []),
            example=next((each["example"] for each in answers if each["example"]), ""),
            words=" ".join(dict.fromkeys([told["operationId"], method, path, told["summary"], *names])).lower(),
        )

    def _answer(self, status: int, told: dict[str, Any]) -> dict[str, Any]:
        content: dict[str, Any] = next(iter(told.get("content", {}).values()), {})
        examples = [each["value"] for each in content.get("examples", {}).values()]
        return {
            "status": status,
            "text": _inline(told["description"]),
            "fields": self._fields(content.get("schema", {})),
            "headers": [name for name in told.get("headers", ()) if name != "X-Request-Id"],
            "example": orjson.dumps(examples[0], option=orjson.OPT_INDENT_2).decode() if examples else "",
        }

    def _fields(self, schema: dict[str, Any], depth: int = 1) -> Fields:
        """Those of an object, or of the objects in a list."""
        whole = self._whole(schema)
        if "items" in whole:
            return self._fields(whole["items"], depth)
        if depth > _DEEPEST:
            return []
        required = set(whole.get("required", ()))
        return [
            self._field(name, member, name in required, None, depth)
            for name, member in whole.get("properties", {}).items()
        ]

    def _field(self, name: str, schema: dict[str, Any], required: bool, text: str | None, depth: int) -> Field:
        whole = self._whole(schema)
        inner = self._whole(whole["items"]) if "items" in whole else whole
        bounds = [words.format(whole[key]) for key, words in _BOUNDS if key in whole and whole[key] not in _LARGEST]
        return Field(
            name=name,
            kind=", ".join([self._kind(schema), *bounds]),
            required=required,
            merge=whole.get("x-merge", ""),
            values=[str(value) for value in inner.get("enum", ()) if value is not None],
            text=_inline(" ".join((text or whole.get("description", "")).split())),
            fields=self._fields(schema, depth + 1),
        )

    def _kind(self, schema: dict[str, Any]) -> str:
        """The type in words: `list of uuid`, `integer or null`."""
        whole = self._whole(schema)
        if "items" in whole:
            kind = f"list of {self._kind(whole['items'])}"
        else:
            types = whole.get("type", "anything")
            names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
            shown = whole.get("format", "")
            kind = shown if shown in ("uuid", "date", "date-time", "uri") else " or ".join(names)
        types = whole.get("type", ())
        return f"{kind} or null" if whole.get("nullable") or (isinstance(types, list) and "null" in types) else kind

    def _whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with what it refers to; what stands beside the reference counts more."""
        whole: dict[str, Any] = {}
        if "$ref" in schema:
            whole |= self._whole(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            if part.get("type") == "null" or part.get("enum") == [None]:
                whole["nullable"] = True
            else:
                whole |= self._whole(part)
        return whole | {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "oneOf", "anyOf")}


def _refusals(codes: list[str]) -> list[tuple[int, list[tuple[str, str]]]]:
    """The problems by status, each with its title."""
    found: dict[int, list[tuple[str, str]]] = {}
    for code in codes:
        found.setdefault(PROBLEMS[code].status, []).append((code, fill(PROBLEMS[code].title, "en", {})))
    return sorted(found.items())


def _html(text: str) -> SafeString:
    return mark_safe(_to_pages(to_html(text)))  # noqa: S308 - our own words, escaped by to_html


def _inline(text: str) -> SafeString:
    """A line of our own words, as HTML."""
    return mark_safe(_to_pages(inline(text)))  # noqa: S308 - escaped by inline


def _to_pages(text: str) -> str:
    """Links to operations, as the document has them, lead to our pages."""
    return re.sub(r'href="#tag/(\w+)/operation/(\w+)"', r'href="/docs/reference/\1#\2"', text)
