"""From any exception to its problem, and from a problem to the answer: for views and for Django."""

import logging
import math
import random

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from api.logs import hold_crash, is_untold
from api.negotiation import language_of
from api.problems.database import database_problem
from api.problems.problem import Problem
from api.problems.render import MEDIA_TYPE, body
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


def problem_of(error: Exception) -> Problem:
    """The problem that an exception amounts to; what nobody foresaw is `internal` and logged without its message."""
    match error:
        case Problem():
            return error
        case exceptions.MethodNotAllowed():
            return Problem("method_not_allowed")
        case DatabaseError() | InterfaceError() if problem := database_problem(error):
            return problem
    for kind, code in _BY_TYPE:
        if isinstance(error, kind):
            return Problem(code)
    return Problem("internal")


def problem_response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The answer to this request in its language. It logs nothing: a crash goes through `error_response`."""
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
    """The answer to any exception; a crash is logged on the way, where no line may tell its moment after the hour."""
    problem = problem_of(error)
    if problem.code == "internal" and is_untold(request):
        hold_crash(error)
    elif problem.code == "internal":
        logger.error("crash", exc_info=error, extra={"request_id": str(getattr(request, "request_id", ""))})
    return problem_response(problem, request)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(exception if isinstance(exception, RequestDataTooBig) else SuspiciousOperation(), request)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(Problem("forbidden"), request)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(Problem("not_found"), request)


def handler500(request: HttpRequest) -> HttpResponse:
    return problem_response(Problem("internal"), request)
