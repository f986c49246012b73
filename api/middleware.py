"""What every request gets, whatever answers it: an id, a safe host, headers, compression, and one line in the log."""

import gzip
import time
from collections.abc import Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from api import logs, metrics
from api.ids import uuid7
from api.negotiation import accepts_gzip
from api.problems import Problem
from api.problems.handler import problem_response

_GZIP_FROM_BYTES = 500
_GZIP_LEVEL = 5
_GZIPPED_TYPES = frozenset(
    {
        "application/json",
        "application/problem+json",
        "application/vnd.oai.openapi",
        "application/yaml",
        "text/css",
        "text/html",
        "text/javascript",
    }
)
_GZIP_MARK = '-gzip"'

# As Django keeps headers: each name in lower case with the pair that is sent. Set one by one, they cost 5% of a read.
_HEADERS = {
    name.lower(): (name, value)
    for name, value in (
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    )
}


class RequestMiddleware:
    """The outermost middleware; `request.request_id` is a UUIDv7 of ours, since a caller's would prove nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        metrics.began()
        request.request_id = uuid7()  # type: ignore[attr-defined]
        had_mark = _unmark_tags(request.META)
        response = _refused(request) or self.get_response(request)
        request_id = "X-Request-Id", str(request.request_id)  # type: ignore[attr-defined]
        response.headers._store = {**_HEADERS, **response.headers._store, "x-request-id": request_id}
        if isinstance(response, HttpResponse):
            _compress(request, response, had_mark)
            if not response.content:
                response.headers.pop("Content-Type", None)  # Django's own, of nothing
            if response.status_code not in (204, 304):
                response.headers.setdefault("Content-Length", str(len(response.content)))
        _log(request, response, began)
        return response


def _refused(request: HttpRequest) -> HttpResponse | None:
    """What no view should have to think of: a host that isn't ours, a NUL in the path."""
    try:
        request.get_host()
    except DisallowedHost:
        return problem_response(Problem("bad_request"), request)
    return problem_response(Problem("not_found"), request) if "\x00" in request.path_info else None


def _unmark_tags(meta: dict[str, Any]) -> bool:
    """Views know one tag for a record; the mark of its compressed form is taken off on the way in."""
    found = False
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
        if _GZIP_MARK in meta.get(name, ""):
            meta[name] = meta[name].replace(_GZIP_MARK, '"')
            found = True
    return found


def _compress(request: HttpRequest, response: HttpResponse, had_mark: bool) -> None:
    """gzip for JSON of some size. A strong tag names bytes, so the compressed form has its own, marked `-gzip`."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    tag = response.headers.get("ETag", "")
    if response.status_code == 304:
        if had_mark and tag.endswith('"'):
            response.headers["ETag"] = tag[:-1] + _GZIP_MARK
        return
    if media_type not in _GZIPPED_TYPES or response.has_header("Content-Encoding"):
        return
    patch_vary_headers(response, ["Accept-Encoding"])
    if len(response.content) < _GZIP_FROM_BYTES or not accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING")):
        return
    response.content = gzip.compress(response.content, compresslevel=_GZIP_LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
    if tag.endswith('"'):
        response.headers["ETag"] = tag[:-1] + _GZIP_MARK


def _log(request: HttpRequest, response: HttpResponseBase, began: float) -> None:
    """The route's pattern, never its query, body or who asked: none of it may be joined to a person later.

    What must leave no moment behind (`ApiView.unlogged`) isn't told of at all.
    """
    if logs.is_untold(request):
        metrics.ended_untold()
        return
    match = request.resolver_match
    seconds = time.perf_counter() - began
    metrics.ended(request.method, match.route if match else None, response.status_code, seconds)
    logs.tell_request(
        request_id=str(request.request_id),  # type: ignore[attr-defined]
        method=request.method,
        route=match.route if match else None,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        bytes_out=len(response.content) if isinstance(response, HttpResponse) else None,
    )
