"""The exception that every refusal is, and the registry of codes that it may carry."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Text(NamedTuple):
    """One sentence in both languages. `{name}` takes a parameter; a part in `[…]` goes if its parameter is missing."""

    vi: str
    en: str


class ProblemText(NamedTuple):
    """A row of the table: the status, what it is called, what happened, and what to do about it."""

    status: int
    title: Text
    detail: Text
    action: Text


class FieldError(NamedTuple):
    """One mistake in a body: where (a JSON pointer, RFC 6901), which (a code of `FIELD_ERRORS`), with what limits."""

    pointer: str
    code: str
    params: Mapping[str, object] = _NOTHING


PROBLEMS: dict[str, ProblemText] = {}
FIELD_ERRORS: dict[str, Text] = {}


def register_problems(table: Mapping[str, ProblemText]) -> None:
    """Add an app's own problems to the table; a code that another app took already is a programming error."""
    _add(PROBLEMS, table)


def register_field_errors(table: Mapping[str, Text]) -> None:
    """Add an app's own field error codes."""
    _add(FIELD_ERRORS, table)


def _add(known: dict[str, Any], table: Mapping[str, Any]) -> None:
    taken = [code for code, text in table.items() if known.get(code, text) != text]
    if taken:
        raise ValueError(f"these codes mean something else already: {', '.join(sorted(taken))}")
    known.update(table)


class Problem(Exception):
    """A refusal with a code of the table. Keyword extras (`current=…`) become members of the body."""

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        retry_after_s: float | None = None,
        params: Mapping[str, object] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.text = PROBLEMS[code]
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.retry_after_s = retry_after_s
        self.params = params or _NOTHING
        self.extra = extra

    @property
    def status(self) -> int:
        return self.text.status
