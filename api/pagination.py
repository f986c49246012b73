"""Pages by key, never by offset: an opaque signed cursor holds where the last page ended."""

import orjson
from django.http import HttpRequest

from api.keyed import seal, unseal
from api.problems import Problem


def encode_cursor(values: list[object], scope: str) -> str:
    """The cursor after a row with these sort values. `scope` names user and query: elsewhere the cursor is refused."""
    return seal("page-cursor", scope.encode(), orjson.dumps(values))


def decode_cursor(text: str, scope: str) -> list[object]:
    """The values that `encode_cursor` was given for the same scope, as JSON carries them; else `cursor_invalid`."""
    values: list[object] = orjson.loads(unseal("page-cursor", scope.encode(), text))
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
