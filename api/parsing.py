"""Strict JSON in: what Postgres can't hold, or would be a 500, is refused by name before anything runs.

orjson alone is not enough: it makes floats of integers over 64 bits, takes NUL, allows 1,024 levels, and fails a whole
body for one lone surrogate. So cheap passes over the bytes look for what could be wrong, and only a hit is looked at
closely.
Of members that stand twice the last one counts, as in Postgres.
"""

import re
from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from api.problems import FieldError, Problem

DEEPEST = 32

_FOLD = bytes.maketrans(b"[]", b"{}")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_ONE_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_STRING = re.compile(rb'"[^"]*+"')
_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}+(?![.eE])")
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_RAW_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text; raises `body_too_deep`, `text_invalid`, `integer_too_large` or `body_invalid`."""
    if found := flaw(raw):
        raise Problem(found)
    return _loads(raw)


def parse_push(raw: bytes) -> tuple[dict[str, Any], dict[int, Problem]]:
    """A push: its body, and by index the problem of each mutation that can't be taken as it is.

    Such a mutation keeps only the scalar members at its top (its ids, type, op), so that it can be answered; the others
    aren't touched by it. What is wrong outside the mutations, or not JSON at all, still fails the whole body.
    """
    problems: dict[int, Problem] = {}
    if found := flaw(raw):
        raw, problems, salvaged = _set_aside(raw, found)
    body = _loads(raw)
    if not isinstance(body, dict):
        raise Problem("invalid", errors=[FieldError("", "wrong_type")])
    mutations = body.get("mutations")
    for index, problem in problems.items():
        if not isinstance(mutations, list) or mutations[index : index + 1] != [None]:
            raise problem  # the member stands there twice, and the one that counts isn't the one that was mended
        mutations[index] = salvaged[index]
    return body, problems


def flaw(raw: bytes, deepest: int = DEEPEST) -> str | None:
    """The code of what makes this JSON unfit though a parser may take it, or None."""
    if raw.count(b"{") + raw.count(b"[") > deepest and _too_deep(_skeleton(raw), deepest):
        return "body_too_deep"
    if _bad_text(raw):
        return "text_invalid"
    if _LONG_NUMBER in raw.translate(_ONE_DIGIT) and _big_integer(raw):
        return "integer_too_large"
    return None


def _loads(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem("body_invalid") from error


def ends_early(problem: Problem) -> bool:
    """Whether a `body_invalid` is for a text that stops in the middle, as a body does whose connection broke."""
    cause = problem.__cause__
    return isinstance(cause, orjson.JSONDecodeError) and cause.pos >= len(cause.doc)


def _unescaped(raw: bytes) -> bytes:
    """The text without the escapes that would hide where a string ends."""
    return raw.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in raw else raw


def _skeleton(raw: bytes) -> bytes:
    """The brackets alone, all as braces; those inside strings are left out."""
    text = _unescaped(raw)
    bare = text.translate(_FOLD, _NOT_STRUCTURE).replace(b'""', b"")
    return _STRING.sub(b"", text).translate(_FOLD, _NOT_STRUCTURE) if b'"' in bare else bare


def _too_deep(skeleton: bytes, deepest: int) -> bool:
    for _ in range(deepest):
        shorter = skeleton.replace(b"{}", b"")  # one level of leaves goes with each pass
        if len(shorter) == len(skeleton):
            break
        skeleton = shorter
    return b"{}" in skeleton or skeleton.count(b"{") > deepest


def _bad_text(raw: bytes) -> bool:
    if b"\xed" in raw and _RAW_SURROGATE.search(raw):
        return True
    if b"\\u" not in raw or not _SUSPECT_ESCAPE.search(raw):
        return False
    high_end = -1  # where a high surrogate ended that still needs its low half
    for match in _ESCAPE.finditer(raw):
        unit = int(match[1], 16) if match[1] else -1
        is_low = 0xDC00 <= unit < 0xE000
        if unit == 0 or is_low != (high_end == match.start()) or (high_end >= 0 and not is_low):
            return True
        high_end = match.end() if 0xD800 <= unit < 0xDC00 else -1
    return high_end >= 0


def _big_integer(raw: bytes) -> bool:
    bare = _STRING.sub(b"", _unescaped(raw))
    # 40 digits are past any limit; the slice keeps a number of a million digits from costing seconds.
    return any(not -(2**63) <= int(match[0][:40]) < 2**63 for match in _INTEGER.finditer(bare))


# Far more than a push may hold; each costs some work.
_MOST_SPANS = 1000
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)
_MEMBER = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*+:\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s\[\]{}",]++)', re.DOTALL)


def _set_aside(raw: bytes, found: str) -> tuple[bytes, dict[int, Problem], dict[int, dict[str, Any]]]:
    """The body with null for each mutation that has a flaw, those flaws, and what is left of those mutations."""
    spans = _mutations(raw)
    if len(spans) > _MOST_SPANS:
        raise Problem(found)
    problems: dict[int, Problem] = {}
    salvaged: dict[int, dict[str, Any]] = {}
    pieces, end = [], 0
    for index, (start, stop) in enumerate(spans):
        # A mutation lies two levels deep already.
        if code := flaw(raw[start:stop], DEEPEST - 2):
            problems[index] = Problem(code)
            salvaged[index] = _scalars(raw[start:stop])
            pieces += [raw[end:start], b"null"]
            end = stop
    rest = b"".join([*pieces, raw[end:]])
    if not problems or flaw(rest):
        raise Problem(found)
    return rest, problems, salvaged


def _mutations(raw: bytes) -> list[tuple[int, int]]:
    """Where each element of the top-level member `mutations` starts and stops."""
    spans: list[tuple[int, int]] = []
    depth, start, name, inside = 0, -1, b"", False
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
            if depth == 2:
                inside = token == b"[" and name == b'"mutations"'
                start, spans = match.end(), [] if inside else spans
        elif token in (b"}", b"]", b","):
            if inside and depth == 2 and token != b"}" and raw[start : match.start()].strip():
                spans.append((start, match.start()))
                start = match.end()
            if token != b",":
                depth -= 1
                inside = inside and depth >= 2
        elif depth == 1:
            name = token
    return spans


def _scalars(raw: bytes) -> dict[str, Any]:
    """The strings and numbers at the top of a flawed mutation, as far as they are sound themselves."""
    found: dict[str, Any] = {}
    depth, begin = 0, 0
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif token != b"," and depth == 1 and match.start() >= begin:
            member = _MEMBER.match(raw, match.start())
            if member:
                begin = member.end()
                if not flaw(member[1] + member[2]):
                    found[_loads(member[1])] = _loads(member[2])
    return found


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 for DRF, by `parse_json`."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        charset = re.search(r"charset\s*=\s*\"?([\w-]+)", media_type or "", re.IGNORECASE)
        if charset and charset[1].lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "")
        return self.load(stream.read())

    def load(self, raw: bytes) -> Any:
        return parse_json(raw)


class MergePatchParser(StrictJSONParser):
    """JSON Merge Patch (RFC 7396), in the same strict JSON."""

    media_type = "application/merge-patch+json"


class PushParser(StrictJSONParser):
    """A push for DRF: `request.data` is what `parse_push` returns."""

    def load(self, raw: bytes) -> tuple[dict[str, Any], dict[int, Problem]]:
        return parse_push(raw)
