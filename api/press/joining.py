"""Several PDFs of the press as one: a big print is made piece by piece, so that memory stays bounded.

Only what typst writes as PDF 1.4 is read: plain objects and one table of their places. Each piece keeps its own tree of
pages, which hangs below a new root.
"""

import re
from collections.abc import Iterator, Sequence

_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])")
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_ROOT = re.compile(rb"/Root (\d+) 0 R")
_PAGES = re.compile(rb"/Pages (\d+) 0 R")
_COUNT = re.compile(rb"/Count (\d+)")
_CATALOG, _TREE = 1, 2


def join(pdfs: Sequence[bytes]) -> bytes:
    """The pages of all, in order."""
    objects: list[bytes] = [b"", b""]
    trees: list[int] = []
    pages = 0
    for pdf in pdfs:
        before, bodies = len(objects), dict(_objects(pdf))
        catalog = bodies[_number(_ROOT, pdf[pdf.rindex(b"trailer") :])]
        tree = _number(_PAGES, catalog)
        pages += _number(_COUNT, bodies[tree])
        bodies[tree] = bodies[tree].replace(b"<<", b"<</Parent %d 0 R" % (_TREE - before), 1)
        trees.append(before + tree)
        objects += [_renumbered(bodies.get(number, b"null"), before) for number in range(1, max(bodies) + 1)]
    kids = b" ".join(b"%d 0 R" % tree for tree in trees)
    objects[_CATALOG - 1] = b"<</Type/Catalog/Pages %d 0 R/Lang(vi)>>" % _TREE
    objects[_TREE - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)
    return _written(objects)


def _objects(pdf: bytes) -> Iterator[tuple[int, bytes]]:
    """Each object's number and what stands between `obj` and `endobj`."""
    table = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    places = [int(place) for place, _, used in _ENTRY.findall(pdf[table:]) if used == b"n"]
    for place, end in zip(sorted(places), [*sorted(places)[1:], table], strict=True):
        number, _, rest = pdf[place:end].partition(b" 0 obj")
        yield int(number), rest[: rest.rindex(b"endobj")].strip(b"\r\n")


def _renumbered(body: bytes, by: int) -> bytes:
    """The object with its references moved on; what lies in a stream stays as it is."""
    head, mark, stream = body.partition(b"stream")
    return _REFERENCE.sub(lambda found: b"%d 0 R" % (int(found[1]) + by), head) + mark + stream


def _number(pattern: re.Pattern[bytes], text: bytes) -> int:
    found = pattern.search(text)
    if found is None:
        raise ValueError(f"no {pattern.pattern!r} in this PDF")
    return int(found[1])


def _written(objects: Sequence[bytes]) -> bytes:
    parts, places, length = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], [], 15
    for number, body in enumerate(objects, 1):
        part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        places.append(length)
        parts.append(part)
        length += len(part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table))
    parts.append(b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, _CATALOG, length))
    return b"".join(parts)
