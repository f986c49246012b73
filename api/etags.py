"""Entity tags (RFC 9110 §8.8, §13): which version a reader holds, and which one a writer changes."""

import hashlib
import re
from collections.abc import Callable

from django.http import HttpRequest

from api.problems import Problem

_TAG = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


def etag_of(state: int | bytes) -> str:
    """The strong tag of a record's version, or of the bytes of an answer."""
    return f'"{state}"' if isinstance(state, int) else f'"{hashlib.sha256(state).hexdigest()[:32]}"'


def check_if_match(request: HttpRequest, current_etag: str, current_body: object | Callable[[], object]) -> None:
    """Refuse a change of anything but the current version: 428 without `If-Match`, 412 (with `current`) when stale.

    `current_body` may be a function, so that nobody builds the body for a write that goes through.
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None:
        raise Problem("precondition_required")
    if header.strip() != "*" and current_etag not in strong_tags(header):
        current = current_body() if callable(current_body) else current_body
        raise Problem("precondition_failed", headers={"ETag": current_etag}, current=current)


def not_modified(request: HttpRequest, etag: str) -> bool:
    """Whether the reader already holds this version, so that 304 says all."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    return header.strip() == "*" or etag in {tag for _, tag in _tags(header)}


def must_create(request: HttpRequest) -> bool:
    """Whether a `PUT` says `If-None-Match: *`: make it, never change it. Any other value there is a mistake."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    if header.strip() != "*":
        raise Problem("parameter_invalid", params={"parameter": "If-None-Match"})
    return True


def strong_tags(header: str) -> set[str]:
    """The strong tags of a header; a weak one never matches a write (RFC 9110 §13.1.1)."""
    return {tag for weak, tag in _tags(header) if not weak}


def _tags(header: str) -> list[tuple[str, str]]:
    return _TAG.findall(header)
