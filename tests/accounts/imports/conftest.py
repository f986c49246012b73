"""What the tests of imports share: a province of communes, its admin, and an import from bringing to applying."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import xlsxwriter

from accounts.imports import kinds
from accounts.imports.kinds import import_kinds
from accounts.imports.reading import CSV, XLSX
from accounts.models import Area, Import, ImportRow
from api.jobs import run_due
from tests.cast import Person, add_area, add_grant, add_person
from tests.client import CheckedClient, signed_in


@dataclass
class Province:
    """Twenty communes with codes from 22000 on, and Sơn, who administers them."""

    id: uuid.UUID
    communes: list[uuid.UUID]
    son: Person

    @property
    def codes(self) -> list[str]:
        """The communes' codes."""
        return [code_of(number) for number in range(len(self.communes))]

    def bring(self, content: bytes, kind: str = "workbook", *, by: Person | None = None, **query: Any) -> Import:
        """Bring a file over the wire and have it checked."""
        media_type = XLSX if content[:2] == b"PK" else CSV
        client, parameters = signed_in(by or self.son), {"kind": kind, "filename": "Danh sách.xlsx", **query}
        answer = client.post("/v1/imports", content, content_type=media_type, query_params=parameters)
        assert answer.status_code == 201, answer.content
        run_due("imports.check")
        return Import.objects.get(id=answer.json()["id"])

    def apply(self, found: Import, *, by: Person | None = None) -> Import:
        """Apply it over the wire, and have it done."""
        answer = signed_in(by or self.son).post(f"/v1/imports/{found.id}/apply", content_type="application/json")
        assert answer.status_code == 202, answer.content
        run_due("imports.apply")
        found.refresh_from_db()
        return found

    def client(self) -> CheckedClient:
        """Sơn's."""
        return signed_in(self.son)


def code_of(number: int) -> str:
    """A commune's code."""
    return f"{22000 + number:05}"


@pytest.fixture
def province(clean_db: None) -> Province:
    """Real commits: jobs and COPY run as they do in a worker."""
    province = add_area("province", "province", "Lâm Đồng", None)
    communes = [add_area("commune", "commune", f"Hồng Thái {number}", province) for number in range(20)]
    for number, commune in enumerate(communes):
        Area.objects.filter(id=commune).update(code=code_of(number))
    son = add_person("son", 1)
    add_grant(son, "admin", province)
    return Province(province, communes, son)


def sheet(**sheets: list[list[Any]]) -> bytes:
    """A workbook with these sheets, each a list of lines; what begins with `#` is a formula in error."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    book.remove_timezone = True
    for name, lines in sheets.items():
        page = book.add_worksheet(name)
        for number, cells in enumerate(lines):
            for place, cell in enumerate(cells):
                if hasattr(cell, "isoformat"):
                    page.write_datetime(number, place, cell, day)
                elif str(cell).startswith("#"):
                    page.write_formula(number, place, "=NA()", None, cell)
                else:
                    page.write(number, place, cell)
    book.close()
    return target.getvalue()


def faults(found: Import) -> list[tuple[str, int, str, str]]:
    """Sheet, line, column and code of every fault."""
    rows = ImportRow.objects.filter(import_id=found.id, status="fault").order_by("no")
    return [(row.sheet, row.line, fault["column"], fault["code"]) for row in rows for fault in row.faults]


def replaced(monkeypatch: pytest.MonkeyPatch, **functions: Callable[..., Any]) -> None:
    """Have every kind of import do something else from now on."""
    for kind in import_kinds():
        monkeypatch.setitem(kinds._kinds, kind.name, replace(kind, **functions))  # type: ignore[arg-type]


HAMLETS = ["Mã xã", "Tên thôn", "Số hộ"]
TEAMS = ["Mã xã", "Thôn", "Tên tổ"]
PEOPLE = ["Số điện thoại", "Họ và tên", "Mã xã", "Thôn", "Tổ", "Vai trò trong tổ", "Số thẻ", "Từ ngày"]


def small(people: list[list[Any]] | None = None, hamlets: list[list[Any]] | None = None) -> bytes:
    """One hamlet with a team, and Lan in it."""
    return sheet(
        Thôn=[HAMLETS, *(hamlets or [["22000", "Thôn 1", 100]])],
        Tổ=[TEAMS, ["22000", "Thôn 1", "Tổ 1"]],
        Người=[
            PEOPLE,
            *(people or [["0912345678", "Nguyễn Thị Lan", "22000", "Thôn 1", "Tổ 1", "Tổ trưởng", "01", ""]]),
        ],
    )
