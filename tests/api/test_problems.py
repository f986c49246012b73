"""The table of problems is whole, in both languages, and every exception has its row."""

import re

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest
from rest_framework import exceptions

from api.problems import (
    FIELD_ERRORS,
    PROBLEMS,
    FieldError,
    Problem,
    ProblemText,
    Text,
    body,
    pointer,
    register_problems,
)
from api.problems.handler import problem_of, problem_response

CONTRACT = {
    "not_found": 404, "forbidden": 403, "unauthenticated": 401, "token_expired": 401, "token_invalid": 401,
    "account_inactive": 403, "method_not_allowed": 405, "not_acceptable": 406, "unsupported_media_type": 415,
    "bad_request": 400, "body_invalid": 400, "body_truncated": 400, "body_too_large": 413, "body_too_slow": 408,
    "body_too_deep": 400, "text_invalid": 400, "integer_too_large": 400, "invalid": 422, "unknown_parameter": 400,
    "parameter_invalid": 400, "cursor_invalid": 400, "precondition_required": 428, "precondition_failed": 412,
    "already_exists": 409, "in_flight": 409, "idempotency_key_reused": 422, "conflict": 409, "gone": 410,
    "rate_limited": 429, "unavailable": 503, "storage_unavailable": 503, "database_unavailable": 503, "internal": 500,
}  # fmt: skip


def test_the_codes_of_the_contract_have_their_status() -> None:
    assert {code: PROBLEMS[code].status for code in CONTRACT} == CONTRACT


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_speaks_both_languages_in_whole_sentences(code: str) -> None:
    row = PROBLEMS[code]
    assert re.fullmatch("[a-z][a-z_]*", code)
    for text in (row.title, row.detail, row.action):
        assert text.vi != text.en
    for sentence in (*row.detail, *row.action):
        assert sentence.endswith(".")
        assert sentence[0].isupper()
    for language in ("vi", "en"):
        told = body(Problem(code), language, "id")
        assert "{" not in told["title"] + told["detail"]
        assert "[" not in told["detail"]


@pytest.mark.parametrize("code", sorted(FIELD_ERRORS))
def test_every_field_error_speaks_both_languages(code: str) -> None:
    text = FIELD_ERRORS[code]
    assert text.vi != text.en
    assert all(sentence.endswith(".") for sentence in text)


def test_a_problem_is_told_as_the_contract_says() -> None:
    problem = Problem("invalid", errors=[FieldError("/name", "too_long", {"max": 20})])
    assert body(problem, "en", "some-id") == {
        "type": "/problems/invalid",
        "title": "The data is not valid",
        "status": 422,
        "detail": "One or more fields are not valid; see “errors”. Correct them and send it again.",
        "code": "invalid",
        "errors": [{"pointer": "/name", "code": "too_long", "detail": "This is too long; at most 20 characters."}],
        "request_id": "some-id",
    }
    assert body(problem, "vi", "some-id")["errors"][0]["detail"] == "Dài quá; tối đa 20 ký tự."


def test_a_limit_that_nobody_named_is_left_out() -> None:
    told = body(Problem("invalid", errors=[FieldError("/name", "too_long")]), "en", "")
    assert told["errors"][0]["detail"] == "This is too long."


def test_extras_become_members() -> None:
    assert body(Problem("precondition_failed", current={"version": 3}), "vi", "")["current"] == {"version": 3}


def test_a_code_is_taken_once() -> None:
    row = ProblemText(404, Text("a", "b"), Text("a", "b"), Text("a", "b"))
    with pytest.raises(ValueError, match="not_found"):
        register_problems({"not_found": row})
    register_problems({"not_found": PROBLEMS["not_found"]})


def test_pointers_escape_what_they_must() -> None:
    assert pointer("a/b", 3, "c~d") == "/a~1b/3/c~0d"
    assert pointer() == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Http404(), "not_found"),
        (PermissionDenied(), "forbidden"),
        (SuspiciousOperation(), "bad_request"),
        (RequestDataTooBig(), "body_too_large"),
        (OperationalError("server closed the connection"), "database_unavailable"),
        (exceptions.NotAuthenticated(), "unauthenticated"),
        (exceptions.AuthenticationFailed(), "token_invalid"),
        (exceptions.PermissionDenied(), "forbidden"),
        (exceptions.NotFound(), "not_found"),
        (exceptions.MethodNotAllowed("GET"), "method_not_allowed"),
        (exceptions.NotAcceptable(), "not_acceptable"),
        (exceptions.UnsupportedMediaType("text/plain"), "unsupported_media_type"),
        (exceptions.ParseError(), "body_invalid"),
        (KeyError("phone"), "internal"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_exception_has_its_problem(error: Exception, code: str) -> None:
    assert problem_of(error).code == code


def test_retry_after_has_jitter() -> None:
    waits = {
        int(problem_response(Problem("unavailable", retry_after_s=100), HttpRequest()).headers["Retry-After"])
        for _ in range(50)
    }
    assert len(waits) > 10
    assert min(waits) >= 100
    assert max(waits) <= 200


@pytest.mark.parametrize(
    "code", ["unavailable", "database_unavailable", "storage_unavailable", "rate_limited", "in_flight"]
)
def test_what_passes_says_when_to_come_back(code: str) -> None:
    assert int(problem_response(Problem(code), HttpRequest()).headers["Retry-After"]) >= 1


def test_401_names_the_scheme_and_what_is_wrong_with_a_token() -> None:
    assert problem_response(Problem("unauthenticated"), HttpRequest()).headers["WWW-Authenticate"] == (
        'Bearer realm="anthon"'
    )
    assert problem_response(Problem("token_expired"), HttpRequest()).headers["WWW-Authenticate"] == (
        'Bearer realm="anthon", error="invalid_token"'
    )
