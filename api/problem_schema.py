"""How problems appear in the document: their shape, which of them an operation may answer, and headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from api import prose
from api.problems import PROBLEMS, ProblemText, body
from api.problems import Problem as Refusal
from api.problems.render import MEDIA_TYPE, fill

# Middleware and view answer these whatever the operation is.
_ALWAYS = {"bad_request", "unknown_parameter", "not_acceptable", "database_unavailable", "unavailable"}
_SIGNED_IN = {"unauthenticated", "token_expired", "token_invalid", "session_ended", "account_inactive"}
_WITH_METHOD_BODY = {"body_truncated", "body_too_large", "body_too_slow"}
_PARSED = {"body_invalid", "body_too_deep", "text_invalid", "integer_too_large", "unsupported_media_type"}
_IDEMPOTENT = {"in_flight", "idempotency_key_reused", "parameter_invalid"}


class ProblemError(serializers.Serializer):
    """One fault of a body."""

    pointer = serializers.CharField(help_text="Where: a JSON pointer (RFC 6901).")
    code = serializers.CharField(help_text="Which. Codes never change.")
    detail = serializers.CharField(help_text="What to correct, in the reader's language.")


class Problem(serializers.Serializer):
    """Why a request was refused (RFC 9457). `type` leads to a page that explains it and says what to do."""

    type = serializers.CharField(help_text="`/problems/<code>`")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened, and what to do next, in the reader's language.")
    code = serializers.CharField(help_text="Codes never change; go by them, not by the texts.")
    errors = ProblemError(many=True, help_text="Every fault at once; empty if the problem isn't one of fields.")  # type: ignore[assignment]
    request_id = serializers.UUIDField(help_text="For support; the same as in `X-Request-Id`.")
    current = serializers.DictField(required=False, help_text="The record as it stands, for whoever may see it.")


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "On every answer; for support.", "schema": {"type": "string", "format": "uuid"}},
    "ETag": {"description": "Strong tag of this version, for `If-Match`.", "schema": {"type": "string"}},
    "Location": {"description": "Where it is.", "schema": {"type": "string", "format": "uri-reference"}},
    "Idempotent-Replayed": {
        "description": "`true`: the answer kept under this `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "Seconds to wait before the same request is sent again, with jitter.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"description": "`Bearer`", "schema": {"type": "string"}},
    "Content-Language": {"description": "`vi` or `en`", "schema": {"type": "string", "enum": ["vi", "en"]}},
}
_OF_STATUS = {401: ["WWW-Authenticate"], 409: ["Retry-After", "ETag"], 412: ["ETag"], 429: ["Retry-After"]}
_OF_STATUS |= {503: ["Retry-After"]}
# What examples tell beside the table's texts.
_PARAMETERS: dict[str, dict[str, object]] = {
    "unknown_parameter": {"parameter": "page"},
    "parameter_invalid": {"parameter": "limit"},
    "body_too_large": {"limit": 1_048_576},
}
_UNTOLD = {"parameter": "…"}


def header_refs(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Headers of an answer, by name."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}


def problem_codes(view: Any, method: str, operation: dict[str, Any]) -> list[str]:
    """The codes that an operation may answer: what follows from its kind, and what it names itself as `x-problems`."""
    parameters = {(each["in"], each["name"]) for each in operation.get("parameters", ())}
    writes_once = ("header", "Idempotency-Key") in parameters
    has_body = method in ("POST", "PUT", "PATCH", "DELETE")
    codes = _ALWAYS | set(operation.get("x-problems", ()))
    codes |= set() if view.public else _SIGNED_IN
    codes |= {"second_factor_required"} if "forbidden" in codes else set()
    codes |= _WITH_METHOD_BODY if has_body else set()
    codes |= _PARSED if has_body and ("requestBody" in operation or writes_once) else set()
    codes |= {"invalid"} if "requestBody" in operation else set()
    codes |= _IDEMPOTENT if writes_once else set()
    codes |= {"parameter_invalid"} if any(place in ("query", "header") for place, _ in parameters) else set()
    codes |= {"cursor_invalid"} if ("query", "cursor") in parameters else set()
    codes |= {"not_found"} if any(place == "path" for place, _ in parameters) else set()
    codes |= {"precondition_required", "precondition_failed"} if ("header", "If-Match") in parameters else set()
    return sorted(codes, key=lambda code: (PROBLEMS[code].status, code))


def problem_answers(codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The answers of an operation that may be refused with these codes: by status, each with its codes told."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    return {str(status): _answer(status, sorted(found)) for status, found in sorted(by_status.items())}


def _answer(status: int, codes: list[str]) -> dict[str, Any]:
    return {
        "description": "\n".join(f"- [`{code}`](/problems/{code}): {_told(PROBLEMS[code])}" for code in codes),
        "headers": header_refs(["Content-Language", *_OF_STATUS.get(status, ())]),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def share(answers: list[tuple[dict[str, Any], str]]) -> dict[str, dict[str, Any]]:
    """Put refusals that several operations have in common into one place each: the components that they refer to then.

    `answers` are the responses of operations, and the status under which a refusal stands there.
    """
    shared: dict[str, dict[str, Any]] = {}
    for responses, status in answers:
        answer = responses[status]
        alike = [name for name, known in shared.items() if known == answer]
        name = alike[0] if alike else _free_name(status, shared)
        shared[name] = answer
        responses[status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _free_name(status: str, taken: Mapping[str, object]) -> str:
    number = sum(name.partition("_")[0] == f"Problem{status}" for name in taken)
    return f"Problem{status}_{number + 1}" if number else f"Problem{status}"


def problem_examples(codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """A document of each problem, as it is answered in English."""
    return {code: {"summary": PROBLEMS[code].title.en, "value": _document(code)} for code in sorted(set(codes))}


def _document(code: str) -> dict[str, Any]:
    """As the server answered it on the evening of the examples, if it did; else from the table."""
    for told in prose.exchanges().values():
        for exchange in told:
            if exchange["status"] >= 400 and exchange["answer"]["code"] == code:
                return exchange["answer"]
    return body(Refusal(code, params=_PARAMETERS.get(code)), "en", "01a1fe96-a81e-7b35-8f30-7d1d0e6f5b2c")


def _told(text: ProblemText) -> str:
    """What happened and what to do, in one line of the document."""
    told = " ".join(fill(each, "en", _UNTOLD) for each in (text.detail, text.action))
    return f"**{text.title.en}.** {told}"


def phrase(status: int) -> str:
    """What a success is called, for answers that nobody described."""
    return {200: "Done", 201: "Made", 204: "Done; there is nothing to say", 304: "Nothing new"}.get(
        status, HTTPStatus(status).phrase
    )
