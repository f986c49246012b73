"""The police's public keys, for phones, for anyone, and for the officers who publish them."""

from __future__ import annotations

import uuid

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from activities.tips.keys import end_key, keys_in_use, places_of, publish_key, told
from activities.tips.serializers import TipKey, TipKeyRequest, TipKeys
from api.listing import as_uuid
from api.negotiation import language_of
from api.problems import Problem, Text
from api.records import Wire
from api.shapes import decode
from api.transactions import Mode
from api.views import ApiView

NOTICE = Text(
    "Tin báo được giữ kín: hệ thống không lưu người gửi, máy gửi, hay thời điểm chính xác. Đừng viết điều cho biết bạn "
    "là ai vào nội dung. Không gửi tố cáo cán bộ, công chức ở đây; hãy gửi đến {address}. Khẩn cấp: gọi 113.",
    "Tips are kept secret: it isn't stored who sends one, from what device, or exactly when. Write nothing into the "
    "text that tells who you are. Denunciations of officials don't belong here; send them to {address}. Emergencies: "
    "call 113.",
)
_AREA = OpenApiParameter("area", uuid.UUID, required=True, description="The hamlet or commune of the tip")


def _keys(request: Request) -> Wire:
    if "area" not in request.GET:
        raise Problem("parameter_invalid", params={"parameter": "area"})
    places = places_of(as_uuid("area", request.GET["area"]))
    notice = NOTICE.en if language_of(request.META.get("HTTP_ACCEPT_LANGUAGE")) == "en" else NOTICE.vi
    return {
        "items": [told(key) for key in keys_in_use(places)],
        "notice": notice.format(address=settings.DENUNCIATION_ADDRESS),
    }


class TipKeysView(ApiView):
    """The keys of an area's police. Who asks for them is about to send a tip."""

    parameters = (_AREA,)
    unlogged = frozenset({"GET", "HEAD"})

    def _mode(self) -> Mode:
        return "read" if self.request.method in ("GET", "HEAD", "OPTIONS") else "write"

    @extend_schema(operation_id="tip_keys_list", responses=TipKeys, tags=["tips"])
    def get(self, request: Request) -> Response:
        return Response(_keys(request))

    @extend_schema(
        operation_id="tip_keys_create",
        request=TipKeyRequest,
        responses=TipKey,
        tags=["tips"],
        extensions={"x-problems": ["forbidden", "not_found", "tip_key_taken"]},
    )
    def post(self, request: Request) -> Response:
        sent = decode(TipKeyRequest, request.data)
        made = publish_key(actor=self.actor, area_id=uuid.UUID(sent["area_id"]), public_key=sent["public_key"])
        return Response(told(made))


class PublicTipKeysView(ApiView):
    """The same for anyone."""

    public = True
    transaction = "read"
    unlogged = frozenset({"GET", "HEAD"})
    parameters = (_AREA,)

    @extend_schema(operation_id="public_tip_keys_list", responses=TipKeys, tags=["tips"])
    def get(self, request: Request) -> Response:
        return Response(_keys(request))


class TipKeyEndView(ApiView):
    """A key that is no longer to be sealed to."""

    transaction = "write"

    @extend_schema(
        operation_id="tip_keys_end",
        request=None,
        responses=TipKey,
        tags=["tips"],
        extensions={"x-problems": ["forbidden"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        return Response(told(end_key(actor=self.actor, key=id)))
