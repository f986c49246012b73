"""One definition of a shape: the serializer. Decoding, columns and the SQL of the JSON form are derived from it here.

What decides is a msgspec struct made from the serializer's fields, so single requests and bulk take and refuse the
same. Only when it refuses are the fields asked one by one, to name every fault at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from rest_framework import serializers
from rest_framework.fields import empty

from api.fields import Id, Integer, ListOf, Moment, Text, Wired
from api.problems import FieldError, Problem
from api.records import Wire


class RecordSerializer(serializers.Serializer):
    """The fields of every record.

    `id` and `area_id` never change; `recorded_at` is the phone's clock when
    it was first written; left out, the server's best estimate stands in.
    """

    id = Id()
    area_id = Id()
    version = Integer(read_only=True)
    recorded_at = Moment(required=False)
    occurred_at = Moment(read_only=True)
    received_at = Moment(read_only=True)
    clock_skew_s = Integer(read_only=True)
    author_id = Id(read_only=True, allow_null=True)
    device_id = Id(read_only=True, allow_null=True)
    flags = ListOf(child=Text(max_length=40), read_only=True)


# Fixed when a record is made; later values of them are no edits.
IDENTITY = frozenset({"id", "area_id", "recorded_at"})


class Shape:
    """What follows from a serializer class; get it by `shape_of`."""

    def __init__(self, serializer: type[serializers.BaseSerializer[Any]]) -> None:
        self.name = serializer.__name__
        self.fields: dict[str, Wired] = dict(serializer().fields)  # type: ignore[attr-defined]
        self.input = {name: field for name, field in self.fields.items() if not field.read_only}
        self.derived = frozenset(self.fields) - frozenset(self.input)

    @cached_property
    def whole(self) -> type[msgspec.Struct]:
        """The struct of a whole object: what is required must be there."""
        return self._struct(partial=False)

    @cached_property
    def part(self) -> type[msgspec.Struct]:
        """The struct of a merge patch: every field may be absent."""
        return self._struct(partial=True)

    def _struct(self, *, partial: bool) -> type[msgspec.Struct]:
        members: list[tuple[str, Any, Any]] = []
        required: list[tuple[str, Any]] = []
        for name, field in self.input.items():
            kind = field.wire | None if field.allow_null else field.wire
            if field.required and not partial:
                required.append((name, kind))
            else:
                members.append((name, kind | UnsetType, UNSET))
        members += [(name, Any, UNSET) for name in sorted(self.derived)]
        made = msgspec.defstruct(self.name, [*required, *members], forbid_unknown_fields=True)
        # msgspec looks at a struct's types at its first use, and crashes if a second thread comes by meanwhile.
        msgspec.json.Decoder(made)
        return made

    def decode(self, data: Any, *, partial: bool = False, fill: bool = False) -> Wire:
        """The canonical wire form of what was sent; derived fields are dropped, absent ones filled in only if `fill`.

        Raises Problem `invalid` with every fault, each under its JSON pointer.
        """
        try:
            return self.canonical(msgspec.convert(data, self.part if partial else self.whole), fill=fill)
        except (msgspec.ValidationError, ValueError, OverflowError) as refused:
            found = list(self.faults(data, "", partial=partial))
            raise Problem("invalid", errors=found or [FieldError("", "wrong_type")]) from refused

    def canonical(self, value: Any, *, fill: bool = False) -> Wire:
        """A decoded struct as canonical JSON values."""
        out: Wire = {}
        for name, write in self._writers:
            item = getattr(value, name)
            if item is UNSET:
                if fill:
                    out[name] = self.default(name)
            else:
                out[name] = item if item is None or write is None else write(item)
        return out

    @cached_property
    def _writers(self) -> list[tuple[str, Callable[[Any], Any] | None]]:
        """How each field is written; None for what stays as msgspec gives it."""
        return [
            (name, None if type(field).canonical is Wired.canonical else field.canonical)
            for name, field in self.input.items()
        ]

    def blank(self) -> Wire:
        """A new object in which nothing was set: every field, in order, with its default or null."""
        made = dict(self._nulls)
        for name, default in self._defaults:
            made[name] = default() if callable(default) else default
        return made

    @cached_property
    def _nulls(self) -> Wire:
        return dict.fromkeys(self.fields)

    @cached_property
    def _defaults(self) -> list[tuple[str, Any]]:
        """The fields whose default isn't null."""
        found = ((name, self.fields[name].default) for name in self.input)
        return [(name, default) for name, default in found if default is not empty and default is not None]

    def default(self, name: str) -> Any:
        """What an absent field is in a new object."""
        default = self.fields[name].default
        return None if default is empty else default() if callable(default) else default

    def faults(self, data: Any, pointer: str = "", *, partial: bool = False) -> Iterator[FieldError]:
        """Every fault of an object, in the order of its fields; unknown ones last."""
        if not isinstance(data, Mapping):
            yield FieldError(pointer, "wrong_type", {"expected": "an object"})
            return
        for name, field in self.input.items():
            if name in data:
                yield from field.faults(data[name], f"{pointer}/{name}")
            elif field.required and not partial:
                yield FieldError(f"{pointer}/{name}", "required")
        for name in data:
            if name not in self.fields:
                yield FieldError(f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}", "unknown_field")

    def flatten(self, record: Wire) -> Wire:
        """A record's wire form as JSON values of its columns."""
        out = {name: record[name] for name in self._plain if name in record}
        for name, field in self._spread:
            if name in record:
                out.update(field.flatten(name, record[name]))
        return out

    @cached_property
    def _plain(self) -> list[str]:
        """The fields that are one column as they are."""
        return [name for name, f in self.fields.items() if not f.expression and type(f).flatten is Wired.flatten]

    @cached_property
    def _spread(self) -> list[tuple[str, Wired]]:
        return [(n, f) for n, f in self.fields.items() if not f.expression and type(f).flatten is not Wired.flatten]

    @cached_property
    def select(self) -> str:
        """The SQL expression of a row `t` in wire form: JSON text, the same bytes wherever a record is read."""
        members = ", ".join(f'{field.sql(name)} AS "{name}"' for name, field in self.fields.items())
        return f"(SELECT to_json(x)::text FROM (SELECT {members}) x)"

    @cached_property
    def merge_kinds(self) -> dict[str, str]:
        """How each field merges, by name."""
        return {name: field.merge for name, field in self.fields.items()}


@cache
def shape_of(serializer: type[serializers.BaseSerializer[Any]]) -> Shape:
    """The shape that a serializer class declares."""
    return Shape(serializer)


def decode(serializer: type[serializers.BaseSerializer[Any]], data: Any, *, partial: bool = False) -> Wire:
    """Decode a request's body by a serializer: see `Shape.decode`; absent optional fields come as their defaults."""
    return shape_of(serializer).decode(data, partial=partial, fill=not partial)  # type: ignore[arg-type]


__all__ = ["IDENTITY", "RecordSerializer", "Shape", "decode", "shape_of"]
