"""The REST views of a record type, made from its registration."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from rest_framework.request import Request

from api import listing
from api.actors import Held, Statement
from api.etags import check_if_match, etag_of, must_create, not_modified
from api.pagination import page_params
from api.problems import FieldError, Problem
from api.records import RecordType, Seen, Wire, record_types
from api.rendering import json_response
from api.resource_schema import OF_VERSIONS, documented, of_list
from api.revisions import ResolveRequest, resolve, revisions_page
from api.shapes import decode
from api.sync import store
from api.sync.changes import Change, Outcome
from api.sync.clocks import plain_clock
from api.sync.engine import write
from api.transactions import Mode
from api.views import ApiView


class RecordView(ApiView):
    """What the views of one record type share."""

    kind: ClassVar[RecordType]
    shown: Sequence[uuid.UUID] = ()
    """Whose content the answer shows beyond what came with the request."""

    def finish(self) -> None:
        if self.kind.seen is not None and self.shown:
            area = self.request.GET.get("area")
            name = type(self).__name__.removeprefix(self.kind.name.title().replace("_", "")).removesuffix("View")
            seen = Seen(name.lower(), self.shown, uuid.UUID(area) if area else None)
            self.kind.seen(self.actor, seen)

    def change(self, record_id: uuid.UUID, op: Any, data: Wire, area_id: uuid.UUID, **more: Any) -> Outcome:
        """Make one change; what becomes of it other than success is raised as its problem."""
        recorded = self.kind.recorded_at(data)
        clock = plain_clock(dt.datetime.fromisoformat(recorded) if recorded else None)
        [outcome] = write(self.actor, [Change(self.kind.name, record_id, op, area_id, data, clock=clock, **more)])
        if outcome.status != "applied":
            self.shown = [record_id]
        return outcome.or_raise()

    def answer(self, outcome: Outcome, status: int = 200) -> HttpResponse:
        """The record after a write, with what its type adds."""
        record = dict(outcome.record or {})
        if self.kind.acknowledge:
            record_id = uuid.UUID(record["id"])
            extra = self.kind.acknowledge(self.actor, [record_id]).get(record_id, {})
            # The type may have gone on from there: bytes that are known already are verified at once.
            [now_stands] = store.rows_of(self.kind, [record_id])
            record = now_stands | extra
        headers = {"ETag": etag_of(record["version"])}
        if status == HTTPStatus.CREATED:
            headers["Location"] = f"/v1/{self.kind.collection}/{record['id']}"
        return json_response(record, status, headers)

    def _mode(self) -> Mode:
        return "look" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    def create(self, data: Any) -> HttpResponse:
        """Make a record: 201, or 200 for a repeat with the same content."""
        decoded = self.kind.shape.decode(data)
        outcome = self.change(uuid.UUID(decoded["id"]), "put", decoded, uuid.UUID(decoded["area_id"]))
        return self.answer(outcome, 200 if outcome.status == "unchanged" else 201)


class CollectionView(RecordView):
    """A type's list, and making a record."""

    def get(self, request: Request) -> HttpResponse:
        limit, _ = page_params(request._request)
        page = listing.page(self.actor, self.kind, request.GET.dict(), limit)
        if self.kind.seen is not None:
            self.shown = [uuid.UUID(each["id"]) for each in orjson.loads(page)["items"]]
        return json_response(page)

    def post(self, request: Request) -> HttpResponse:
        return self.create(request.data)


class OneRecordView(RecordView):
    """What the views of one record share: it is read along with who asks."""

    def along(self, held: Held) -> Statement | None:
        # The policies of a guarded table are told beforehand who asks.
        return None if self.kind.row_security else listing.one(held, self.kind, self.kwargs["id"])

    def read(self, record_id: uuid.UUID) -> tuple[str, int]:
        """The record's JSON text and version. Raises `not_found`, `forbidden` or `gone`."""
        self.shown = [record_id]
        if self.kind.row_security:
            return listing.read_one(self.actor, self.kind, record_id)
        text, version = self.actor.found
        if text is None:
            raise listing.missing(self.actor, self.kind, record_id)
        return text, version


class ItemView(OneRecordView):
    """One record."""

    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        text, version = self.read(id)
        etag = etag_of(version)
        if not_modified(request._request, etag):
            self.shown = ()
            return HttpResponse(status=304, headers={"ETag": etag})
        return json_response(text.encode(), headers={"ETag": etag})

    def put(self, request: Request, id: uuid.UUID) -> HttpResponse:
        data = request.data
        if isinstance(data, dict):
            data = {"id": str(id), **data}
            if data["id"] != str(id):
                raise Problem("invalid", errors=[FieldError("/id", "invalid")])
        if must_create(request._request):
            return self.create(data)
        expected, area_id = self.expect(request, id)
        decoded = self.kind.shape.decode(data)
        return self.answer(self.change(id, "put", decoded, area_id, expected_version=expected, base_version=expected))

    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        expected, area_id = self.expect(request, id)
        decoded = self.kind.shape.decode(request.data, partial=True)
        return self.answer(self.change(id, "patch", decoded, area_id, expected_version=expected, base_version=expected))

    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        expected, area_id = self.expect(request, id)
        self.change(id, "delete", {}, area_id, expected_version=expected, base_version=expected)
        return HttpResponse(status=204)

    def expect(self, request: Request, record_id: uuid.UUID) -> tuple[int, uuid.UUID]:
        """The version that `If-Match` allows, and the record's area. 404, 403, 410, 428 and 412 end here."""
        text, version = self.read(record_id)
        check_if_match(request._request, etag_of(version), lambda: orjson.loads(text))
        return version, uuid.UUID(orjson.loads(text)["area_id"])


class RevisionsView(OneRecordView):
    """A record's past versions, newest first, and values that lost a conflict."""

    parameters = OF_VERSIONS

    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        self.read(id)
        limit, cursor = page_params(request._request)
        return json_response(
            revisions_page(self.kind, id, limit=limit, cursor=cursor, status=request.GET.get("status"))
        )


class ResolveView(OneRecordView):
    """Choosing between a value that stands and one that was sent."""

    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        choice = decode(ResolveRequest, request.data)
        text, version = self.read(id)
        outcome = resolve(
            actor=self.actor,
            kind=self.kind,
            record=orjson.loads(text),
            version=version,
            revision_id=uuid.UUID(choice["revision_id"]),
            choose=choice["choose"],
        )
        return self.answer(outcome.or_raise())


def record_urls() -> list[URLPattern | URLResolver]:
    """The routes of every registered type; a path is compared with one prefix a type, not with every route of each."""
    return [url for kind in record_types().values() for url in _urls(kind)]


def _urls(kind: RecordType) -> list[URLPattern | URLResolver]:
    item = [
        path("<uuid:id>", _view(ItemView, kind), name=f"{kind.name}-item"),
        path("<uuid:id>/revisions", _view(RevisionsView, kind), name=f"{kind.name}-revisions"),
    ]
    if kind.writable:
        item.append(path("<uuid:id>/resolve", _view(ResolveView, kind), name=f"{kind.name}-resolve"))
    return [
        path(f"v1/{kind.collection}", _view(CollectionView, kind), name=f"{kind.name}-list"),
        path(f"v1/{kind.collection}/", include(item)),
    ]


_READING = ("get", "head", "options")


def _view(base: type[RecordView], kind: RecordType) -> Callable[..., Any]:
    """A view class of this type's own; a type that nobody writes by this way only reads, but for methods of its own."""
    members: dict[str, Any] = {"kind": kind, "__doc__": base.__doc__}
    if base is CollectionView:
        members["parameters"] = of_list(kind)
    own = (kind.beside() if kind.beside else {}).get(base.__name__)
    if not kind.writable:
        members["http_method_names"] = [*_READING, *(name for name in base.http_method_names if hasattr(own, name))]
    bases = (own, base) if own else (base,)
    view = type(f"{kind.name.title().replace('_', '')}{base.__name__}", bases, members)
    return documented(view, kind).as_view()
