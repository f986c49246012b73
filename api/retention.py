"""What every table of personal data is for, on what ground, and for how long: one register, which the purge goes by.

Each app declares its tables beside what they belong to. A test fails for a table that nobody declared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from api.problems import Text

PUBLIC_TASK = Text(
    "Thực hiện nhiệm vụ về an ninh, trật tự ở cơ sở (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15)",
    "Public tasks of security and order in the hamlets (Personal Data Protection Law 91/2025/QH15)",
)
DUTY_TO_PROTECT = Text(
    "Nghĩa vụ bảo vệ dữ liệu cá nhân và chứng minh việc truy cập (Luật 91/2025/QH15)",
    "The duty to protect personal data and to prove who had access to it (Law 91/2025/QH15)",
)
WITH_THE_RECORD = Text("Cùng với bản ghi; xóa khi có yêu cầu hợp lệ", "With the record; erased on a lawful request")


@dataclass(frozen=True)
class Kept:
    """A table of personal data. `condition` (SQL, of `before`) says which rows go `after` so long; none go without.

    `emptied`: such a row isn't deleted, what it says of the person is; by a way of its own.
    """

    table: str
    purpose: Text
    basis: Text
    kept: Text
    condition: str | None = None
    after: dt.timedelta | None = None
    emptied: bool = False


_kept: dict[str, Kept] = {}
_impersonal: set[str] = set()


def keep(*tables: Kept) -> None:
    """Declare tables of personal data; called from an app's `ready()`, and harmless when called again."""
    _kept.update({each.table: each for each in tables})


def keep_impersonal(tables: str) -> None:
    """Declare tables that hold nothing of persons, as words."""
    _impersonal.update(tables.split())


def kept_tables() -> Iterable[Kept]:
    """All tables of personal data, by name."""
    return [_kept[name] for name in sorted(_kept)]


def declared_tables() -> frozenset[str]:
    """Every table that was declared, of persons or not."""
    return frozenset(_kept) | _impersonal


def days(number: int) -> Text:
    """So many days."""
    return Text(f"{number} ngày", f"{number} days" if number != 1 else "1 day")
