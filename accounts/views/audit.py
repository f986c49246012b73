"""The audit trail on the wire: `/v1/audit_events`, and the signed heads that anyone may hold on to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import models
from accounts.audit import Place, Selection, Told, page
from accounts.events import event_names
from accounts.looks import LookingView, at_events
from api.fields import AnyObject, Id, Integer, ListOf, Moment, Nested, Text
from api.listing import as_day, as_uuid
from api.pagination import decode_cursor, encode_cursor, page_params
from api.problems import Problem
from api.rendering import json_response
from api.views import ApiView

HEADS_TOLD = 168
"""The heads of a week."""


class AuditEvent(Nested):
    """What somebody did, in the past tense. The names are those of today."""

    id = Id()
    at = Moment()
    name = Text(max_length=80)
    user_id = Id(allow_null=True)
    user_name = Text(max_length=200, allow_null=True)
    session_id = Id(allow_null=True)
    device_id = Id(allow_null=True)
    area_id = Id(allow_null=True)
    area_name = Text(max_length=200, allow_null=True)
    subject_type = Text(max_length=60, allow_null=True)
    subject_id = Id(allow_null=True)
    details = AnyObject()


class AuditEventList(serializers.Serializer):
    """Events, the newest first."""

    items = ListOf(child=AuditEvent())
    next_cursor = Text(max_length=500, allow_null=True)


class AuditHead(Nested):
    """How long the chain was, and its last hash; `jws` says the same, signed."""

    seq = Integer()
    hash = Text(max_length=64)
    signed_at = Moment()
    jws = Text(max_length=1000)


class AuditHeads(serializers.Serializer):
    """The heads of the last week, the newest first."""

    heads = ListOf(child=AuditHead())


FILTERS = (
    OpenApiParameter("area", uuid.UUID, description="An area and all below it"),
    OpenApiParameter("user", uuid.UUID, description="Who did it"),
    OpenApiParameter("about", uuid.UUID, description="Whose account it was done to"),
    OpenApiParameter("name", str, description="What happened, such as `grant.given`"),
    OpenApiParameter("subject_type", str, description="The kind of thing that it happened to, such as `grant`"),
    OpenApiParameter("subject_id", uuid.UUID, description="The thing that it happened to"),
    OpenApiParameter("since", dt.date, description="The first local day"),
    OpenApiParameter("until", dt.date, description="The last local day, inclusive"),
)


class AuditEventsView(LookingView):
    """`GET /v1/audit_events`."""

    transaction = "look"
    parameters = (
        OpenApiParameter("limit", int, description="1 to 200, 50 unless told"),
        OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
        *FILTERS,
    )

    @extend_schema(
        operation_id="audit_events_list",
        tags=["audit_events"],
        responses=AuditEventList,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> Response:
        """What was done in one's areas, the newest first."""
        query = request.GET.dict()
        chosen = selection(query)
        limit, cursor = page_params(request._request)
        scope = f"audit_events {self.actor.user_id} {sorted(chosen.told.items())}"
        found = page(actor=self.actor, chosen=chosen, after=_place(cursor, scope), limit=limit)
        self.seen = at_events("audit_events_list", len(found.events), chosen.told)
        end: list[object] = [found.end[0].isoformat(), str(found.end[1])] if found.end else []
        return Response(
            {
                "items": [event_body(event) for event in found.events],
                "next_cursor": encode_cursor(end, scope) if end else None,
            }
        )


class AuditHeadsView(ApiView):
    """`GET /.well-known/audit-heads.json`."""

    public = True
    transaction = "look"

    @extend_schema(operation_id="audit_heads", tags=["audit_events"], responses=AuditHeads)
    def get(self, request: Request) -> HttpResponse:
        """The signed heads of the audit trail's chain."""
        heads = [
            {"seq": head.seq, "hash": bytes(head.hash).hex(), "signed_at": head.signed_at, "jws": head.jws}
            for head in models.AuditHead.objects.order_by("-seq")[:HEADS_TOLD]
        ]
        return json_response({"heads": heads}, headers={"Cache-Control": "public, max-age=300"})


def selection(query: Mapping[str, str]) -> Selection:
    """What a query, or the body of an export, asks for. Raises Problem `parameter_invalid`."""
    name = query.get("name")
    if name is not None and name not in event_names():
        raise Problem("parameter_invalid", params={"parameter": "name"})
    ids = {each: as_uuid(each, query[each]) for each in ("area", "user", "about", "subject_id") if each in query}
    return Selection(
        **ids,
        name=name,
        subject_type=query.get("subject_type"),
        since=as_day("since", query.get("since")),
        until=as_day("until", query.get("until")),
    )


def event_body(event: Told) -> dict[str, Any]:
    """An event in its wire form."""
    return event._asdict()


def _place(cursor: str | None, scope: str) -> Place | None:
    if cursor is None:
        return None
    at, last = decode_cursor(cursor, scope)
    return dt.datetime.fromisoformat(str(at)), uuid.UUID(str(last))
