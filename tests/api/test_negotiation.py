"""What callers prefer: language, media type, encoding."""

import pytest

from api.negotiation import accepts, accepts_gzip, language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("vi-VN, en;q=0.5", "vi"),
        ("fr, en;q=0.3", "en"),
        ("fr", "vi"),
        ("*", "vi"),
        ("en;q=0", "vi"),
        ("en;q=0.2, vi;q=0.1", "en"),
        ("EN", "en"),
        ("en;q=nonsense", "en"),
        ("x" * 10_000, "vi"),
    ],
)
def test_accept_language_chooses_and_vietnamese_is_the_default(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (None, True),
        ("*/*", True),
        ("application/json", True),
        ("application/*;q=0.1", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/problem+json, application/json", True),
        ("text/html", False),
        ("application/json;q=0", False),
        ("image/*", False),
    ],
)
def test_accept_names_json_or_is_refused(header: str | None, taken: bool) -> None:
    assert accepts(header, {"application/json"}) is taken


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (None, False),
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*, gzip;q=0", False),
        ("identity", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(header: str | None, taken: bool) -> None:
    assert accepts_gzip(header) is taken
