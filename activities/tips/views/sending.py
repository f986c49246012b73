"""What whoever sends a tip asks: taking it, the proof of work, and the way back by the receipt.

No line in a log and no figure tells when any of this was asked, and no answer is kept for an `Idempotency-Key`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rights import require_in
from accounts.throttles import client_network
from activities.tips import handling
from activities.tips.challenge import new_challenge
from activities.tips.models import TipCategory, TipChannel, TipStatus, TipUrgency
from activities.tips.receipts import progress, write_on
from activities.tips.receiving import receive
from activities.tips.serializers import (
    PublicTipRequest,
    TipChallengeAnswer,
    TipMessageRequest,
    TipProgress,
    TipReceipt,
    TipRequest,
    TipsPage,
)
from api.listing import as_uuid
from api.pagination import page_params
from api.problems import Problem
from api.records import Wire
from api.shapes import decode
from api.views import ApiView

MOST_BYTES = 128 << 10
"""Of a tip's body: what the proxy keeps in memory (deploy/nginx)."""
SENDERS = frozenset({"member", "leader", "deputy_leader", "front_work_head", "police_officer"})
_RECEIVING = ["denunciation_refused", "tip_key_missing", "tip_id_taken"]
_CHOICES: Mapping[str, list[str]] = {
    "status": TipStatus.values,
    "category": TipCategory.values,
    "urgency": TipUrgency.values,
    "channel": TipChannel.values,
    "overdue": ["true", "false"],
}


def _receipt(tip: Wire) -> Response:
    code, made = receive(tip)
    return Response({"receipt": code}, status=201 if made else 200)


class TipsView(ApiView):
    """Tips: sent by members of teams and others with a role in the area, listed by its police."""

    transaction = "write"
    keeps_answers = False
    max_body_bytes = MOST_BYTES
    unlogged: ClassVar[frozenset[str]] = frozenset({"POST"})
    parameters = (
        *(OpenApiParameter(name, enum=choices, description=f"Only this {name}") for name, choices in _CHOICES.items()),
        OpenApiParameter("area", uuid.UUID, description="Only of this area and all below it"),
        OpenApiParameter("source_key", uuid.UUID, description="Only those whose source is sealed to this key"),
        OpenApiParameter("limit", int, description="At most so many: 1 to 200, else 50"),
        OpenApiParameter("cursor", description="`next_cursor` of the page before"),
    )

    @extend_schema(
        operation_id="tips_list",
        responses=TipsPage,
        tags=["tips"],
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> Response:
        limit, cursor = page_params(request._request)
        chosen = {name: request.GET[name] for name in request.GET if name not in ("limit", "cursor")}
        for name, choices in _CHOICES.items():
            if name in chosen and chosen[name] not in choices:
                raise Problem("parameter_invalid", params={"parameter": name, "choices": ", ".join(choices)})
        for name in ("area", "source_key"):
            if name in chosen:
                as_uuid(name, chosen[name])
        return Response(handling.list_tips(actor=self.actor, chosen=chosen, limit=limit, cursor=cursor))

    @extend_schema(
        operation_id="tips_create",
        request=TipRequest,
        responses={201: TipReceipt, 200: TipReceipt},
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "not_found", *_RECEIVING]},
    )
    def post(self, request: Request) -> Response:
        tip = decode(TipRequest, request.data)
        require_in(self.actor, uuid.UUID(tip["area_id"]), SENDERS)
        return _receipt(tip)  # from here on, nobody knows who asks


class PublicTipsView(ApiView):
    """A tip by anyone, for a proof of work."""

    public = True
    transaction = "write"
    keeps_answers = False
    max_body_bytes = MOST_BYTES
    unlogged: ClassVar[frozenset[str]] = frozenset({"POST"})

    @extend_schema(
        operation_id="public_tips_create",
        request=PublicTipRequest,
        responses={201: TipReceipt, 200: TipReceipt},
        tags=["tips"],
        extensions={"x-problems": ["challenge_invalid", *_RECEIVING]},
    )
    def post(self, request: Request) -> Response:
        return _receipt(decode(PublicTipRequest, request.data))


class TipChallengeView(ApiView):
    """What to solve first."""

    public = True
    unlogged: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD"})

    @extend_schema(operation_id="tip_challenge", responses=TipChallengeAnswer, tags=["tips"])
    def get(self, request: Request) -> Response:
        made = new_challenge()
        return Response(
            {
                "challenge": made.text,
                "algorithm": "sha256",
                "difficulty": made.difficulty,
                "expires_at": dt.datetime.fromtimestamp(made.expires_at, dt.UTC),
            }
        )


class TipReceiptView(ApiView):
    """How a tip stands, for whoever holds its receipt."""

    public = True
    unlogged: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD"})

    @extend_schema(
        operation_id="tip_receipt",
        responses=TipProgress,
        tags=["tips"],
        extensions={"x-problems": ["too_many_attempts"]},
    )
    def get(self, request: Request, code: str) -> Response:
        return Response(progress(code=code, network=client_network(request._request)))


class TipReceiptMessagesView(ApiView):
    """What the source writes after the tip."""

    public = True
    unlogged: ClassVar[frozenset[str]] = frozenset({"POST"})

    @extend_schema(
        operation_id="tip_receipt_messages_create",
        request=TipMessageRequest,
        responses=TipProgress,
        tags=["tips"],
        extensions={"x-problems": ["too_many_attempts", "tip_messages_full", "tip_id_taken"]},
    )
    def post(self, request: Request, code: str) -> Response:
        sent = decode(TipMessageRequest, request.data)
        network = client_network(request._request)
        answer = write_on(code=code, network=network, message_id=uuid.UUID(sent["id"]), text=sent["text"])
        return Response(answer)
