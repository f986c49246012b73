"""An import of 20,000 rows into an empty province: check, application, last transaction, and the same list again.

`./anthon bench imports` starts a durable Postgres of its own, brings the workbook as an admin does, and runs the jobs
as a worker does. Then all people's badges are changed, the worst case of a list that comes again. After that a Front
officer brings a list of 20,000 households of one commune, brings it again, changes all sizes, and takes it back.
"""

from __future__ import annotations

import argparse
import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench.results import keep
from bench.trees import database

if TYPE_CHECKING:
    from accounts.models import Import

COMMUNES, HAMLETS, PEOPLE = 20, 1_000, 18_000
HOUSEHOLDS = 20_000
BADGE = 6


class _LastTransaction(logging.Handler):
    """Hears how long the last transaction took."""

    ms = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "import_applied":
            self.ms = record.__dict__["ms"]


@contextmanager
def timed(found: dict[str, Any], name: str) -> Iterator[None]:
    """Seconds by the clock, and of this process's CPU."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    found[f"{name}_s"] = round(time.perf_counter() - began, 1)
    found[f"{name}_own_cpu_s"] = round(time.process_time() - cpu, 1)


def bring(content: bytes, who: Any, found: dict[str, Any], name: str, kind: str = "workbook") -> Import:
    """Bring a file, and have it checked."""
    from accounts.imports.reading import XLSX
    from accounts.imports.services import receive_import
    from api.jobs import run_due

    with timed(found, f"{name}_receive"):
        made = receive_import(actor=who.actor(), kind=kind, content=content, content_type=XLSX)
    with timed(found, f"{name}_check"):
        run_due("imports.check")
    made.refresh_from_db()
    return made


def apply(made: Import, son: Any, found: dict[str, Any], name: str, heard: _LastTransaction) -> None:
    """Apply it, and note what its last transaction took."""
    from accounts.imports.services import apply_import
    from api.jobs import run_due

    apply_import(actor=son.actor(), found=made)
    with timed(found, f"{name}_apply"):
        run_due("imports.apply")
    made.refresh_from_db()
    assert made.status == "applied", (made.status, made.problem)
    found[f"{name}_last_transaction_ms"] = heard.ms


def measure() -> dict[str, Any]:
    """Everything, in order."""
    from accounts.imports import working
    from accounts.models import Area
    from demo.workbooks import make_workbook
    from tests.cast import add_area, add_grant, add_person

    heard = _LastTransaction()
    working.logger.addHandler(heard)
    province = add_area("province", "province", "Lâm Đồng", None)
    codes = [f"{22000 + number:05}" for number in range(COMMUNES)]
    for number, code in enumerate(codes):
        commune = add_area("commune", "commune", f"Xã {number}", province)
        Area.objects.filter(id=commune).update(code=code)
    son = add_person("son", 1)
    add_grant(son, "admin", province)
    book = make_workbook(codes, hamlets=HAMLETS, people=PEOPLE, officers=False)
    found: dict[str, Any] = {"rows": 2 * HAMLETS + PEOPLE, "bytes": len(book.xlsx())}
    apply(bring(book.xlsx(), son, found, "first"), son, found, "first", heard)
    again = bring(book.xlsx(), son, found, "again")
    assert {status for counts in again.counts.values() for status in counts} == {"unchanged"}, again.counts
    for row in book.sheets["Người"]:
        row[BADGE] = f"M{row[BADGE]}"
    apply(bring(book.xlsx(), son, found, "changed"), son, found, "changed", heard)
    _households(found, heard)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return found


def _households(found: dict[str, Any], heard: _LastTransaction) -> None:
    """A commune's list: new, the same, with other sizes, taken back."""
    from accounts.imports.services import undo_import
    from accounts.models import Area
    from api.jobs import run_due
    from tests.cast import add_grant, add_person

    commune = Area.objects.get(level="commune", code="22000")
    minh = add_person("minh", 2)
    add_grant(minh, "front_officer", commune.id)
    hamlets = list(Area.objects.filter(parent_id=commune.id).order_by("code").values_list("code", flat=True))
    rows: list[list[Any]] = [
        [hamlets[n % len(hamlets)], f"{n // len(hamlets)}/{n % 9}", _householder(n), 1 + n % 6, f"0{912_000_000 + n}"]
        for n in range(HOUSEHOLDS)
    ]
    first = bring(_list(rows), minh, found, "households", "households")
    apply(first, minh, found, "households", heard)
    again = bring(_list(rows), minh, found, "households_again", "households")
    assert again.counts == {"households": {"unchanged": HOUSEHOLDS}}, again.counts
    more = [[*row[:3], row[3] + 1, row[4]] for row in rows]
    undo_import(actor=minh.actor(), found=first)
    with timed(found, "households_undo"):
        run_due("imports.deactivate")
    first.refresh_from_db()
    assert first.status == "deactivated", (first.status, first.problem)
    apply(bring(_list(rows), minh, found, "households_new", "households"), minh, found, "households_new", heard)
    apply(bring(_list(more), minh, found, "households_changed", "households"), minh, found, "households_changed", heard)


def _householder(number: int) -> str:
    family, middle = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh"), ("Văn", "Thị", "Ngọc", "Đức")
    given = ("Hải", "Lựu", "Tám", "Ánh", "Bửu", "Chín", "Dũng", "Êm", "Giàu", "Hồng", "Khuê", "Lượng", "Mười")
    return f"{family[number % 5]} {middle[number % 4]} {given[number % 13]}"


def _list(rows: list[list[Any]]) -> bytes:
    import io

    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("Hộ")
    for line, row in enumerate([["Thôn", "Số nhà", "Chủ hộ", "Số nhân khẩu", "SĐT"], *rows]):
        sheet.write_row(line, 0, row)
    book.close()
    return target.getvalue()


def register(parser: argparse.ArgumentParser) -> None:
    """Its only option is everyone's: --keep."""


def run(arguments: argparse.Namespace) -> int:
    """Measure and tell."""
    with database():
        import django

        django.setup(set_prefix=False)
        logging.disable(logging.NOTSET)
        found = measure()
        for name, value in found.items():
            print(f"{name:32} {value}")
        from django.db import connections

        connections.close_all()
    if arguments.keep:
        keep("imports", found)
    return 0
