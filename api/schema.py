"""The OpenAPI document: what spectacular can't know by itself: merge kinds, problems, headers, the order of things."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.openapi import AutoSchema

from api.fields import Wired
from api.problem_schema import (
    HEADERS,
    Problem,
    header_refs,
    phrase,
    problem_codes,
    problem_refs,
    problem_responses,
)
from api.records import record_types
from api.resource_schema import answer_of
from api.shapes import IDENTITY, RecordSerializer

if TYPE_CHECKING:
    from api.views import ApiView

_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and body again within 30 days get the first answer; another body is 422.",
}
_TAGS = {
    "meta": "Whether an app is new enough, what the limits are, and what values are called.",
    "auth": "Sessions: who asks, on which phone, and what that means.",
    "sync": "An area is a stream: phones pull what changed, and push what happened.",
}
DESCRIPTION = """
The API with which Viet Nam's hamlet self-management teams record patrols, observations and photos, on phones that
are often offline. Times are UTC, days are those of Asia/Ho_Chi_Minh, units stand in names.

**Refusals** are `application/problem+json` (RFC 9457). Go by `code`, which never changes; `title` and `detail` are
for people, in Vietnamese or, with `Accept-Language: en`, in English. `x-problems` lists the codes of each operation.
An unknown address is 404; a method that an address doesn't take is 405 with `Allow`. What lies outside one's areas is
answered as what isn't there. Take fields and values that you don't know: additions come without notice.

**Fields** of records say in `x-merge` how the edits of two phones meet: `atom` whole, `group:<name>` together, `set`
and `log` item by item, `derived` never sent (ignored if it is). `fixed` ones, and those without it, stay as the record
was made with them.

**A phone** makes every `id` and `mutation_id` itself, once. It keeps its queue until each mutation has a result:

| Result | What the phone does |
|---|---|
| `applied` | Takes it off the queue; the record stands at `version`. |
| `unchanged` | The same; it was stored before, and `was` says how it was answered then. |
| `merged` | Takes it off; others changed other fields, `current` is the whole. |
| `conflict` | Takes it off and shows it: the stored values of `conflicts` stand until someone chooses. |
| `gone` | Takes it off and drops the record: its id is never used again. |
| `rejected` | Sets it aside and shows `problem`; sending it again changes nothing. |
| `deferred` | Leaves it in the queue and sends it again later. |

It sends the same mutations again, with `sent_at` and `elapsed_ms` afresh, after no answer, 400 `body_truncated`, 408,
409 `in_flight`, 429 and 5xx (after `Retry-After`, if there is one); refreshes its session after 401; and after any
other 400 and 413 sends halves, down to the one mutation at fault, which it sets aside and shows. It keeps what was
acknowledged for 72 hours, and pushes it again when `epoch` changes. A photo is deleted from the phone only on a
receipt that it checked.
"""
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
        operation["responses"] |= problem_refs(codes)
        operation["x-problems"] = codes
        self.resolve_serializer(Problem, "response")
        return _with_summary(operation)

    def _writes_once(self) -> bool:
        """Whether an `Idempotency-Key` counts here."""
        view = cast("ApiView", self.view)
        return view._mode() == "write" and view.keeps_answers and not view.public

    def _tagged(self, operation: dict[str, Any]) -> bool:
        """Whether the answer is a single record, or says by 304 that nothing is new."""
        serializer = self.get_response_serializers()
        kinds = serializer.values() if isinstance(serializer, dict) else [serializer]
        records = any(isinstance(kind, type) and issubclass(kind, RecordSerializer) for kind in kinds)
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


def _with_summary(operation: dict[str, Any]) -> dict[str, Any]:
    """The first sentence of the description is the summary, unless there is one already."""
    text = " ".join(operation.get("description", "").split("\n\n")[0].split())
    if "summary" not in operation and text:
        operation["summary"] = re.split(r"(?<=[.:;])\s", text)[0].rstrip(".:;")
    if operation.get("description", "").strip().rstrip(".") == operation.get("summary"):
        del operation["description"]
    return {name: operation[name] for name in (*_ORDER, *operation) if name in operation}


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The last word on the document: what it is about, its tags in order, and what operations refer to."""
    operations = [operation for item in result["paths"].values() for operation in item.values()]
    result["info"]["description"] = DESCRIPTION.strip()
    result["tags"] = [{"name": name, "description": text} for name, text in _tags().items()]
    components = result["components"]
    # A push reports writes too. (A server of fewer routes, as tests have, may have neither.)
    for kind in record_types().values():
        if kind.acknowledgement is not None and "MutationResult" in components["schemas"]:
            added = components["schemas"][answer_of(kind).__name__]["properties"]
            own = components["schemas"][kind.serializer.__name__]["properties"]
            components["schemas"]["MutationResult"]["properties"] |= {n: s for n, s in added.items() if n not in own}
    components["headers"] = HEADERS
    components["responses"] = problem_responses({code for each in operations for code in each["x-problems"]})
    return result


def _tags() -> dict[str, str]:
    """The tags of the wire, then a tag for each collection."""
    collections = {
        kind.collection: " ".join((kind.serializer.__doc__ or "").split("\n\n")[0].split())
        for kind in record_types().values()
    }
    return _TAGS | collections
