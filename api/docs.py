"""Pages for people, none of which asks another host: `/docs` with its reference, and `/problems`, where errors lead."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.etags import etag_of, not_modified
from api.negotiation import LANGUAGES, language_of
from api.problems import PROBLEMS, Problem, body
from api.problems.render import fill
from api.reference import Reference
from api.views import ApiView

_PAGES = Path(__file__).parent / "pages"
_ENGINE = Engine(dirs=[str(_PAGES)])
_CLOSED = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PAGE_POLICY = f"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; {_CLOSED}"
_WORDS = {
    "vi": {
        "start": "Bắt đầu",
        "reference": "Tra cứu API",
        "problems": "Các lỗi",
        "other": "English",
        "all": "Các lỗi và cách xử lý",
        "about": "Mã lỗi không bao giờ đổi; ứng dụng dựa vào mã, con người đọc lời giải thích.",
        "action": "Cần làm gì",
        "answer": "Máy chủ trả lời",
        "search": "Tìm thao tác, đường dẫn, tên mục",
        "nothing": "Không thấy gì. Hãy thử một từ khác, bằng tiếng Anh.",
    },
    "en": {
        "start": "Getting started",
        "reference": "API reference",
        "problems": "Problems",
        "other": "Tiếng Việt",
        "all": "Problems and what to do",
        "about": "Codes never change: programs go by the code, people by the words.",
        "action": "What to do",
        "answer": "The answer",
        "search": "Find an operation, a path, a field",
        "nothing": "Nothing found. Try another word.",
    },
}
# Each step's commands stand in start/<number>.sh.
_STEPS = {
    "vi": (
        ("Dựng một nhà để thử", "Hoặc dùng máy chủ của tỉnh bạn: khi đó chỉ đặt BASE, PHONE và PASSWORD của mình."),
        ("Đăng nhập", "Mã truy cập dùng được 15 phút. /v1/me cho biết vai trò và những địa bàn mà máy này đồng bộ."),
        ("Bản ghi đầu tiên", "Mã bản ghi do bạn đặt, nên gửi lại lần nữa cũng không thành hai."),
        ("Lần đồng bộ đầu tiên", "Kéo từ đầu, rồi đẩy một thay đổi và kéo tiếp trong cùng một câu trả lời. Gửi lại: "
         "“unchanged”."),
        ("Khi bị từ chối", "Lỗi có mã, lời giải thích và mọi chỗ sai cùng một lúc. Bản ghi ngoài địa bàn của bạn "
         "thì như không có."),
    ),
    "en": (
        ("Start a house to try", "Or take your province's: then set BASE, PHONE and PASSWORD to your own."),
        ("Sign in", "The access token is good for 15 minutes. /v1/me tells your roles, and which areas this phone "
         "syncs."),
        ("Your first record", "Its id is yours to make, so sending it again doesn't make two."),
        ("Your first sync", "Pull from the beginning; then push a change, and pull on in the same answer. Pushed again "
         "it is “unchanged”."),
        ("What a refusal looks like", "It has a code, words, and all faults at once. What lies outside your areas is "
         "as if it weren't there."),
    ),
}  # fmt: skip
_FONTS = {f"be-vietnam-pro-{subset}-{weight}.woff2" for subset in ("latin", "vietnamese") for weight in (400, 600, 700)}
_FILES = {
    "house.svg": "image/svg+xml",
    "page.css": "text/css; charset=utf-8",
    "fonts.css": "text/css; charset=utf-8",
    "reference.css": "text/css; charset=utf-8",
    "copy.js": "text/javascript; charset=utf-8",
    "reference.js": "text/javascript; charset=utf-8",
    **dict.fromkeys(_FONTS, "font/woff2"),
}
_INDEX = {"documentation": "/docs", "openapi": "/v1/openapi.json", "problems": "/problems", "meta": "/v1/meta"}


LANG = OpenApiParameter("lang", enum=LANGUAGES)


class _Page(ApiView):
    public = True
    media_types = frozenset({"text/html"})


@extend_schema(exclude=True)
class ProblemPage(_Page):
    """One problem: what happened, what to do, and how the answer looks."""

    parameters = (LANG,)

    def get(self, request: Request, code: str) -> HttpResponse:
        if code not in PROBLEMS:
            raise Problem("not_found")
        language = language_asked(request)
        text = PROBLEMS[code]
        example = body(Problem(code), language, "0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00")
        return _page(
            "problem.html",
            language,
            here="problems",
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

    parameters = (LANG,)

    def get(self, request: Request) -> HttpResponse:
        language = language_asked(request)
        problems = [
            {"code": code, "status": text.status, "title": fill(text.title, language, {})}
            for code, text in sorted(PROBLEMS.items(), key=lambda item: (item[1].status, item[0]))
        ]
        return _page("problems.html", language, here="problems", problems=problems)


@extend_schema(exclude=True)
class Root(_Page):
    """Browsers go to the documentation; programs are told where everything is."""

    media_types = frozenset({"text/html", "application/json"})

    def get(self, request: Request) -> HttpResponse:
        if "text/html" in request.META.get("HTTP_ACCEPT", ""):
            return HttpResponse(status=302, headers={"Location": "/docs", "Vary": "Accept"})
        return HttpResponse(orjson.dumps(_INDEX), content_type="application/json", headers={"Vary": "Accept"})


@extend_schema(exclude=True)
class DocsPage(_Page):
    """The way in: what this is, and the first five minutes."""

    parameters = (LANG,)

    def get(self, request: Request) -> HttpResponse:
        language = language_asked(request)
        origin = Context({"origin": f"{request.scheme}://{request._request.get_host()}"}, autoescape=False)
        steps = [
            {
                "title": title,
                "text": text,
                "commands": _ENGINE.get_template(f"start/{number}.sh").render(origin).strip(),
            }
            for number, (title, text) in enumerate(_STEPS[language], 1)
        ]
        return _page("docs.html", language, here="start", vi=language == "vi", steps=steps)


@extend_schema(exclude=True)
class ReferencePage(_Page):
    """The OpenAPI document for reading: its introduction, or the operations of a tag; English in a frame of both."""

    parameters = (LANG,)

    def get(self, request: Request, tag: str | None = None) -> HttpResponse:
        if tag is not None and tag not in _reference().tags:
            raise Problem("not_found")
        language = language_asked(request)
        return _answer(_reference_page(tag, language), language)


@extend_schema(exclude=True)
class DocsFile(ApiView):
    """What the pages are made of."""

    public = True
    media_types = frozenset(kind.partition(";")[0] for kind in _FILES.values())

    def get(self, request: Request, name: str) -> HttpResponse:
        if name not in _FILES:
            raise Problem("not_found")
        content, etag = _file(name)
        headers = {"ETag": etag, "Cache-Control": "public, max-age=86400"}
        if not_modified(request, etag):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(content, content_type=_FILES[name], headers=headers)


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
    content = (_PAGES / ("fonts" if name in _FONTS else "") / name).read_bytes()
    return content, etag_of(content)


def language_asked(request: HttpRequest | Request) -> str:
    """The language of a page: `lang`, else what the browser prefers. Raises Problem `parameter_invalid`."""
    wanted = request.GET.get("lang")
    if wanted is None:
        return language_of(request.META.get("HTTP_ACCEPT_LANGUAGE"))
    if wanted not in LANGUAGES:
        raise Problem("parameter_invalid", params={"parameter": "lang"})
    return wanted


def _page(template: str, language: str, **values: Any) -> HttpResponse:
    return _answer(_render(template, language, **values), language)


def _render(template: str, language: str, **values: Any) -> str:
    other = "vi" if language == "en" else "en"
    context = Context({"language": language, "other": other, "words": _WORDS[language], **values})
    return _ENGINE.get_template(template).render(context)


def page_beside(template: Path, language: str, **values: Any) -> HttpResponse:
    """A page of an app's own, whose template stands beside its code and extends `base.html`."""
    other = "vi" if language == "en" else "en"
    context = Context({"language": language, "other": other, "words": _WORDS[language], **values})
    engine = Engine(dirs=[str(template.parent), str(_PAGES)])
    return _answer(engine.get_template(template.name).render(context), language)


def _answer(page: str, language: str) -> HttpResponse:
    return HttpResponse(
        page,
        headers={
            "Content-Security-Policy": _PAGE_POLICY,
            "Content-Language": language,
            "Cache-Control": "public, max-age=3600",
            "Vary": "Accept-Language",
        },
    )


@functools.cache
def _reference() -> Reference:
    return Reference(orjson.loads(_document(OpenApiJsonRenderer2)[0]))


@functools.cache
def _reference_page(tag: str | None, language: str) -> str:
    """Made once by each process: the largest page takes 50 ms."""
    book = _reference()
    return _render("reference.html", language, here="reference", reference=book, tag=tag and book.tags[tag])


urlpatterns = [
    path("v1/openapi.json", JsonDocument.as_view()),
    path("v1/openapi.yaml", YamlDocument.as_view()),
    path("", Root.as_view()),
    path("docs", DocsPage.as_view()),
    path("docs/reference", ReferencePage.as_view()),
    path("docs/reference/<str:tag>", ReferencePage.as_view()),
    path("docs/<str:name>", DocsFile.as_view()),
    path("problems", ProblemsPage.as_view()),
    path("problems/<str:code>", ProblemPage.as_view()),
]
