"""What the caller would rather have (RFC 9110 §12.5): language, media type, encoding."""

import re
from collections.abc import Collection

LANGUAGES = ("vi", "en")
_LONGEST = 500
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)\s*$", re.IGNORECASE)


def language_of(accept_language: str | None) -> str:
    """`vi` or `en`, whichever the header prefers; Vietnamese without one, and when it names neither."""
    best, best_quality = LANGUAGES[0], 0.0
    for tag, quality in _weighted(accept_language):
        language = tag.split("-")[0]
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def accepts(accept: str | None, media_types: Collection[str]) -> bool:
    """Whether one of these media types would do; without a header anything does."""
    if not accept:
        return True
    ranges = {"*/*", *media_types, *(f"{known.split('/')[0]}/*" for known in media_types)}
    return any(quality > 0 and wanted in ranges for wanted, quality in _weighted(accept))


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a compressed answer is understood."""
    weights = dict(_weighted(accept_encoding))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weighted(header: str | None) -> list[tuple[str, float]]:
    """The items of a header in lower case, each with its quality; 1 if it names none."""
    items = []
    for item in (header or "")[:_LONGEST].lower().split(","):
        value, _, parameters = item.partition(";")
        quality = _QUALITY.search(parameters)
        items.append((value.strip(), float(quality[1]) if quality else 1.0))
    return items
