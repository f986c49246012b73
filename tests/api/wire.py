"""A small API of the tests' own, to try what every view inherits."""

import threading
import time
import uuid
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import include, path, re_path
from drf_spectacular.utils import OpenApiParameter
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import check_if_match, etag_of, not_modified
from api.health import Healthz, Readyz
from api.ids import uuid7
from api.meta import MetaView
from api.pagination import page_params
from api.parsing import PushParser
from api.problems import FieldError, Problem
from api.views import ApiView

handler400 = "api.problems.handler.handler400"
handler403 = "api.problems.handler.handler403"
handler404 = "api.problems.handler.handler404"
handler500 = "api.problems.handler.handler500"

LAN = uuid.UUID("0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a01")
BAO = uuid.UUID("0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a02")


class Someone:
    """The least that an actor is."""

    def __init__(self, user_id: uuid.UUID) -> None:
        self.user_id = user_id


class ByName(BaseAuthentication):
    """`Authorization: Name lan`; the database is asked, as the real one does."""

    def authenticate(self, request: Request, along: object = None) -> tuple[None, Someone] | None:
        name = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Name ")
        if not name:
            return None
        if name not in ("lan", "bao"):
            raise Problem("token_invalid")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return None, Someone(LAN if name == "lan" else BAO)


class Open(ApiView):
    public = True


class Echo(Open):
    """Says back what it understood."""

    parameters = tuple(map(OpenApiParameter, ("limit", "cursor", "q")))

    def get(self, request: Request) -> Response:
        limit, cursor = page_params(request)
        return Response({"limit": limit, "cursor": cursor, "q": request.GET.get("q")})

    def post(self, request: Request) -> Response:
        return Response({"data": request.data})

    def patch(self, request: Request) -> Response:
        return Response({"data": request.data})


class Push(Open):
    parser_classes = (PushParser,)

    def post(self, request: Request) -> Response:
        body, problems = request.data
        return Response({"body": body, "problems": {str(index): problem.code for index, problem in problems.items()}})


class Large(Open):
    """A big answer with a strong tag."""

    def get(self, request: Request) -> HttpResponse:
        etag = etag_of(7)
        if not_modified(request, etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        return Response({"text": "An Thôn " * 500}, headers={"ETag": etag})

    def put(self, request: Request) -> Response:
        check_if_match(request, etag_of(7), lambda: {"version": 7})
        return Response({"version": 8})


class Crash(Open):
    def get(self, request: Request) -> Response:
        raise RuntimeError("Nguyễn Thị Lan, +84912345678")

    def post(self, request: Request) -> Response:
        raise Problem("invalid", errors=[FieldError("/phone", "too_long", {"max": 20}), FieldError("/name", "blank")])


class Mine(ApiView):
    """What only someone known may see."""

    authentication_classes = (ByName,)

    def get(self, request: Request) -> Response:
        return Response({"user_id": self.actor.user_id})


class Transacted(Mine):
    def state(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('transaction_isolation')")
            read_only, isolation = cursor.fetchone()
        return {"read_only": read_only, "isolation": isolation, "in_transaction": connection.in_atomic_block}

    def get(self, request: Request) -> Response:
        return Response(self.state())


class Reading(Transacted):
    transaction = "read"


class OnSnapshot(Transacted):
    transaction = "snapshot"


GATE = threading.Event()
"""Held shut by a test that wants a write to stay in the middle."""
GATE.set()


def write_note(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO wire_note (id, text) VALUES (%s, %s)", [str(uuid7()), text])


class Notes(Mine):
    """Writes, and then does as the body says."""

    transaction = "write"

    def post(self, request: Request) -> Response:
        write_note(request.data["text"])
        assert GATE.wait(10)
        match request.data.get("then"):
            case "refuse":
                raise Problem("conflict")
            case "crash":
                raise RuntimeError("in the middle")
            case "be busy":
                raise Problem("unavailable")
        return Response({"text": request.data["text"], "id": uuid7()}, status=201, headers={"ETag": '"1"'})


FAILURES: list[str] = []
"""What the next writes meet: a SQL statement for each."""


class Troubled(Mine):
    """Writes, then meets trouble in the database."""

    transaction = "write"

    def post(self, request: Request) -> Response:
        write_note(request.data["text"])
        if FAILURES:
            with connection.cursor() as cursor:
                cursor.execute(FAILURES.pop(0))
        return Response(status=204)


class Slow(Open):
    def get(self, request: Request) -> Response:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)")
        return Response({"at": time.time()})


class Huge(Open):
    """More than the sockets' buffers hold."""

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(b"x" * (8 << 20))


class Nap(Open):
    """Keeps a thread for a while."""

    def get(self, request: Request) -> Response:
        time.sleep(1)
        return Response({"thread": threading.current_thread().name})

    post = get


class Front(Open):
    """What the server knows of a request, and what it holds at the moment."""

    parameters = (OpenApiParameter("q"),)

    def get(self, request: Request) -> Response:
        from api.front import application

        told = {name: value for name, value in request.META.items() if isinstance(value, str)}
        return Response({"meta": told, "held": application.bodies.held, "reading": len(application.bodies.reading)})


urlpatterns = [
    path("v1/huge", Huge.as_view()),
    path("v1/nap", Nap.as_view()),
    path("v1/auth/token", Nap.as_view()),
    path("v1/front", Front.as_view()),
    re_path("^v1/front/.*", Front.as_view()),
    path("v1/echo", Echo.as_view()),
    path("v1/push", Push.as_view()),
    path("v1/large", Large.as_view()),
    path("v1/crash", Crash.as_view()),
    path("v1/mine", Mine.as_view()),
    path("v1/transacted", Transacted.as_view()),
    path("v1/reading", Reading.as_view()),
    path("v1/on_snapshot", OnSnapshot.as_view()),
    path("v1/notes", Notes.as_view()),
    path("v1/troubled", Troubled.as_view()),
    path("v1/slow", Slow.as_view()),
    path("v1/meta", MetaView.as_view()),
    path("healthz", Healthz.as_view()),
    path("readyz", Readyz.as_view()),
    path("", include("api.docs")),
]
