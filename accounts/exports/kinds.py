"""What can be exported, and how its file is written: the audit trail as a table, and all about oneself as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from accounts.audit import Selection, Told, every, require_reader
from accounts.exports import tables
from accounts.exports.own_data import write_own_data
from accounts.exports.parts import Parts
from accounts.scoping import SessionActor
from api.enums import LabelledEnum
from api.localtime import LOCAL
from api.rendering import dumps

Tell = Callable[[int, dt.datetime | None], None]
"""Told how many rows are written, and to which moment, going back, it got."""


class ExportKind(LabelledEnum):
    """What can be exported."""

    AUDIT_EVENTS = "audit_events", "Nhật ký kiểm tra", "Audit trail"
    OWN_DATA = "own_data", "Dữ liệu của chính tôi", "All about myself"


class ExportFormat(LabelledEnum):
    """What a file can be."""

    CSV = "csv", "CSV (UTF-8)", "CSV (UTF-8)"
    XLSX = "xlsx", "Bảng tính Excel", "Excel workbook"
    JSON = "json", "JSON", "JSON"


FORMATS: dict[str, Sequence[str]] = {"audit_events": ("csv", "xlsx"), "own_data": ("json",)}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_HEADS = {
    "vi": "Lúc;Việc;Người làm;Mã người làm;Khu vực;Mã khu vực;Loại đối tượng;Mã đối tượng;Phiên;Máy;Chi tiết;Mã",
    "en": "At;Event;By;User id;Area;Area id;Subject type;Subject id;Session;Device;Details;Id",
}


def require(actor: SessionActor, kind: str) -> None:
    """Whether somebody may ask for this. Raises Problem `forbidden`."""
    if kind == ExportKind.AUDIT_EVENTS:
        require_reader(actor)


def write(*, actor: SessionActor, kind: str, form: str, chosen: Selection, parts: Parts, tell: Tell) -> None:
    """The whole file, in the rights that the actor has now."""
    if kind == ExportKind.OWN_DATA:
        write_own_data(parts, actor, tell)
        return
    head = _HEADS.get(actor.locale, _HEADS["en"]).split(";")
    written = {"csv": tables.write_csv, "xlsx": tables.write_xlsx}[form]
    written(parts, head, _rows(actor, chosen, tell))


def _rows(actor: SessionActor, chosen: Selection, tell: Tell) -> Iterator[tables.Row]:
    count = 0
    for page in every(actor=actor, chosen=chosen):
        yield from map(_row, page)
        count += len(page)
        tell(count, page[-1].at)


def _row(event: Told) -> tables.Row:
    told: list[Any] = [
        event.at.astimezone(LOCAL).isoformat(sep=" ", timespec="milliseconds"),
        *(event.name, event.user_name, event.user_id, event.area_name, event.area_id),
        *(event.subject_type, event.subject_id, event.session_id, event.device_id),
        dumps(event.details).decode() if event.details else None,
        event.id,
    ]
    return ["" if each is None else str(each) for each in told]
