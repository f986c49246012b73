"""Pages by key, never by offset: an opaque signed cursor holds where the last page ended."""

import base64
import binascii
import hashlib
import hmac

import orjson
from django.conf import settings
from django.http import HttpRequest

from api.problems import Problem

_TAG_BYTES = 12


def encode_cursor(values: list[object], scope: str) -> str:
    """The cursor after a row with these sort values. `scope` names user and query: elsewhere the cursor is refused."""
    payload = orjson.dumps(values)
    return base64.urlsafe_b64encode(_tag(payload, scope) + payload).rstrip(b"=").decode()


def decode_cursor(text: str, scope: str) -> list[object]:
    """The values that `encode_cursor` was given for the same scope, as JSON carries them; else `cursor_invalid`."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Problem("cursor_invalid") from None
    tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(payload, scope)):
        raise Problem("cursor_invalid")
    values: list[object] = orjson.loads(payload)
    return values


def page_params(request: HttpRequest, default: int = 50, most: int = 200) -> tuple[int, str | None]:
    """`limit` (1 … most) and `cursor` of a list's query; a mistake is 400 `parameter_invalid`."""
    text = request.GET.get("limit")
    if text is None:
        limit = default
    elif text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most:
        limit = int(text)
    else:
        raise Problem("parameter_invalid", params={"parameter": "limit"})
    return limit, request.GET.get("cursor") or None


def _tag(payload: bytes, scope: str) -> bytes:
    message = len(scope.encode()).to_bytes(4, "big") + scope.encode() + payload
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"page-cursor").digest()
    return hmac.digest(key, message, "sha256")[:_TAG_BYTES]
