"""JSON out: one writer of JSON, orjson, and the one way in which each kind of value is written."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import orjson
from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer

from api.localtime import wire

JSON = "application/json"


def dumps(data: object) -> bytes:
    """The bytes of a value: moments in UTC with milliseconds, UUIDs with hyphens, structs as objects."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS)


def json_response(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer with this value, or with these bytes if they are JSON text already."""
    content = data if isinstance(data, bytes) else dumps(data)
    return HttpResponse(content, status=status, headers=headers, content_type=JSON)


def _plain(value: Any) -> object:
    match value:
        case dt.datetime():
            return wire(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case msgspec.Struct():
            return msgspec.to_builtins(value, builtin_types=(bytes, dt.datetime, dt.date))
        case Decimal():
            return float(value)
        case frozenset() | set():
            return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form on the wire")


class JSONRenderer(BaseRenderer):
    """The same for REST framework's own responses, and for the document, which asks renderers for media types."""

    media_type = JSON
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dumps(data)
