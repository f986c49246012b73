"""Pull, push and digest on the wire."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from api.actors import Held, Statement
from api.etags import not_modified
from api.localtime import now
from api.localtime import wire as wire_moment
from api.negotiation import language_of
from api.parsing import PushParser
from api.problems import FieldError, Problem
from api.records import record_types
from api.rendering import json_response
from api.shapes import decode
from api.sync import digest
from api.sync.envelope import Item
from api.sync.pull import (
    DEFAULT_BYTES,
    DEFAULT_LIMIT,
    MOST_BYTES,
    MOST_LIMIT,
    Asked,
    Page,
    along,
    nothing_new,
    pull,
    tell_seen,
)
from api.sync.push import known_along, open_items, push, result, tell_shown, written_by
from api.sync.serializers import DigestRequest, DigestResponse, PullPage, PullRequest, PushRequest, PushResponse
from api.views import ApiView


class PullView(ApiView):
    """What changed since the cursor."""

    transaction = "look"
    page: Page | None = None
    parameters = (
        OpenApiParameter("cursor", str, description="The cursor of the last page; none to begin"),
        OpenApiParameter("limit", int, description=f"Most changes a page: {DEFAULT_LIMIT}, at most {MOST_LIMIT}"),
        OpenApiParameter(
            "max_bytes", int, description=f"About how large a page may be: {DEFAULT_BYTES}, at most {MOST_BYTES}"
        ),
        OpenApiParameter("types", str, description="Only these types, separated by commas"),
        OpenApiParameter("area", uuid.UUID, description="Only the stream of this area"),
    )

    def along(self, held: Held) -> Statement:
        return along(held)

    @extend_schema(operation_id="sync_pull", tags=["sync"], responses={200: PullPage, 304: None})
    def get(self, request: Request) -> HttpResponse:
        asked: dict[str, Any] = dict(request.GET.dict())
        for name in ("limit", "max_bytes"):
            if name in asked:
                asked[name] = _integer(name, asked[name])
        if "types" in asked:
            asked["types"] = asked["types"].split(",")
        try:
            page = self._pull(decode(PullRequest, asked))
        except Problem as refused:
            if refused.code == "invalid":
                raise Problem(
                    "parameter_invalid", params={"parameter": refused.errors[0].pointer.split("/")[1]}
                ) from refused
            raise
        if not page.moved and not page.changes and not_modified(request._request, page.etag):
            return HttpResponse(status=304, headers={"ETag": page.etag})
        return json_response(page.body(), headers={"ETag": page.etag})

    @extend_schema(operation_id="sync_pull_post", tags=["sync"], request=PullRequest, responses={200: PullPage})
    def post(self, request: Request) -> HttpResponse:
        """The same with the parameters in a body, for long cursors."""
        return json_response(self._pull(decode(PullRequest, request.data)).body())

    def _pull(self, body: dict[str, Any]) -> Page:
        """Nothing new is known from the statement that made the actor; a page is read on a snapshot."""
        asked = _asked(body)
        self.page = nothing_new(self.actor, asked) or pull(self.actor, asked)
        return self.page

    def finish(self) -> None:
        tell_seen(self.actor, self.page)


def _integer(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Problem("parameter_invalid", params={"parameter": name})
    return int(text[:12])


def _asked(body: dict[str, Any]) -> Asked:
    types = body["types"]
    unknown = [name for name in types or () if name not in record_types()]
    if unknown:
        raise Problem("parameter_invalid", params={"parameter": "types"})
    return Asked(
        cursor=body["cursor"],
        limit=body["limit"] or DEFAULT_LIMIT,
        max_bytes=body["max_bytes"] or DEFAULT_BYTES,
        types=frozenset(types) if types is not None else None,
        area_id=uuid.UUID(body["area"]) if body["area"] else None,
    )


class PushView(ApiView):
    """A phone's mutations."""

    parser_classes = (PushParser,)
    page: Page | None = None
    results: Sequence[dict[str, Any]] = ()

    @cached_property
    def sent(self) -> tuple[dict[str, Any], list[Item]]:
        """The envelope and the mutations: read once it is known whose token came, before who that is."""
        parsed: Any = self.request.data
        if not isinstance(parsed, tuple):  # REST framework doesn't ask a parser about an empty body
            raise Problem("body_invalid")
        body, flawed = cast(tuple[dict[str, Any], dict[int, Problem]], parsed)
        mutations = body.get("mutations")
        # Each mutation is judged for itself: only the envelope can fail the push.
        envelope = decode(PushRequest, {**body, "mutations": []} if isinstance(mutations, list) else body)
        return envelope, open_items(cast(list[Any], mutations), flawed)

    def along(self, held: Held) -> Statement:
        return known_along(held, self.sent[1])

    @extend_schema(operation_id="sync_push", tags=["sync"], request=PushRequest, responses={200: PushResponse})
    def post(self, request: Request) -> HttpResponse:
        envelope, items = self.sent
        pushed = push(self.actor, items, dt.datetime.fromisoformat(envelope["sent_at"]))
        language, request_id = language_of(request.META.get("HTTP_ACCEPT_LANGUAGE")), str(request._request.request_id)  # type: ignore[attr-defined]
        self.results = [result(item, language, request_id) for item in pushed.items]
        answer: dict[str, Any] = {"results": self.results}
        if envelope["cursor"] is not None:
            asked = Asked(
                envelope["cursor"] or None, limit=envelope["limit"] or DEFAULT_LIMIT, own=written_by(pushed.items)
            )
            self.page = pull(self.actor, asked)
            answer["pull"] = self.page.body()
        answer["epoch"] = pushed.epoch
        return json_response(answer | {"server_time": wire_moment(now())})

    def finish(self) -> None:
        tell_shown(self.actor, self.results)
        tell_seen(self.actor, self.page)


class DigestView(ApiView):
    """Does the phone hold what the server holds?"""

    transaction = "snapshot"

    @extend_schema(operation_id="sync_digest", tags=["sync"], request=DigestRequest, responses={200: DigestResponse})
    def post(self, request: Request) -> HttpResponse:
        body = decode(DigestRequest, request.data)
        for area_id, types in body["areas"].items():
            _check_area(area_id, types)
        return json_response(digest.compare(self.actor, cursor=body["cursor"], areas=body["areas"]))


def _check_area(area_id: str, types: object) -> None:
    """An area's claim: `{type: {count, digest}}` under a UUID."""
    try:
        uuid.UUID(area_id)
    except ValueError:
        raise Problem("invalid", errors=[FieldError(f"/areas/{area_id}", "invalid_uuid")]) from None
    sound = isinstance(types, dict) and all(
        isinstance(claim, dict) and set(claim) == {"count", "digest"} for claim in types.values()
    )
    if not sound:
        raise Problem(
            "invalid", errors=[FieldError(f"/areas/{area_id}", "wrong_type", {"expected": "{count, digest}"})]
        )
