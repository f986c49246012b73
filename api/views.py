"""The base of every view: what happens around a handler, in which order, and inside which transaction.

First all that needs no database: method, query, `Accept`, body; then the transaction: who asks, the idempotency key,
the handler; then, outside of it, the answer is written. Where handlers open their own transactions (`none`), the body
is parsed when they ask for it, so that strangers don't make the server parse.

A handler returns a `Response`, or an `HttpResponse` whose body is JSON text already. `self.actor` is what the
authenticator returned beside the user. The class has no docstring, since views would inherit it into the document.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.actors import Actor, Held, Statement
from api.bodies import MAX_BODY_BYTES, is_chunked, read_body
from api.idempotency import answer_once
from api.negotiation import accepts
from api.parsing import MergePatchParser, StrictJSONParser, ends_early
from api.problems import Problem
from api.problems.handler import error_response
from api.rendering import JSON, JSONRenderer, json_response
from api.transactions import Mode, run_in

_NEGOTIATOR = DefaultContentNegotiation()
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ApiView(APIView):
    actor: Actor
    """Who asks; not there in public views."""

    transaction: ClassVar[Mode] = "none"
    """See `api.transactions.Mode`."""

    public: ClassVar[bool] = False
    """Whether anyone may ask; then nobody is authenticated."""

    parameters: ClassVar[Sequence[OpenApiParameter]] = ()
    """The query parameters of GET, which the document has from here. Other methods take none."""

    posted_parameters: ClassVar[Sequence[OpenApiParameter]] = ()
    """Those of POST, where the body is a file and can't hold them."""

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    keeps_answers: ClassVar[bool] = True
    """Whether a `write` obeys `Idempotency-Key`. False where answers hold secrets, which must not be stored."""

    unlogged: ClassVar[frozenset[str]] = frozenset()
    """Methods of which no line in a log and no figure may tell when they were asked."""

    media_types: ClassVar[frozenset[str]] = frozenset({JSON})
    """What `Accept` may ask for."""

    renderer_classes = (JSONRenderer,)
    parser_classes = (StrictJSONParser,)
    permission_classes = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})
        try:
            handler = self._handler(request)
            self._check_query(request)
            self._check_accept(request)
            if request.method in _WITH_BODY:
                read_body(request, self.max_body_bytes)
                if self._mode() != "none":
                    self.request.data  # noqa: B018 - parsed now, so that no transaction waits for it
            self.beforehand()
            return self._finished(lambda: _written(run_in(self._mode(), lambda: self._answer(handler))))
        except Exception as error:
            return error_response(_cut(error, request), request)

    def _finished(self, work: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            answer = work()
        except Problem as problem:
            if "current" in problem.extra:  # a refusal that shows what stands
                self.finish()
            raise
        self.finish()
        return answer

    def beforehand(self) -> None:
        """What takes long and needs nothing held, before the transaction; who asks isn't known yet: see `_who`."""

    def finish(self) -> None:
        """What is left to do after the transaction, before the answer goes out; if it fails, so does the request."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """REST framework's request; who asks is found by `_who`, in the transaction, and nothing is negotiated."""
        context = {"view": self, "args": args, "kwargs": kwargs}
        return Request(request, self.get_parsers(), negotiator=_NEGOTIATOR, parser_context=context)

    def get_authenticators(self) -> list[Any]:
        return [] if self.public else super().get_authenticators()

    def get_parsers(self) -> list[BaseParser]:
        parsers = super().get_parsers()
        return [MergePatchParser(), *parsers] if self.request and self.request.method == "PATCH" else parsers

    def _mode(self) -> Mode:
        """The transaction of this request; views that read and write by method override it."""
        return self.transaction

    def _handler(self, request: HttpRequest) -> Callable[..., HttpResponseBase]:
        method = request.method or ""  # names of methods are upper-case: `get` is none (RFC 9110 §9.1)
        known = method.isupper() and method.lower() in self.http_method_names
        handler = getattr(self, method.lower(), None) if known else None
        if handler is None:
            raise Problem("method_not_allowed", headers={"Allow": ", ".join(self.allowed_methods)})
        return handler

    def parameters_of(self, method: str) -> Sequence[OpenApiParameter]:
        """The query parameters that a method takes."""
        return {"GET": self.parameters, "HEAD": self.parameters, "POST": self.posted_parameters}.get(method, ())

    def _check_query(self, request: HttpRequest) -> None:
        known = {each.name for each in self.parameters_of(request.method or "")}
        for name, values in request.GET.lists():
            if name not in known:
                raise Problem("unknown_parameter", params={"parameter": name[:100]})
            if len(values) > 1 or "\x00" in values[0]:
                raise Problem("parameter_invalid", params={"parameter": name})

    def _check_accept(self, request: HttpRequest) -> None:
        if not accepts(request.META.get("HTTP_ACCEPT"), self.media_types):
            raise Problem("not_acceptable")

    def _answer(self, handler: Callable[..., HttpResponseBase]) -> HttpResponseBase:
        request = self.request
        actor = self._who(request)
        if actor is not None:
            self.actor = actor
        elif not self.public:
            raise Problem("unauthenticated")
        if self._mode() == "write" and self.keeps_answers and actor is not None:
            return answer_once(
                request, cast(uuid.UUID, actor.user_id), lambda: _written(handler(request, *self.args, **self.kwargs))
            )
        return handler(request, *self.args, **self.kwargs)

    def along(self, held: Held) -> Statement | None:
        """What to ask in the statement that finds out who asks; it is then in `self.actor.found`."""
        return None

    def _who(self, request: Request) -> Actor | None:
        """Asked anew when a transaction runs again: rights are read in the transaction that uses them."""
        for authenticator in self.get_authenticators():
            if found := authenticator.authenticate(request, self.along):
                return cast(Actor, found[1])
        return None


def _cut(error: Exception, request: HttpRequest) -> Exception:
    """Chunks end alike for a whole body and for a cut one: there, JSON that stops in the middle was cut."""
    if isinstance(error, Problem) and error.code == "body_invalid" and is_chunked(request) and ends_early(error):
        return Problem("body_truncated")
    return error


def _written(response: HttpResponseBase) -> HttpResponse:
    """A response of REST framework as bytes."""
    if not isinstance(response, Response):
        return cast(HttpResponse, response)
    if response.data is None:
        return HttpResponse(status=response.status_code, headers=dict(response.headers))
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return json_response(response.data, response.status_code, headers)
