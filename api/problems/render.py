"""How a problem is written: RFC 9457 members in the language that the request asked for."""

import re
from collections.abc import Mapping
from typing import Any

from api.problems.problem import FIELD_ERRORS, FieldError, Problem, Text

MEDIA_TYPE = "application/problem+json"
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")


def body(problem: Problem, language: str, request_id: str) -> dict[str, Any]:
    """The members of the answer; `detail` says what happened and what to do next."""
    text = problem.text
    return {
        "type": f"/problems/{problem.code}",
        "title": fill(text.title, language, problem.params),
        "status": text.status,
        "detail": f"{fill(text.detail, language, problem.params)} {fill(text.action, language, problem.params)}",
        "code": problem.code,
        "errors": [
            {"pointer": error.pointer, "code": error.code, "detail": field_error_text(error, language)}
            for error in problem.errors
        ],
        "request_id": request_id,
        **problem.extra,
    }


def field_error_text(error: FieldError, language: str) -> str:
    """What is wrong with one field, in one language."""
    return fill(FIELD_ERRORS[error.code], language, error.params)


def fill(text: Text, language: str, params: Mapping[str, object]) -> str:
    """The text with its parameters; an optional part whose parameter is missing falls away."""
    chosen = text.en if language == "en" else text.vi

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(name in params for name in _NAME.findall(match[1])) else ""

    return _NAME.sub(lambda match: str(params.get(match[1], "…")), _OPTIONAL.sub(optional, chosen))


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) to the member that these parts lead to."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
