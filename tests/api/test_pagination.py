"""Cursors of lists: opaque, signed, good for one user and query."""

import pytest
from django.test import RequestFactory

from api.pagination import decode_cursor, encode_cursor, page_params
from api.problems import Problem


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    values = ["2026-11-22T05:30:00.123Z", "0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00", 3, None]
    assert decode_cursor(encode_cursor(values, "lan patrols"), "lan patrols") == values


@pytest.mark.parametrize("scope", ["linh patrols", "lan observations", ""])
def test_a_cursor_is_no_use_elsewhere(scope: str) -> None:
    with pytest.raises(Problem, match="cursor_invalid"):
        decode_cursor(encode_cursor([1], "lan patrols"), scope)


def test_any_change_of_a_cursor_is_seen() -> None:
    text = encode_cursor(["2026-11-22", 1], "lan")  # base64 has bits to spare in its last character
    for place in range(len(text)):
        for other in "A_z":
            changed = text[:place] + other + text[place + 1 :]
            if changed != text:
                with pytest.raises(Problem, match="cursor_invalid"):
                    decode_cursor(changed, "lan")


@pytest.mark.parametrize("text", ["x", "====", "đ", "AAAA", "A" * 10_000, "a b", "\x00"])
def test_nonsense_is_no_cursor(text: str) -> None:
    with pytest.raises(Problem, match="cursor_invalid"):
        decode_cursor(text, "lan")


def test_a_page_has_50_items_and_at_most_200() -> None:
    assert page_params(RequestFactory().get("/")) == (50, None)
    assert page_params(RequestFactory().get("/?limit=200&cursor=abc")) == (200, "abc")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.0", "ten", "", "٣", "1" * 5000])
def test_any_other_limit_is_a_mistake(limit: str) -> None:
    with pytest.raises(Problem, match="parameter_invalid"):
        page_params(RequestFactory().get("/", {"limit": limit}))
