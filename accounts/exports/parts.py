"""A file kept as rows of a table: written in pieces of a megabyte, read again piece by piece."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from accounts.models import ExportPart
from api.localtime import now

PIECE_BYTES = 1 << 20


class Parts:
    """Takes the bytes of an export's file; those of an earlier attempt are forgotten."""

    def __init__(self, export_id: uuid.UUID) -> None:
        self.export_id, self.size, self._count, self._waiting = export_id, 0, 0, bytearray()
        ExportPart.objects.filter(export_id=export_id).delete()

    def write(self, data: bytes, /) -> int:
        self._waiting += data
        while len(self._waiting) >= PIECE_BYTES:
            self._put(PIECE_BYTES)
        return len(data)

    def flush(self) -> None:
        """For zipfile, which asks for it; pieces go out as they fill."""

    def close(self) -> None:
        """Keep the rest."""
        if self._waiting:
            self._put(len(self._waiting))

    def _put(self, size: int) -> None:
        content = bytes(self._waiting[:size])
        ExportPart.objects.create(export_id=self.export_id, no=self._count, content=content, created_at=now())
        del self._waiting[:size]
        self._count, self.size = self._count + 1, self.size + size


def content(export_id: uuid.UUID) -> Iterator[bytes]:
    """The file, piece by piece, each by a query of its own."""
    number = 0
    while True:
        found = ExportPart.objects.filter(export_id=export_id, no=number).values_list("content", flat=True).first()
        if found is None:
            return
        yield bytes(found)
        number += 1
