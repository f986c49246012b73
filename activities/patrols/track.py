"""Tracks: pieces as phones send them, their union by time, and the one compact column a track is stored in.

Pure functions. A piece is columns of differences: `t0`, then `dt_s`, `lon_e6` and `lat_e6` (row 0 absolute, `dt_s`
counting from `t0`, each later row the difference to the row before) beside `accuracy_m`, `speed_cms?` and `mocked?` (a
value a row). Rows need no order; times are whole seconds. A whole track has the same form: it is stored so, packed.

The union is a join-semilattice: at each second the least row in a fixed order wins, and the earliest `MOST_POINTS`
seconds are kept. So pieces may come in any order, any number of times, and the result is the same.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise, repeat
from typing import Any

import msgspec
import orjson

from api.fields import Moment
from api.localtime import wire as wire_time
from api.problems import FieldError

PIECE_POINTS = 2_000
MOST_POINTS = 20_000

Row = tuple[int, int, int, int, bool]
"""Accuracy in m, lon and lat in millionths of a degree, speed in cm/s, mocked. Ordered: the least row wins a second."""

_UNKNOWN = 1 << 16
_MOST = _UNKNOWN - 1
_REQUIRED = ("dt_s", "lon_e6", "lat_e6", "accuracy_m")
_COLUMNS = (*_REQUIRED, "speed_cms", "mocked")
_DEGREES = {"lon_e6": 180_000_000, "lat_e6": 90_000_000}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799  # the years 1 to 9999
_LEVEL = 3  # 1,440 points take 7.5 KB; level 6 saves 7 % and takes twice the time


def validate(piece: object) -> list[FieldError]:
    """Everything that is wrong with a piece, with pointers relative to it; empty if it can be taken."""
    if not isinstance(piece, dict):
        return [FieldError("", "wrong_type", {"expected": "object"})]
    errors = [FieldError(f"/{name}", "unknown_field") for name in piece if name not in _COLUMNS and name != "t0"]
    errors += [FieldError(f"/{name}", "required") for name in ("t0", *_REQUIRED) if name not in piece]
    columns = {name: piece[name] for name in _COLUMNS if name in piece}
    errors += [error for name, column in columns.items() for error in _column_errors(name, column)]
    start = _second(piece.get("t0"))
    if "t0" in piece and start is None:
        errors.append(FieldError("/t0", "invalid_datetime"))
    if errors or start is None:
        return errors
    rows = len(columns["dt_s"])
    errors = [
        FieldError(f"/{name}", "columns_differ", {"expected": rows})
        for name, column in columns.items()
        if len(column) != rows
    ]
    if outside := _first_outside(columns["dt_s"], _FIRST_SECOND - start, _LAST_SECOND - start):
        errors.append(FieldError(f"/dt_s/{outside - 1}", "invalid_datetime"))
    for name, limit in _DEGREES.items():
        if outside := _first_outside(columns[name], -limit, limit):
            errors.append(FieldError(f"/{name}/{outside - 1}", "invalid_location"))
    return errors


def union(stored: bytes | None, pieces: Sequence[dict[str, Any]]) -> bytes:
    """What is stored, and these valid pieces, as one track."""
    held = unpack(stored) if stored else {}
    rows: dict[int, Row] = dict(_rows(held)) if held else {}  # no second occurs twice in it
    for piece in pieces:
        for second, row in _rows(piece):
            kept = rows.get(second)
            if kept is None or row < kept:
                rows[second] = row
    truncated = held.get("truncated", False) or len(rows) > MOST_POINTS
    times = sorted(rows)[:MOST_POINTS]
    return _pack(times, [rows[second] for second in times], truncated=truncated)


def wire(stored: bytes | None) -> dict[str, Any]:
    """The whole track as one piece, in order of time, with `points`, how many there are."""
    piece = unpack(stored) if stored else {"t0": None, **{name: [] for name in _REQUIRED}}
    piece.pop("truncated", None)
    return {"points": len(piece["dt_s"]), **piece}


def unpack(stored: bytes) -> dict[str, Any]:
    """A stored track as the piece that it is, `truncated` if points beyond the most were dropped."""
    piece: dict[str, Any] = orjson.loads(zlib.decompress(stored))
    return piece


def seconds(piece: dict[str, Any]) -> list[int]:
    """The Unix second of each row."""
    start = _second(piece["t0"]) or 0
    return [start + offset for offset in accumulate(piece["dt_s"])]


def _rows(piece: dict[str, Any]) -> Iterable[tuple[int, Row]]:
    rows = zip(
        _capped(piece["accuracy_m"]),
        accumulate(piece["lon_e6"]),
        accumulate(piece["lat_e6"]),
        _capped(piece["speed_cms"]) if "speed_cms" in piece else repeat(_UNKNOWN),
        piece.get("mocked") or repeat(False),
        strict=False,
    )
    return zip(seconds(piece), rows, strict=False)


def _pack(times: list[int], rows: list[Row], *, truncated: bool) -> bytes:
    accuracy, lon, lat, speed, mocked = zip(*rows, strict=True)
    piece: dict[str, Any] = {
        "t0": wire_time(_EPOCH + dt.timedelta(seconds=times[0])),
        "dt_s": [0, *_steps(times)],
        "lon_e6": [lon[0], *_steps(lon)],
        "lat_e6": [lat[0], *_steps(lat)],
        "accuracy_m": _known(accuracy),
    }
    if min(speed) < _UNKNOWN:
        piece["speed_cms"] = _known(speed)
    if any(mocked):
        piece["mocked"] = mocked
    if truncated:
        piece["truncated"] = True
    return zlib.compress(orjson.dumps(piece), _LEVEL)


def _column_errors(name: str, column: object) -> list[FieldError]:
    if not isinstance(column, list):
        return [FieldError(f"/{name}", "wrong_type", {"expected": "array"})]
    if not column:
        return [FieldError(f"/{name}", "too_few_items", {"min": 1})]
    if len(column) > PIECE_POINTS:
        return [FieldError(f"/{name}", "too_many_items", {"max": PIECE_POINTS})]
    allowed = {bool} if name == "mocked" else {int, type(None)} if name in {"accuracy_m", "speed_cms"} else {int}
    if set(map(type, column)) <= allowed:
        return []
    expected = "boolean" if name == "mocked" else "integer"
    return [
        FieldError(f"/{name}/{i}", "wrong_type", {"expected": expected})
        for i, value in enumerate(column)
        if type(value) not in allowed
    ]


def _first_outside(steps: list[int], least: int, most: int) -> int:
    """The number (from 1) of the first row whose sum lies outside the bounds; 0 if none does."""
    sums = list(accumulate(steps))
    if least <= min(sums) and max(sums) <= most:
        return 0
    return next(i for i, value in enumerate(sums, 1) if not least <= value <= most)


def _second(text: object) -> int | None:
    """The Unix second of a time on the wire, its fraction cut off; None if it isn't one."""
    try:
        return (msgspec.convert(text, Moment.wire) - _EPOCH) // dt.timedelta(seconds=1)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None


def _steps(values: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(values)]


def _capped(column: Iterable[int | None]) -> list[int]:
    return [_UNKNOWN if value is None or value < 0 else min(value, _MOST) for value in column]


def _known(column: Iterable[int]) -> list[int | None]:
    return [None if value == _UNKNOWN else value for value in column]
