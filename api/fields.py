"""Strict fields: each declares its JSON type once, and decoding, columns, SQL and the document follow from that.

A field is a REST framework field, so that drf-spectacular can read it, but validation never runs through REST
framework: `wire` is the msgspec type that decides, in single requests and bulk alike. `merge` says how two phones'
edits meet (3-api, Push): `atom`, `group:<name>`, `set`, `log` (items with ids) or `derived` (ignored when sent).
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from rest_framework import serializers

from api.localtime import wire as wire_moment
from api.problems import FieldError
from api.text import nfc

INT32 = 2**31 - 1
_FINITE = 1e300
_CANONICAL_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


class Wired(serializers.Field):
    """What every strict field knows beside its place in the document."""

    wrong_type = "wrong_type"
    expected = "another type"

    def __init__(self, *, merge: str = "atom", expression: str | None = None, **kwargs: Any) -> None:
        self.merge = "derived" if expression or kwargs.get("read_only") else merge
        self.expression = expression
        if self.merge == "derived":
            kwargs["read_only"] = True
        super().__init__(**kwargs)

    @property
    def wire(self) -> Any:
        """The msgspec type of a value that isn't null."""
        raise NotImplementedError

    def canonical(self, value: Any) -> Any:
        """A decoded value as JSON, in the one way that this API writes it."""
        return value

    def faults(self, value: Any, pointer: str) -> Iterator[FieldError]:
        """Every fault of a value; none for what `wire` takes."""
        if value is None:
            if not self.allow_null:
                yield FieldError(pointer, "null")
            return
        try:
            self.canonical(msgspec.convert(value, self.wire))
        except (msgspec.ValidationError, ValueError, OverflowError):
            yield FieldError(pointer, *self.fault(value))

    def fault(self, value: Any) -> tuple[Any, ...]:
        """Code and parameters for a value that `wire` refused."""
        return self.wrong_type, {"expected": self.expected}

    def flatten(self, name: str, value: Any) -> dict[str, Any]:
        """A canonical value as JSON values of its columns."""
        return {name: value}

    def sql(self, name: str) -> str:
        """The SQL of the value in JSON, of the table's alias `t`."""
        return self.expression or f't."{name}"'


class Text(Wired, serializers.CharField):
    """Text in NFC, at most `max_length` code points; blank only where `allow_blank` says so."""

    expected = "text"

    def __init__(
        self, *, max_length: int, allow_blank: bool = False, pattern: str | None = None, **kwargs: Any
    ) -> None:
        self.pattern = pattern
        super().__init__(max_length=max_length, allow_blank=allow_blank, trim_whitespace=False, **kwargs)

    @property
    def wire(self) -> Any:
        least = 0 if self.allow_blank else 1
        return Annotated[str, Meta(min_length=least, max_length=self.max_length, pattern=self.pattern)]

    canonical = staticmethod(nfc)  # type: ignore[assignment]

    def fault(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, str):
            return super().fault(value)
        if not value:
            return ("blank",)
        if len(value) > (self.max_length or 0):
            return "too_long", {"max": self.max_length}
        return "invalid_format", {}


class Integer(Wired, serializers.IntegerField):
    """A whole number, within 32 bits unless bounds say otherwise."""

    expected = "an integer"

    def __init__(self, *, min_value: int = -INT32, max_value: int = INT32, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    @property
    def wire(self) -> Any:
        return Annotated[int, Meta(ge=self.min_value, le=self.max_value)]

    def fault(self, value: Any) -> tuple[Any, ...]:
        return _bounds_fault(self, value, int)


class Number(Wired, serializers.FloatField):
    """A finite number."""

    expected = "a number"

    def __init__(self, *, min_value: float = -_FINITE, max_value: float = _FINITE, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    @property
    def wire(self) -> Any:
        return Annotated[float, Meta(ge=self.min_value, le=self.max_value)]

    def canonical(self, value: float) -> float:
        return value + 0.0  # minus zero has no second spelling

    def fault(self, value: Any) -> tuple[Any, ...]:
        return _bounds_fault(self, value, (int, float))


def _bounds_fault(field: Integer | Number, value: Any, types: Any) -> tuple[Any, ...]:
    """Too large, too small, or not a number at all (true is none)."""
    if isinstance(value, bool) or not isinstance(value, types):
        return Wired.fault(field, value)
    if value > (field.max_value or 0):
        return "too_large", {"max": field.max_value}
    return "too_small", {"min": field.min_value}


class Flag(Wired, serializers.BooleanField):
    """True or false, nothing like them."""

    expected = "true or false"
    wire = bool


class Moment(Wired, serializers.DateTimeField):
    """A moment with its offset (RFC 3339); written in UTC with milliseconds and `Z`."""

    wrong_type = "invalid_datetime"
    wire = Annotated[dt.datetime, Meta(tz=True)]

    def canonical(self, value: dt.datetime) -> str:
        return wire_moment(value)

    def sql(self, name: str) -> str:
        return f'to_char(t."{name}" AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')'


class Day(Wired, serializers.DateField):
    """A local calendar day, `YYYY-MM-DD`."""

    wrong_type = "invalid_date"
    wire = dt.date

    def canonical(self, value: dt.date) -> str:
        return value.isoformat()


class Id(Wired, serializers.UUIDField):
    """A UUID: only its text is looked at, since making objects of the thousand ids of a push cost a tenth of it."""

    wrong_type = "invalid_uuid"
    wire = str

    def canonical(self, value: str) -> str:
        return value if _CANONICAL_ID(value) else str(msgspec.convert(value, uuid.UUID))


class Choice(Wired, serializers.ChoiceField):
    """One of a closed list of values."""

    wrong_type = "invalid_choice"

    @property
    def wire(self) -> Any:
        return Literal[tuple(str(key) for key in self.choices)]

    def fault(self, value: Any) -> tuple[Any, ...]:
        return "invalid_choice", {"choices": ", ".join(str(key) for key in self.choices)}


class ListOf(Wired, serializers.ListField):
    """A list of values of one field; a `set` is sorted and without repeats, a `log` sorted by its items' `id`."""

    expected = "a list"

    child: Any

    def __init__(self, *, child: Any, max_length: int = 500, **kwargs: Any) -> None:
        super().__init__(child=child, max_length=max_length, **kwargs)

    @property
    def wire(self) -> Any:
        child = self.child.wire | None if self.child.allow_null else self.child.wire
        return Annotated[list[child], Meta(max_length=self.max_length)]  # type: ignore[valid-type]

    def canonical(self, value: list[Any]) -> list[Any]:
        items = [None if item is None else self.child.canonical(item) for item in value]
        if self.merge == "set":
            return sorted(set(items))
        if self.merge == "log":
            return sorted({item["id"]: item for item in items if item}.values(), key=lambda item: str(item["id"]))
        return items

    def faults(self, value: Any, pointer: str) -> Iterator[FieldError]:
        if isinstance(value, list) and len(value) <= (self.max_length or 0):
            for place, item in enumerate(value):
                yield from self.child.faults(item, f"{pointer}/{place}")
        else:
            yield from super().faults(value, pointer)

    def fault(self, value: Any) -> tuple[Any, ...]:
        return ("too_many_items", {"max": self.max_length}) if isinstance(value, list) else super().fault(value)


class AnyObject(Wired, serializers.DictField):
    """Any JSON object, kept as it is."""

    expected = "an object"
    wire = dict[str, Any]


class Nested(Wired, serializers.Serializer):
    """An object inside a record, kept whole in one JSON column. Absent optional members are written as null."""

    expected = "an object"

    @property
    def wire(self) -> Any:
        from api.shapes import shape_of

        return shape_of(type(self)).whole

    def canonical(self, value: Any) -> dict[str, Any]:
        from api.shapes import shape_of

        return shape_of(type(self)).canonical(value, fill=True)

    def faults(self, value: Any, pointer: str) -> Iterator[FieldError]:
        from api.shapes import shape_of

        if value is None:
            yield from super().faults(value, pointer)
        else:
            yield from shape_of(type(self)).faults(value, pointer)


class Spread(Nested):
    """An object kept in one column a member, `<name>_<member>`; null where its first member is."""

    def flatten(self, name: str, value: Any) -> dict[str, Any]:
        return {f"{name}_{member}": (value or {}).get(member) for member in self.fields}

    def sql(self, name: str) -> str:
        fields: dict[str, Any] = dict(self.fields)
        members = ", ".join(f"'{member}', {field.sql(f'{name}_{member}')}" for member, field in fields.items())
        return f'CASE WHEN t."{name}_{next(iter(fields))}" IS NOT NULL THEN json_build_object({members}) END'


class Location(Spread):
    """A place on Earth, WGS 84: degrees east and north, and the radius in metres that the phone claims."""

    lon = Number(min_value=-180, max_value=180)
    lat = Number(min_value=-90, max_value=90)
    accuracy_m = Number(min_value=0, max_value=1e7, required=False, allow_null=True)
