"""From any exception to its problem, and from a problem to the answer: for views, for REST framework and for Django."""

import logging
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from api.negotiation import language_of
from api.problems.database import database_problem
from api.problems.problem import FIELD_ERRORS, FieldError, Problem
from api.problems.render import MEDIA_TYPE, body, pointer
from api.rendering import dumps

logger = logging.getLogger("anthon.crash")

# What is worth asking again soon, and the least time to wait; the answer spreads callers over twice that.
_WAITS_S = {409: 1.0, 429: 5.0, 503: 2.0}

_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.NotAuthenticated, "unauthenticated"),
    (exceptions.AuthenticationFailed, "token_invalid"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.ParseError, "body_invalid"),
    (RequestDataTooBig, "body_too_large"),
    (SuspiciousOperation, "bad_request"),
)

# REST framework's own codes, for serializers that aren't made of strict fields.
_FIELD_CODES = {
    "max_length": "too_long",
    "min_length": "too_short",
    "max_value": "too_large",
    "min_value": "too_small",
    "not_a_list": "wrong_type",
    "not_a_dict": "wrong_type",
    "incorrect_type": "wrong_type",
    "does_not_exist": "not_found",
    "unique": "already_exists",
    "empty": "too_few_items",
}


def problem_of(error: Exception) -> Problem:
    """The problem that an exception amounts to; what nobody foresaw is `internal` and logged without its message."""
    match error:
        case Problem():
            return error
        case exceptions.ValidationError():
            return Problem("invalid", errors=list(_field_errors(error.detail)))
        case exceptions.MethodNotAllowed():
            return Problem("method_not_allowed")
        case exceptions.Throttled():
            return Problem("rate_limited", retry_after_s=getattr(error, "wait", None))
        case DatabaseError() | InterfaceError() if problem := database_problem(error):
            return problem
    for kind, code in _BY_TYPE:
        if isinstance(error, kind):
            return Problem(code)
    return Problem("internal")


def problem_response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The answer to this request in its language. An unforeseen one should go through `crash_response`."""
    request_id = str(getattr(request, "request_id", ""))
    language = language_of(request.META.get("HTTP_ACCEPT_LANGUAGE"))
    response = HttpResponse(dumps(body(problem, language, request_id)), status=problem.status, content_type=MEDIA_TYPE)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    if problem.status == 401:
        invalid = ', error="invalid_token"' if problem.code.startswith("token_") else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="anthon"{invalid}'
    wait = problem.retry_after_s
    if wait is None and (problem.status in (429, 503) or problem.code == "in_flight"):
        wait = _WAITS_S[problem.status]
    if wait is not None:
        # Jitter, so that phones that were refused together don't come back together.
        response.headers["Retry-After"] = str(max(1, math.ceil(wait * random.uniform(1, 2))))  # noqa: S311 - no secret
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def error_response(error: Exception, request: HttpRequest) -> HttpResponse:
    """The answer to any exception; a crash is logged on the way."""
    problem = problem_of(error)
    if problem.code == "internal":
        logger.error("crash", exc_info=error, extra={"request_id": str(getattr(request, "request_id", ""))})
    return problem_response(problem, request)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's hook, for views that don't inherit `ApiView`."""
    return error_response(error, context["request"])


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(exception if isinstance(exception, RequestDataTooBig) else SuspiciousOperation(), request)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(Problem("forbidden"), request)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(Problem("not_found"), request)


def handler500(request: HttpRequest) -> HttpResponse:
    return problem_response(Problem("internal"), request)


def _field_errors(detail: Any, *at: str | int) -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, *at, *(() if name == "non_field_errors" else (name,)))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _field_errors(inner, *at, *((index,) if nested else ()))
    else:
        code = _FIELD_CODES.get(detail.code, detail.code)
        yield FieldError(pointer(*at), code if code in FIELD_ERRORS else "invalid")
