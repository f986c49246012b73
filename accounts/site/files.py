"""The files that pages are made of: served from here, under names that change with their content, kept for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.files.storage import Storage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from django.views import View

from api.negotiation import accepts_gzip
from api.problems import Problem
from api.problems.handler import problem_response

BASE = "/admin/static/"
_FOLDERS = ("unfold/", "site/")
_HASHED = re.compile(r"^(?P<stem>.+)\.(?P<hash>[0-9a-f]{12})(?P<suffix>\.\w+)$")
_PACKED = frozenset({".css", ".js", ".svg"})
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".woff2": "font/woff2", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# What a stylesheet names beside itself.
_REFERENCE = re.compile(r"""url\(\s*["']?(?!data:|/|#)([^"')]+)["']?\s*\)""")


class HashedFiles(Storage):
    """The storage behind `{% static %}`: a name with a part of the content's SHA-256 in it."""

    def url(self, name: str | None) -> str:
        return BASE + hashed(name or "")


@cache
def hashed(name: str) -> str:
    """`site/site.css` as `site/site.0a1b2c3d4e5f.css`; KeyError for what isn't there."""
    path = Path(name)
    return f"{path.parent}/{path.stem}.{hashlib.sha256(content(name)).hexdigest()[:12]}{path.suffix}"


@cache
def content(name: str) -> bytes:
    """A file's bytes; a stylesheet names the files beside it by their hashed names too."""
    found = finders.find(name) if name.startswith(_FOLDERS) else None
    if not found:
        raise KeyError(name)
    raw = Path(str(found)).read_bytes()
    if not name.endswith(".css"):
        return raw
    folder = Path(name).parent

    def beside(match: re.Match[str]) -> str:
        target = Path(safe_join("/", str(folder), match[1])).relative_to("/")
        return f'url("{BASE}{hashed(str(target))}")'

    return _REFERENCE.sub(beside, raw.decode()).encode()


@cache
def packed(name: str) -> bytes:
    """The same compressed once a process."""
    return gzip.compress(content(name), compresslevel=9, mtime=0)


class StaticFile(View):
    """`/admin/static/<name>`: for everybody, since the sign-in page is made of them too."""

    def get(self, request: HttpRequest, name: str) -> HttpResponseBase:
        match = _HASHED.match(name)
        plain = f"{match['stem']}{match['suffix']}" if match else ""
        try:
            known = bool(plain) and hashed(plain) == name
        except KeyError:
            known = False
        if not known:
            return problem_response(Problem("not_found"), request)
        suffix = Path(plain).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(plain)[0] or "application/octet-stream"
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        if suffix in _PACKED and accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING")):
            return HttpResponse(packed(plain), content_type=kind, headers={**headers, "Content-Encoding": "gzip"})
        return HttpResponse(content(plain), content_type=kind, headers=headers)

    def http_method_not_allowed(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return problem_response(Problem("method_not_allowed", headers={"Allow": "GET"}), request)
