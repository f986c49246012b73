"""What happens around every page under `/admin`: who asks, in which language, and by which form.

The API's requests pay nothing for it: there is no middleware; a page is a view, and this is the view's base.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib.messages.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.views import View

from accounts.imports.kinds import importing_roles
from accounts.looks import Look, record_look
from accounts.scoping import SessionActor, make_actor
from accounts.sessions import Caller, end_sessions
from accounts.site import cookies
from accounts.site.refusals import Stale, plain, refusal, rendered
from accounts.site.request import ADMINS, SiteRequest, Viewer, holds
from accounts.throttles import client_network
from api.bodies import MAX_BODY_BYTES, read_body
from api.ids import uuid7
from api.problems import Problem
from api.transactions import Mode, run_in

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


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise Stale(reason)


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
    for_importers: ClassVar[bool] = False
    """Whether any role that may import something will do as well."""
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
            return rendered(handler(request, *args, **kwargs))
        actor = self._who(request, visit)
        if actor is None:
            return _to_sign_in(request)
        request.actor, request.user = actor, Viewer(actor)  # type: ignore[attr-defined,assignment]
        translation.activate(cookies.language_asked(request) or actor.locale)  # until the page is there, errors too
        roles = importing_roles() if self.for_importers else ADMINS
        if self.for_admins and not holds(actor, roles):
            if any(holding.role in roles for holding in actor.withheld):
                return HttpResponseRedirect(reverse("admin:second_factor"))  # it waits for the second step
            told = {"may_import": holds(actor, importing_roles())}
            return rendered(plain(request, "site/not_an_admin.html", told, status=403))
        return rendered(handler(request, *args, **kwargs))

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
