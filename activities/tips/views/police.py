"""What the police ask of tips: reading, the steps, answers to the source, the sealed source itself; and the counts."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from activities.tips.counts import counts
from activities.tips.handling import answer, read_tip, take_step
from activities.tips.models import TipStatus
from activities.tips.serializers import (
    Tip,
    TipConcludeRequest,
    TipCounts,
    TipForwardRequest,
    TipMessageRequest,
    TipResealRequest,
    TipSealedSource,
    TipSourceRequest,
    TipStepRequest,
)
from activities.tips.sources import reseal, take_source
from api.listing import as_uuid
from api.problems import Problem
from api.shapes import decode
from api.views import ApiView


class TipView(ApiView):
    """One tip with its text, for the police of its area. That it was read stands in the trail before the answer."""

    transaction = "write"
    keeps_answers = False

    @extend_schema(operation_id="tips_read", responses=Tip, tags=["tips"], extensions={"x-problems": ["forbidden"]})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        return Response(read_tip(actor=self.actor, tip_id=id))


class TipStepView(ApiView):
    """What the steps of the police's work have in common."""

    transaction = "write"
    keeps_answers = False  # answers hold the text, which idempotency would keep outside of row-level security


def _step(name: str, to: TipStatus, shape: type[serializers.Serializer] = TipStepRequest) -> type[TipStepView]:
    """The view of a step, which leads `to` a state unless an outcome that is sent says to which."""

    @extend_schema(
        operation_id=f"tips_{name}",
        request=shape,
        responses=Tip,
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "tip_status"]},
    )
    def post(self: TipStepView, request: Request, id: uuid.UUID) -> Response:
        sent = decode(shape, request.data)
        chosen = TipStatus(sent.pop("outcome", None) or to)
        return Response(take_step(actor=self.actor, tip_id=id, to=chosen, **sent))

    return type(f"Tip{name.capitalize()}View", (TipStepView,), {"post": post})


TipAcknowledgeView = _step("acknowledge", TipStatus.ACKNOWLEDGED)
TipForwardView = _step("forward", TipStatus.FORWARDED, TipForwardRequest)
TipVerifyView = _step("verify", TipStatus.VERIFYING)
TipConcludeView = _step("conclude", TipStatus.VALUABLE, TipConcludeRequest)
TipCloseView = _step("close", TipStatus.CLOSED)


class TipMessagesView(ApiView):
    """An answer to the source."""

    transaction = "write"
    keeps_answers = False

    @extend_schema(
        operation_id="tips_messages_create",
        request=TipMessageRequest,
        responses=Tip,
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "tip_id_taken"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        sent = decode(TipMessageRequest, request.data)
        return Response(answer(actor=self.actor, tip_id=id, message_id=uuid.UUID(sent["id"]), text=sent["text"]))


class TipSourceView(ApiView):
    """The sealed source."""

    transaction = "write"
    keeps_answers = False

    @extend_schema(
        operation_id="tips_source",
        request=TipSourceRequest,
        responses=TipSealedSource,
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "tip_source_missing"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        sent = decode(TipSourceRequest, request.data)
        return Response(take_source(actor=self.actor, tip_id=id, reason=sent["reason"]))

    @extend_schema(
        operation_id="tips_source_reseal",
        request=TipResealRequest,
        responses=TipSealedSource,
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "tip_source_missing", "tip_source_changed"]},
    )
    def put(self, request: Request, id: uuid.UUID) -> Response:
        sent = decode(TipResealRequest, request.data)
        return Response(reseal(actor=self.actor, tip_id=id, sealed=sent["sealed_source"], replaces=sent["replaces"]))


class TipCountsView(ApiView):
    """How many tips came in a month that is over."""

    transaction = "read"
    parameters = (
        OpenApiParameter("month", required=True, description="`YYYY-MM`, local; one that is over"),
        OpenApiParameter("area", uuid.UUID, description="Only of this area and all below it"),
    )

    @extend_schema(
        operation_id="tips_counts",
        responses=TipCounts,
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "not_found"]},
    )
    def get(self, request: Request) -> Response:
        if "month" not in request.GET:
            raise Problem("parameter_invalid", params={"parameter": "month"})
        area = as_uuid("area", request.GET["area"]) if "area" in request.GET else None
        return Response(counts(actor=self.actor, month=request.GET["month"], area_id=area))
