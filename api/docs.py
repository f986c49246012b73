"""Pages for people: `/docs`, which shows the OpenAPI document offline, and `/problems/<code>`, where errors lead."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import drf_spectacular_sidecar
import orjson
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.etags import etag_of, not_modified
from api.negotiation import LANGUAGES, language_of
from api.problems import PROBLEMS, Problem, body
from api.problems.render import fill
from api.views import ApiView

_PAGES = Path(__file__).parent / "pages"
_ENGINE = Engine(dirs=[str(_PAGES)])
_PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# Redoc writes its styles as it runs; it gets no other host, and no script but ours.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_WORDS = {
    "vi": {"all": "Các lỗi và cách xử lý", "other": "English", "action": "Cần làm gì", "answer": "Máy chủ trả lời"},
    "en": {"all": "Problems and what to do", "other": "Tiếng Việt", "action": "What to do", "answer": "The answer"},
}
_FILES = {
    "page.css": "text/css",
    "docs.css": "text/css",
    "docs.js": "text/javascript",
    "redoc.js": "text/javascript",
}


class _Page(ApiView):
    public = True
    media_types = frozenset({"text/html"})


@extend_schema(exclude=True)
class ProblemPage(_Page):
    """One problem: what happened, what to do, and how the answer looks."""

    parameters = frozenset({"lang"})

    def get(self, request: Request, code: str) -> HttpResponse:
        if code not in PROBLEMS:
            raise Problem("not_found")
        language = _language(request)
        text = PROBLEMS[code]
        example = body(Problem(code), language, "0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00")
        return _page(
            "problem.html",
            language,
            code=code,
            status=text.status,
            title=fill(text.title, language, {}),
            detail=fill(text.detail, language, {}),
            action=fill(text.action, language, {}),
            example=orjson.dumps(example, option=orjson.OPT_INDENT_2).decode(),
        )


@extend_schema(exclude=True)
class ProblemsPage(_Page):
    """All problems, by status."""

    parameters = frozenset({"lang"})

    def get(self, request: Request) -> HttpResponse:
        language = _language(request)
        problems = [
            {"code": code, "status": text.status, "title": fill(text.title, language, {})}
            for code, text in sorted(PROBLEMS.items(), key=lambda item: (item[1].status, item[0]))
        ]
        return _page("problems.html", language, problems=problems)


@extend_schema(exclude=True)
class DocsPage(_Page):
    """The OpenAPI document for reading."""

    def get(self, request: Request) -> HttpResponse:
        content = (_PAGES / "docs.html").read_bytes()
        return HttpResponse(content, headers={"Content-Security-Policy": _DOCS_POLICY, "Cache-Control": "no-cache"})


@extend_schema(exclude=True)
class DocsFile(ApiView):
    """What the pages are made of."""

    public = True
    media_types = frozenset(_FILES.values())

    def get(self, request: Request, name: str) -> HttpResponse:
        if name not in _FILES:
            raise Problem("not_found")
        content, etag = _file(name)
        headers = {"ETag": etag, "Cache-Control": "public, max-age=86400"}
        if not_modified(request, etag):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(content, content_type=f"{_FILES[name]}; charset=utf-8", headers=headers)


class _Document(ApiView):
    """The OpenAPI document, made once by each process."""

    public = True
    renderer: type[BaseRenderer]

    def get(self, request: Request) -> HttpResponse:
        content, etag = _document(self.renderer)  # type: ignore[arg-type]  # a class is hashable
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if not_modified(request, etag):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(content, content_type=self.renderer.media_type, headers=headers)


@extend_schema(exclude=True)
class JsonDocument(_Document):
    renderer = OpenApiJsonRenderer2
    media_types = frozenset({"application/json", OpenApiJsonRenderer2.media_type})


@extend_schema(exclude=True)
class YamlDocument(_Document):
    renderer = OpenApiYamlRenderer
    media_types = frozenset({"application/yaml", OpenApiYamlRenderer.media_type})


@functools.cache
def _document(renderer: Callable[[], BaseRenderer]) -> tuple[bytes, str]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    content = cast(bytes, renderer().render(document, renderer_context={}))
    return content, etag_of(content)


@functools.cache
def _file(name: str) -> tuple[bytes, str]:
    if name != "redoc.js":
        source = _PAGES / name
    else:
        sidecar = Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar"
        source = sidecar / "redoc/bundles/redoc.standalone.js"
    content = source.read_bytes()
    return content, etag_of(content)


def _language(request: HttpRequest | Request) -> str:
    wanted = request.GET.get("lang")
    if wanted is None:
        return language_of(request.META.get("HTTP_ACCEPT_LANGUAGE"))
    if wanted not in LANGUAGES:
        raise Problem("parameter_invalid", params={"parameter": "lang"})
    return wanted


def _page(template: str, language: str, **values: Any) -> HttpResponse:
    other = "vi" if language == "en" else "en"
    context = Context({"language": language, "other": other, "words": _WORDS[language], **values})
    return HttpResponse(
        _ENGINE.get_template(template).render(context),
        headers={
            "Content-Security-Policy": _PAGE_POLICY,
            "Content-Language": language,
            "Cache-Control": "public, max-age=3600",
            "Vary": "Accept-Language",
        },
    )


urlpatterns = [
    path("v1/openapi.json", JsonDocument.as_view()),
    path("v1/openapi.yaml", YamlDocument.as_view()),
    path("docs", DocsPage.as_view()),
    path("docs/<str:name>", DocsFile.as_view()),
    path("problems", ProblemsPage.as_view()),
    path("problems/<str:code>", ProblemPage.as_view()),
]
