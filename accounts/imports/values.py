"""What a cell means: text, phone, code, day, number or choice, however Excel or a clerk wrote it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from accounts.areas.names import tidy
from accounts.imports.columns import Column
from accounts.phones import normalise_phone
from api.enums import LabelledEnum
from api.problems import FieldError, Problem, field_error_text
from api.text import fold

Cell = str | int | float | bool | None
LONGEST_TOLD = 100

_INVISIBLE = re.compile(r"[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}([.,]\d{1,15})?", re.ASCII)
_EXCEL_ZERO = dt.date(1899, 12, 30)
_EXCEL_DAYS = (10_000, 80_000)  # 1927 to 2119: what lies outside is no day that a clerk means
_EARLIEST = dt.date(1945, 1, 1)


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell, or (`column` empty) with a whole line; `value` is what stands there."""

    line: int
    column: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    value: str = ""

    def text(self, language: str) -> str:
        """The fault in words."""
        return fault_text(self.code, self.params, language)

    def kept(self) -> dict[str, Any]:
        """As a row keeps it."""
        return {"column": self.column, "code": self.code, "params": plain(self.params), "value": self.value}


def fault_text(code: str, params: Mapping[str, object], language: str) -> str:
    """A fault in words; a parameter in two languages is {vi, en}."""
    chosen = {n: value[language] if isinstance(value, dict) else value for n, value in params.items()}
    return field_error_text(FieldError("", code, chosen), language)


_EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")


def is_excel_error(cell: Cell) -> bool:
    """Whether a formula came to nothing: `#N/A`, `#REF!` and their like."""
    return isinstance(cell, str) and cell[:1] == "#" and bool(_EXCEL_ERROR.fullmatch(cell.strip()))


class BadValue(Exception):
    """A cell that can't be what its column asks for."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def written(cell: Cell) -> str:
    """A cell as text: NFC, single spaces, nothing invisible; whole numbers without Excel's `.0`."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return _tidied(cell) if isinstance(cell, str) else str(cell)


@lru_cache(20_000)
def _tidied(text: str) -> str:
    """Names of communes, hamlets, teams and roles come again and again."""
    return text if text.isascii() and text.isalnum() else tidy(_INVISIBLE.sub(" ", text))


def read_text(cell: Cell, column: Column) -> str:
    """Text within the column's length."""
    text = written(cell)
    if len(text) > column.longest:
        raise BadValue("too_long", max=column.longest)
    return text


_MOBILE = re.compile(r"\+84[35789]")


def read_phone(cell: Cell) -> str:
    """A number in E.164. Excel takes the zero from `0912345678` and `02523831234`, and makes numbers of them."""
    text = written(cell).lstrip("'").replace("(0)", "")
    if re.fullmatch(r"[1-9]\d{8}|2\d{9}", text, re.ASCII):
        text = f"0{text}"
    try:
        number = normalise_phone(text)
    except Problem:
        raise BadValue("import_phone") from None
    # A digit too many or too few is what clerks get wrong most, and mobile numbers have nine after +84.
    if _MOBILE.match(number) and len(number) != len("+84912345678"):
        raise BadValue("import_phone")
    return number


def read_code(cell: Cell) -> str:
    """A commune's code of five digits; Excel takes the zeros before it."""
    text = written(cell)
    return text.zfill(5) if text.isascii() and text.isdigit() else text


def read_day(cell: Cell) -> dt.date | None:
    """A day: a date of Excel or its number, `dd/mm/yyyy`, or `yyyy-mm-dd`."""
    text = written(cell)
    if not text:
        return None
    day = _day(text)
    if day is None or not _EARLIEST <= day <= dt.date(2100, 1, 1):
        raise BadValue("import_day")
    return day


def _day(text: str) -> dt.date | None:
    try:
        if match := _DAY.fullmatch(text):
            return dt.date(int(match[3]), int(match[2]), int(match[1]))
        if match := _ISO.fullmatch(text):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    serial = text.partition(".")[0]
    if serial.isascii() and serial.isdigit() and _EXCEL_DAYS[0] <= int(serial) <= _EXCEL_DAYS[1]:
        return _EXCEL_ZERO + dt.timedelta(days=int(serial))
    return None


def read_number(cell: Cell, least: float, most: float) -> float | None:
    """A number with a decimal point or comma, within bounds."""
    text = written(cell)
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise BadValue("import_number")
    value = float(text.replace(",", "."))
    if value < least:
        raise BadValue("too_small", min=f"{least:g}")
    if value > most:
        raise BadValue("too_large", max=f"{most:g}")
    return value


def read_whole(cell: Cell, least: int, most: int) -> int | None:
    """A whole number within bounds; `1.234` and `1,234` with three digits behind are thousands, as clerks write."""
    text = written(cell)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", text, re.ASCII):
        cell = re.sub(r"[.,]", "", text)
    value = read_number(cell, least, most)
    if value is not None and not value.is_integer():
        raise BadValue("import_whole_number")
    return None if value is None else int(value)


def read_choice(cell: Cell, choices: Iterable[LabelledEnum]) -> str | None:
    """A value by either of its labels; accents, case and the value's own name don't matter."""
    text = written(cell)
    if not text:
        return None
    choices = tuple(choices)
    found = _choice(text, choices)
    if found is None:
        raise BadValue(
            "invalid_choice",
            choices={
                "vi": ", ".join(each.label_vi for each in choices),
                "en": ", ".join(each.label_en for each in choices),
            },
        )
    return found


@lru_cache(1_000)
def _choice(text: str, choices: tuple[LabelledEnum, ...]) -> str | None:
    return _labels(choices).get(fold(text))


@cache
def _labels(choices: tuple[LabelledEnum, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for each in choices:
        for called in (each.label_vi, each.label_en, each.value, each.value.replace("_", " ")):
            found[fold(called)] = each.value
    return found


def told(cell: Cell) -> str:
    """What stands in a cell, as a message repeats it."""
    return written(cell)[:LONGEST_TOLD]


def plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """A fault's parameters as JSON keeps them."""
    return {name: value if isinstance(value, (str, int, float, dict)) else str(value) for name, value in params.items()}
