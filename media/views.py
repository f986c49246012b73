"""Files over HTTP: links to bring them, their completion, their content, and the keys of receipts.

Declaring, reading and listing are those of every record: `/v1/media` comes from the record type.
"""

from __future__ import annotations

import mimetypes
import uuid

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.enums import LabelledEnum
from api.negotiation import language_of
from api.problems import Problem, body
from api.records import Wire
from api.shapes import decode
from api.views import ApiView
from media import storage
from media.receipts import public_keys
from media.serializers import MediaCompleteInput, MediaCompletion, MediaResults, MediaUploadAnswer, ReceiptKeys
from media.uploads import complete, find_one, one, upload_of


class MediaVariant(LabelledEnum):
    """Which form of a file to give."""

    ORIGINAL = "original", "Bản gốc", "Original"
    PREVIEW = "preview", "Bản xem trước", "Preview"
    THUMBNAIL = "thumbnail", "Ảnh thu nhỏ", "Thumbnail"


class MediaUploadView(ApiView):
    """A fresh link to bring a file's bytes, at any time after its declaration."""

    transaction = "read"

    @extend_schema(
        operation_id="media_upload",
        responses=MediaUploadAnswer,
        tags=["media"],
        extensions={"x-problems": ["forbidden", "gone"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        file = find_one(actor=self.actor, id=id, purpose="upload")
        answer = {"id": str(id), "status": file.status, "receipt": file.receipt, "upload": upload_of(file)}
        return Response(answer)


class MediaCompleteOneView(ApiView):
    """The bytes are in the store: check them and give the receipt. A repeat gives the same one.

    409 `media_not_uploaded` if the store lacks them, 503 `storage_unavailable` if it doesn't answer.
    """

    @extend_schema(
        operation_id="media_complete",
        request=None,
        responses=MediaCompletion,
        tags=["media"],
        extensions={"x-problems": ["forbidden", "gone", "media_not_uploaded", "media_differs", "storage_unavailable"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        return Response(one(self.actor, id, complete(actor=self.actor, ids=[id])[id]))


class MediaCompleteView(ApiView):
    """Complete up to 100 files: a result each, in order, within 8 s. 503 only if nothing could be said of any."""

    @extend_schema(
        operation_id="media_complete_many",
        request=MediaCompleteInput,
        responses=MediaResults,
        tags=["media"],
        extensions={"x-problems": ["storage_unavailable"]},
    )
    def post(self, request: Request) -> Response:
        ids = [uuid.UUID(id) for id in decode(MediaCompleteInput, request.data)["ids"]]
        results = complete(actor=self.actor, ids=ids)
        if results and all(_is_outage(result) for result in results.values()):
            raise next(result for result in results.values() if isinstance(result, Problem))
        return Response({"results": [_result(request, id, results[id]) for id in ids]})


class MediaContentView(ApiView):
    """Where to fetch a verified file, for 5 minutes. Bytes that aren't verified are never served."""

    transaction = "read"
    parameters = (
        OpenApiParameter(
            "variant", enum=MediaVariant.values, default=MediaVariant.ORIGINAL.value, description="Which form of it"
        ),
    )

    @extend_schema(
        operation_id="media_content",
        responses={302: OpenApiResponse(description="`Location` is a link that needs no token.")},
        tags=["media"],
        extensions={"x-problems": ["forbidden", "gone", "media_not_verified", "media_variant_missing"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        variant = request.GET.get("variant", MediaVariant.ORIGINAL.value)
        if variant not in MediaVariant.values:
            raise Problem("parameter_invalid", params={"parameter": "variant"})
        file = find_one(actor=self.actor, id=id, purpose="read")
        if not file.is_verified:
            raise Problem("media_not_verified")
        if variant != MediaVariant.ORIGINAL:
            raise Problem("media_variant_missing")
        name = f"{id}{mimetypes.guess_extension(file.content_type) or ''}"
        link = storage.get_link(file.key, content_type=file.content_type, filename=name)
        return HttpResponse(status=302, headers={"Location": link})


class ReceiptKeysView(ApiView):
    """The keys that receipts are checked by (RFC 7517)."""

    public = True

    @extend_schema(operation_id="receipt_keys", responses=ReceiptKeys, tags=["media"])
    def get(self, request: Request) -> Response:
        return Response(public_keys(), headers={"Cache-Control": "public, max-age=3600"})


def _is_outage(result: Wire | Problem) -> bool:
    return isinstance(result, Problem) and result.code == "storage_unavailable"


def _result(request: Request, id: uuid.UUID, result: Wire | Problem) -> Wire:
    """One item of a batch."""
    if not isinstance(result, Problem):
        return result
    language = language_of(request.META.get("HTTP_ACCEPT_LANGUAGE"))
    request_id = str(request._request.request_id)  # type: ignore[attr-defined]
    return {"id": str(id), "problem": body(result, language, request_id)}
