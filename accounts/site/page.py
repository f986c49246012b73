"""What happens around every page under `/admin`: who asks, in which language, by which form, and what a refusal looks
like.

The API's requests pay nothing for it: there is no middleware; a page is a view, and this is the view's base.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib.messages.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.views import View

from accounts.looks import Look, record_look
from accounts.scoping import SessionActor, make_actor
from accounts.sessions import Caller, end_sessions
from accounts.site import cookies
from accounts.site.faults import words
from accounts.throttles import client_network
from api.bodies import MAX_BODY_BYTES, read_body
from api.ids import uuid7
from api.problems import Problem
from api.problems.handler import problem_of
from api.transactions import Mode, run_in

logger = logging.getLogger("anthon.crash")

# As strict as on the API's own pages, but for forms: unfold's scripts, which would evaluate text, aren't used.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # Without it browsers name no origin on a form either, which is how a stranger's form is told.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_METHODS = {"HEAD": "GET"}


class Viewer:
    """Who looks at a page, as Django's admin asks for a user. Rights are the actor's; this one has none of its own."""

    is_active = is_staff = is_authenticated = True
    is_anonymous = False
    email = ""

    def __init__(self, actor: SessionActor) -> None:
        self.pk = self.id = actor.user_id
        self.full_name = actor.full_name

    def __str__(self) -> str:
        return self.full_name

    def get_username(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def has_usable_password(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class SiteRequest(HttpRequest):
    """A request for a page: `actor` is who asks, there on all pages but the public ones."""

    actor: SessionActor
    request_id: uuid.UUID
    user: Viewer  # type: ignore[assignment]


class _Stale(Exception):
    """A form without its token: of a page that was open for too long, or of another site."""


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise _Stale(reason)


_csrf = _Csrf(lambda request: HttpResponse())


class Page(View):
    """The base of all pages. Handlers return a response, raise a Problem, or `Http404`.

    Reading happens in a transaction that can't write, posting in one that holds all that the page does.
    """

    request: SiteRequest
    seen: Look | None = None
    """Whose data the page shows; its event is written before the page goes out."""
    for_admins: ClassVar[bool] = True
    """Whether one needs an admin's role; else being signed in is enough."""
    public: ClassVar[bool] = False
    """Whether strangers may ask."""
    transaction: ClassVar[Mode] = "write"
    """Around POST."""
    reading: ClassVar[Mode] = "read"
    """Around GET."""
    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.request_id = getattr(request, "request_id", None) or uuid7()  # type: ignore[attr-defined]
        request._messages = default_storage(request)  # type: ignore[attr-defined]
        with translation.override(cookies.language_of_stranger(request)):
            try:
                response = self._checked(request, *args, **kwargs)
            except Exception as error:
                response = refusal(request, error)
            _csrf.process_response(request, response)
            request._messages.update(response)  # type: ignore[attr-defined]
            cookies.stay_here(response)
            response.headers.setdefault("Content-Language", translation.get_language() or "vi")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _checked(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.method or ""
        handler = getattr(self, _METHODS.get(method, method).lower(), None)
        if method not in ("GET", "HEAD", "POST") or handler is None:
            raise Problem("method_not_allowed", headers={"Allow": ", ".join(m.upper() for m in methods(self))})
        if method == "POST":
            read_body(request, self.max_body_bytes)
        _csrf.process_request(request)
        _csrf.process_view(request, handler, (), {})
        mode = self.transaction if method == "POST" else self.reading
        visit = cookies.visit_of(request)
        if visit and visit.idle and not self.public:
            self._end_idle(request, visit)
            visit = None
        response = run_in(mode, lambda: self._answer(request, visit, handler, *args, **kwargs))
        if self.seen and response.status_code != HTTPStatus.FOUND:
            record_look(request.actor, self.seen)  # type: ignore[attr-defined]
        if visit and not self.public and cookies.VISIT not in response.cookies:
            cookies.go_on(response, visit)
        return response

    def _answer(
        self, request: HttpRequest, visit: cookies.Visit | None, handler: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if self.public:
            return _rendered(handler(request, *args, **kwargs))
        actor = self._who(request, visit)
        if actor is None:
            return _to_sign_in(request)
        request.actor, request.user = actor, Viewer(actor)  # type: ignore[attr-defined,assignment]
        translation.activate(cookies.language_asked(request) or actor.locale)  # until the page is there, errors too
        if self.for_admins and not any(holding.role == "admin" for holding in actor.holdings):
            if any(holding.role == "admin" for holding in actor.withheld):
                return HttpResponseRedirect(reverse("admin:second_factor"))  # it waits for the second step
            return _rendered(plain(request, "site/not_an_admin.html", status=403))
        return _rendered(handler(request, *args, **kwargs))

    def _who(self, request: HttpRequest, visit: cookies.Visit | None) -> SessionActor | None:
        """Made afresh each time, so whatever ended meanwhile is over at once."""
        if visit is None:
            return None
        request_id: uuid.UUID = request.request_id  # type: ignore[attr-defined]
        try:
            return make_actor(session_id=visit.session_id, user_id=visit.user_id, request_id=request_id)
        except Problem:
            return None

    def _end_idle(self, request: HttpRequest, visit: cookies.Visit) -> None:
        request_id: uuid.UUID = request.request_id  # type: ignore[attr-defined]

        def end() -> None:
            end_sessions(
                user_id=visit.user_id,
                because="idle",
                by_user_id=None,
                request_id=request_id,
                session_ids=[visit.session_id],
            )

        run_in("write", end)

    @cached_property
    def caller(self) -> Caller:
        return Caller(network=client_network(self.request), request_id=self.request.request_id)


def methods(page: type[Page] | Page) -> list[str]:
    """The methods that a page answers."""
    return [method for method in ("get", "post") if hasattr(page, method)]


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    asked = request.method == "GET" and request.path != reverse("admin:index")
    back = f"?{urlencode({'next': request.get_full_path()})}" if asked else ""
    response = HttpResponseRedirect(reverse("admin:login") + back)
    cookies.end_visit(response)
    return response


def _rendered(response: Any) -> HttpResponse:
    """Whole, so that what fails in a template fails here."""
    answer: HttpResponse = response.render() if isinstance(response, TemplateResponse) else response
    return answer


def plain(request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, status: int = 200) -> Any:
    """A page outside of the house's frame: a card in the middle."""
    return TemplateResponse(request, template, dict(context or {}), status=status)


def refusal(request: HttpRequest, error: Exception) -> HttpResponse:
    """The page for whatever went wrong, in plain words."""
    if isinstance(error, _Stale):
        return _rendered(plain(request, "site/stale.html", status=403))
    problem = problem_of(error)
    if problem.code == "internal":
        logger.error("crash", exc_info=error, extra={"request_id": str(request.request_id)})  # type: ignore[attr-defined]
    context = {"problem": words(problem), "request_id": request.request_id}  # type: ignore[attr-defined]
    answer = _rendered(plain(request, "site/problem.html", context, status=problem.status))
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer


class NotFoundPage(Page):
    """Whatever isn't there."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        raise Http404

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        raise Http404


class RootPage(Page):
    """`/admin`, as people type it."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))
