"""Rows by COPY: several times as fast as any INSERT, and their text can be made before the transaction begins."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from django.db.models import Expression, JSONField, Model

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


@dataclass(frozen=True)
class Copy:
    """Rows of one table as the text that COPY takes; none if the text is empty."""

    table: str
    columns: Sequence[str]
    text: bytes

    def run(self) -> None:
        """Add the rows, in the transaction that is open."""
        if not self.text:
            return
        names = ", ".join(f'"{name}"' for name in self.columns)
        with connection.wrap_database_errors, connection.cursor() as cursor:
            cursor.copy_expert(f'COPY "{self.table}" ({names}) FROM STDIN', io.BytesIO(self.text), 1 << 16)


def copy_rows(table: str, rows: Sequence[Mapping[str, Any]], json: Collection[str] = ()) -> Copy:
    """Rows that all have the members of the first, which are the table's columns; those in `json` hold JSON values."""
    if not rows:
        return Copy(table, (), b"")
    columns = list(rows[0])
    as_json = [name in json for name in columns]
    lines = [
        "\t".join([_field(row[name], plain) for name, plain in zip(columns, as_json, strict=True)]) for row in rows
    ]
    return Copy(table, columns, "\n".join([*lines, ""]).encode())


def joined(copies: Iterable[Copy]) -> list[Copy]:
    """The same rows, one copy for each table and its columns."""
    found: dict[tuple[str, tuple[str, ...]], list[bytes]] = {}
    for copy in copies:
        if copy.text:
            found.setdefault((copy.table, tuple(copy.columns)), []).append(copy.text)
    return [Copy(table, columns, b"".join(texts)) for (table, columns), texts in found.items()]


def copy_models(rows: Iterable[Model]) -> Copy:
    """New rows of one model. A column that the first leaves to the database's default is left to it in all."""
    found = list(rows)
    if not found:
        return Copy("", (), b"")
    meta = found[0]._meta
    fields = [
        (field.attname, str(field.column))
        for field in meta.concrete_fields
        if not isinstance(getattr(found[0], field.attname), Expression)
    ]
    json = {str(field.column) for field in meta.concrete_fields if isinstance(field, JSONField)}
    values = [{column: getattr(row, name) for name, column in fields} for row in found]
    return copy_rows(meta.db_table, values, json)


def _field(value: Any, as_json: bool) -> str:
    if as_json:
        return "\\N" if value is None else _escaped(orjson.dumps(value, default=dict).decode())
    if type(value) is str:
        return _escaped(value)
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (int, float, uuid.UUID)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return _escaped("{" + ",".join(_item(item) for item in value) + "}")
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return f"\\\\x{bytes(value).hex()}"
    return _escaped(str(value))


def _item(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text) if _SPECIAL.search(text) else text
