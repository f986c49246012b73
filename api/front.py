"""The front: requests come in on an event loop, their bodies are read there, and whole ones go to Django's threads.

So a slow sender costs a connection and no thread; a slow reader neither, since granian writes answers by itself. Each
thread keeps its database connection.
"""

import asyncio
import gc
import logging
import os
import re
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import django
from django.core.cache import close_caches
from django.core.handlers.base import BaseHandler, reset_urlconf
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
django.setup(set_prefix=False)

from api.background import start_all, stop_all  # noqa: E402 - needs Django's settings
from api.bodies import Bodies, declared_length, limit_of  # noqa: E402
from api.middleware import RequestMiddleware  # noqa: E402
from api.problems import Problem  # noqa: E402
from api.problems.handler import problem_response  # noqa: E402

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope

logger = logging.getLogger("anthon.crash")

THREADS = int(os.environ.get("ANTHON_THREADS", "8"))
PASSWORD_THREADS = 2
MOST_WAITING = 200
LONGEST_WAIT_S = 5.0

# Where passwords are hashed: 19 MiB and 30 ms of a core each. Lanes of their own, so that an hour in which everybody
# signs in takes neither the memory nor the threads of the others.
_PASSWORDS = frozenset(
    {f"/v1/auth/{name}" for name in ("token", "activate", "password", "totp", "totp/recovery_codes", "totp/remove")}
    | {"/admin/login/", "/admin/activate/", "/admin/second_factor/"}
)
_ALIVE = "/healthz"
_GARBAGE = 10_000
"""So many objects more than before, and the collector looks for cycles."""
_ID = re.compile(r"(?<=/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/|\Z)")
_PULSE_S = 1.0
_READER_PATIENCE_S = 60.0


class Request(WSGIRequest):
    """Django's request, made from granian's.

    The query is UTF-8, whatever charset the Content-Type claims for the body: Django would decode it in that one as it
    makes the request, and `charset=hex` ends it with a bare 500.
    """

    def __init__(self, scope: "Scope", body: bytes, problem: Problem | None) -> None:
        self.META = self.environ = meta = _meta(scope)
        self.path = self.path_info = meta["PATH_INFO"] = scope.path or "/"
        self.method = meta["REQUEST_METHOD"]
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        self.resolver_match = None
        self._body, self._read_started, self.body_problem = body, True, problem


def _meta(scope: "Scope") -> dict[str, Any]:
    host, _, port = scope.server.rpartition(":")
    meta = {
        "REQUEST_METHOD": scope.method,
        "QUERY_STRING": _latin(scope.query_string),
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SCRIPT_NAME": "",
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        key = _key(name)
        if key in meta:
            # What stands twice is one list; where a list has no meaning, whoever reads it refuses it.
            meta[key] += ("; " if key == "HTTP_COOKIE" else ",") + value
        elif key:
            meta[key] = value
    return meta


@lru_cache(maxsize=512)
def _key(name: str) -> str:
    """A header's name in META; empty for one with an underscore, which would pass for another header."""
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _latin(text: str) -> str:
    """Text as WSGI writes it: bytes as Latin-1."""
    return text if text.isascii() else text.encode().decode("latin-1")


class Handler(BaseHandler):
    """Django's handler, which remembers the routes: finding one anew is a tenth of a read."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()
        self._routes: dict[str, ResolverMatch] = {}

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Paths that differ only in their UUIDs have one route; kept are those that capture nothing else.

        A NUL stands for an id: paths that hold one were refused before.
        """
        ids = _ID.findall(request.path_info)
        form = _ID.sub("\0", request.path_info) if ids else request.path_info
        kept = self._routes.get(form)
        if kept is None:
            match: ResolverMatch = super().resolve_request(request)
            found = [str(value) if isinstance(value, uuid.UUID) else None for value in match.kwargs.values()]
            # What takes any text (a receipt) must get text, though somebody sent an id there.
            if not match.namespaces and found == ids and not match.args:
                self._routes[form] = match
            return match
        kwargs = dict(zip(kept.kwargs, map(uuid.UUID, ids), strict=True))
        match = request.resolver_match = ResolverMatch(kept.func, (), kwargs, kept.url_name, route=kept.route)
        return match


class Job:
    """A request on its way through the threads."""

    __slots__ = ("arrived", "body", "done", "problem", "proto", "scope", "stream")

    def __init__(self, scope: "Scope", proto: "HTTPProtocol") -> None:
        self.scope, self.proto = scope, proto
        self.body = b""
        self.problem: Problem | None = None
        self.arrived = time.monotonic()
        self.done: asyncio.Future[None] | None = None
        self.stream: StreamingHttpResponse | None = None


class Lane:
    """Some threads and who waits for them."""

    def __init__(self, front: "Front", name: str, threads: int) -> None:
        self.front = front
        self.queue: SimpleQueue[Job] = SimpleQueue()
        self.waiting: dict[Job, None] = {}
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def put(self, job: Job) -> None:
        self.waiting[job] = None
        self.queue.put(job)

    def _work(self) -> None:
        while True:
            job = self.queue.get()
            if self.take(job):
                self.front.answer(job)

    def take(self, job: Job) -> bool:
        """Whether nobody else has taken it."""
        return self.waiting.pop(job, self) is None

    def overdue(self) -> list[Job]:
        """Takes those that have waited for too long."""
        limit = time.monotonic() - LONGEST_WAIT_S
        return [job for job in list(self.waiting) if job.arrived < limit and self.take(job)]


class Front:
    """An RSGI application."""

    def __init__(self, threads: int = THREADS) -> None:
        self.bodies = Bodies()
        self.handler = Handler()
        self.refuse = RequestMiddleware(lambda request: problem_response(Problem("unavailable"), request))
        self.general = Lane(self, "request", threads)
        self.passwords = Lane(self, "password", PASSWORD_THREADS)
        self.pieces = ThreadPoolExecutor(1, "piece")

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called once in each server process, when all is loaded."""
        for receiver in (close_old_connections, close_caches, reset_urlconf):
            request_finished.disconnect(receiver)  # a tenth of a read; what we need of it is in `answer`
        gc.collect()
        gc.freeze()  # what is here now stays: the collector needn't look at it again
        gc.set_threshold(_GARBAGE)
        self.loop = loop
        start_all()
        loop.call_later(_PULSE_S, self._pulse)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called once at the end of a server process, when nothing is answered any more."""
        stop_all()

    async def __rsgi__(self, scope: "Scope", proto: "HTTPProtocol") -> None:
        job = Job(scope, proto)
        headers = scope.headers
        if "content-length" in headers or "transfer-encoding" in headers:
            await self._read(job)
        try:
            if scope.path == _ALIVE:
                self.answer(job)
                return
            lane = self.passwords if scope.path in _PASSWORDS else self.general
            if len(lane.waiting) >= MOST_WAITING:
                self.answer_busy(job)
                return
            job.done = self.loop.create_future()
            lane.put(job)
            await job.done
            if job.stream is not None:
                await self._stream(job.proto, job.stream)
        finally:
            self.bodies.release(job.body)

    async def _read(self, job: Job) -> None:
        try:
            headers = job.scope.headers
            length = declared_length(headers.get("content-length"))
            if length != 0:
                limit = limit_of(job.scope.path)
                job.body = await self.bodies.read(job.proto, length, limit=limit, asked="expect" in headers)
        except Problem as problem:
            job.problem = problem
        job.arrived = time.monotonic()

    def answer(self, job: Job) -> None:
        """Runs in a thread of a lane."""
        try:
            request = Request(job.scope, job.body, job.problem)
            response = self.handler.get_response(request)
            if isinstance(response, StreamingHttpResponse) and request.method != "HEAD":
                job.stream = response  # sent piece by piece, while this thread goes on
            else:
                _send(job.proto, response)
                response.close()
            if connection.errors_occurred:
                connection.close_if_unusable_or_obsolete()
        except BaseException as error:  # whatever it is, the thread goes on
            logger.error("crash", exc_info=error)
            job.proto.response_empty(500, [])
        finally:
            if job.done is not None:
                self.loop.call_soon_threadsafe(_finish, job.done)

    async def _stream(self, proto: "HTTPProtocol", response: StreamingHttpResponse) -> None:
        """Pieces are fetched by threads of their own and go out at the reader's pace; one who stops is given up."""
        pieces = iter(response)
        out = proto.response_stream(response.status_code, _headers(response))
        try:
            while piece := await self.loop.run_in_executor(self.pieces, _next, pieces):
                await asyncio.wait_for(out.send_bytes(piece), _READER_PATIENCE_S)
        except Exception as error:  # the answer has begun: all that can be done is to end it early
            logger.warning("stream_ended_early", extra={"error": type(error).__name__})
        finally:
            response.close()

    def answer_busy(self, job: Job) -> None:
        request = Request(job.scope, b"", None)
        _send(job.proto, self.refuse(request))

    def _pulse(self) -> None:
        self.bodies.give_up_slow_ones()
        for lane in (self.general, self.passwords):
            for job in lane.overdue():
                self.answer_busy(job)
                _finish(job.done)
        self.loop.call_later(_PULSE_S, self._pulse)


def _finish(done: "asyncio.Future[None] | None") -> None:
    if done is not None and not done.done():
        done.set_result(None)


def _next(pieces: Iterator[bytes]) -> bytes:
    """The next piece, in a thread with a connection of its own; nothing at the end."""
    try:
        return next(pieces, b"")
    except Exception:
        connection.close()
        raise


def _headers(response: HttpResponseBase) -> list[tuple[str, str]]:
    pairs = list(response.headers._store.values())  # of names and values
    return pairs + [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]


def _send(proto: "HTTPProtocol", response: HttpResponseBase) -> None:
    body = response.content if isinstance(response, HttpResponse) else b""
    headers = _headers(response)
    if body:
        proto.response_bytes(response.status_code, headers, body)
    else:
        proto.response_empty(response.status_code, headers)


application = Front()
