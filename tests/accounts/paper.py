"""Reading a printed sheet as somebody who holds it: the words on each page, and the square codes.

Only what the press writes is read: glyphs by two bytes with a table of their letters, a pixel a cell in pictures.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass

import segno

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_STEP = re.compile(rb"/(f\d+) [\d.]+ Tf|\(|T[Jj]\b")
_BRACKET = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{3}\b")


@dataclass(frozen=True)
class Paper:
    """What stands on a print: a line a piece of text, page by page, and its square codes as rows of cells."""

    pages: list[list[str]]
    squares: list[list[bytes]]

    @property
    def codes(self) -> list[str]:
        """The activation codes, in order."""
        return [code for page in self.pages for line in page for code in _CODE.findall(line)]

    def shows(self, address: str) -> bool:
        """Whether one of the square codes says just this."""
        made = segno.make(address, error="m", micro=False, mask=2, boost_error=False).matrix
        return [bytes(0 if cell else 255 for cell in row) for row in made] in self.squares


def read_paper(pdf: bytes) -> Paper:
    """The words and pictures of a PDF that our press made."""
    bodies = {int(number): body for number, body in _OBJECT.findall(pdf)}
    pages, squares = [], []
    for body in bodies.values():
        if b"/Type/Page/" in body:
            fonts = _fonts(bodies, _body(bodies, rb"/Resources (\d+) 0 R", body))
            pages.append(_lines(_stream(_body(bodies, rb"/Contents (\d+) 0 R", body)), fonts))
        elif b"/Subtype/Image" in body:
            [width] = re.findall(rb"/Width (\d+)", body)
            cells = _stream(body)
            squares.append([cells[at : at + int(width)] for at in range(0, len(cells), int(width))])
    return Paper(pages, squares)


def _body(bodies: dict[int, bytes], pattern: bytes, within: bytes) -> bytes:
    [number] = re.findall(pattern, within)
    return bodies[int(number)]


def _stream(body: bytes) -> bytes:
    return zlib.decompressobj().decompress(body.partition(b"stream")[2].lstrip(b"\r\n"))


def _fonts(bodies: dict[int, bytes], resources: bytes) -> dict[bytes, dict[int, str]]:
    """Each font's letters by the number of their glyph."""
    found = {}
    for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources):
        table = _stream(_body(bodies, rb"/ToUnicode (\d+) 0 R", bodies[int(number)]))
        found[name] = {
            int(glyph, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
            for glyph, letters in _LETTER.findall(table)
        }
    return found


def _lines(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    lines: list[str] = []
    letters: dict[int, str] = {}
    raw, at = b"", 0
    while step := _STEP.search(content, at):
        at = step.end()
        if step[1]:
            letters = fonts[step[1]]
        elif step[0] == b"(":
            begins, at = at, _closed(content, at)
            raw += _ESCAPED.sub(_meant, content[begins : at - 1])
        else:
            glyphs = (int.from_bytes(raw[place : place + 2]) for place in range(0, len(raw), 2))
            lines.append(unicodedata.normalize("NFC", "".join(letters.get(glyph, "") for glyph in glyphs)))
            raw = b""
    return lines


def _closed(content: bytes, at: int) -> int:
    """Where the text ends that began there; brackets within it come in pairs or with a backslash."""
    depth = 1
    while depth:
        found = _BRACKET.search(content, at)
        assert found is not None, "a text that doesn't end"
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        at = found.end()
    return at


def _meant(escape: re.Match[bytes]) -> bytes:
    meant = escape[1]
    return bytes([int(meant, 8)]) if meant.isdigit() else _NAMED.get(meant, meant)
