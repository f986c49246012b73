"""Workbooks as a province's admin brings them: hamlets, teams and people with Vietnamese names, the same for a seed.

For tests, measurements and the demo. `spoil` puts mistakes in as clerks make them, and says where each one is.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

_FAMILY = [
    "Nguyễn",
    "Nguyễn",
    "Nguyễn",
    "Trần",
    "Trần",
    "Lê",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Phan",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Thông",
    "Mang",
]
_MIDDLE = {
    "nam": ["Văn", "Hữu", "Đức", "Minh", "Quốc", "Thanh", "Xuân", "Ngọc"],
    "nữ": ["Thị", "Thị", "Thị", "Ngọc", "Thanh", "Kim", "Mỹ", "Thu"],
}
_GIVEN = {
    "nam": [
        "An",
        "Bảo",
        "Bình",
        "Cường",
        "Dũng",
        "Đạt",
        "Hải",
        "Hiếu",
        "Hòa",
        "Hùng",
        "Khánh",
        "Long",
        "Minh",
        "Nam",
        "Phúc",
        "Quân",
        "Sơn",
        "Tài",
        "Thắng",
        "Tuấn",
        "Việt",
    ],
    "nữ": [
        "Anh",
        "Bích",
        "Chi",
        "Diệp",
        "Dung",
        "Giang",
        "Hạnh",
        "Hiền",
        "Hoa",
        "Hồng",
        "Hương",
        "Lan",
        "Liên",
        "Linh",
        "Loan",
        "Mai",
        "Nga",
        "Ngân",
        "Nhung",
        "Oanh",
        "Phượng",
    ],
}
_PLACES = [
    "Phú Thủy",
    "Hải Tân",
    "Thái An",
    "Thái Bình",
    "Lạc Trị",
    "Vĩnh Hải",
    "Tân Lập",
    "Hòa Bình",
    "Phước Thể",
    "Bình Thạnh",
    "Minh Hòa",
    "Suối Giếng",
    "Đồng Tâm",
    "Hiệp Phước",
    "Xuân Hòa",
    "Thanh Lương",
    "Cầu Đúc",
    "Bàu Ốc",
    "Sông Khiêng",
    "Láng Xéo",
    "Núi Đất",
    "Kênh Tẻ",
    "Giếng Triền",
    "Rạng",
]
_PREFIXES = ("032", "038", "070", "079", "081", "088", "090", "091", "093", "096", "097", "098")

HEADS = {
    "Thôn": ("Mã xã", "Tên thôn", "Mã thôn", "Số hộ"),
    "Tổ": ("Mã xã", "Thôn", "Tên tổ", "Loại tổ", "Quyết định thành lập", "Ngày thành lập"),
    "Người": (
        "Số điện thoại", "Họ và tên", "Mã xã", "Thôn", "Tổ", "Vai trò trong tổ", "Số thẻ", "Từ ngày", "Quyền",
    ),
    "Quyền": ("Số điện thoại", "Quyền", "Mã xã", "Thôn", "Từ ngày", "Đến hết ngày"),
}  # fmt: skip
"""The sheets, and the columns of each that these workbooks fill."""


@dataclass
class Workbook:
    """Rows by sheet, each a list of cells in the order of `HEADS`."""

    sheets: dict[str, list[list[Any]]] = field(default_factory=lambda: {name: [] for name in HEADS})

    def xlsx(self) -> bytes:
        """The workbook as a file; phone numbers that are numbers lose their zero, as they do in Excel."""
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True, "constant_memory": False})
        for name, rows in self.sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADS[name])
            for line, cells in enumerate(rows, 1):
                sheet.write_row(line, 0, cells)
        book.close()
        return target.getvalue()


def make_workbook(
    communes: Sequence[str], *, hamlets: int, people: int, seed: int = 1, officers: bool = True
) -> Workbook:
    """So many hamlets spread over these communes, a team in each, and people shared out among them."""
    dice, book = random.Random(seed), Workbook()
    phones = _phones(dice)
    for number in range(hamlets):
        commune, name = communes[number % len(communes)], _hamlet(number // len(communes))
        team = f"Tổ tự quản số {1 + number % 3}"
        book.sheets["Thôn"].append([commune, name, f"T{number:04}", dice.randint(60, 420)])
        decision = f"{dice.randint(1, 90)}/QĐ-UBND"
        book.sheets["Tổ"].append([commune, name, team, "Tổ tự quản", decision, f"{dice.randint(1, 28):02}/03/2024"])
        for place in range(people // hamlets + (number < people % hamlets)):
            role = "Tổ trưởng" if place == 0 else "Tổ phó" if place == 1 else "Tổ viên"
            badge = f"{number:04}-{place:02}"
            phone = _written(dice, next(phones))
            book.sheets["Người"].append([phone, person_name(dice), commune, name, team, role, badge, "01/01/2026", ""])
    if officers:
        for commune in communes:
            phone = _written(dice, next(phones))
            name = person_name(dice)
            book.sheets["Người"].append([phone, name, commune, "", "", "", "", "", ""])
            book.sheets["Người"][-1][8] = "Cán bộ Mặt trận"
    return book


def person_name(dice: random.Random) -> str:
    """A name as people have it."""
    sex = dice.choice(("nam", "nữ"))
    return f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE[sex])} {dice.choice(_GIVEN[sex])}"


def _hamlet(number: int) -> str:
    """The n-th hamlet of a commune: a name, and from the second round on a number behind it."""
    kind = ("Thôn", "Thôn", "Khu phố", "Ấp")[number % 4]
    again, name = number // len(_PLACES), _PLACES[number % len(_PLACES)]
    return f"{kind} {name}" + (f" {again + 1}" if again else "")


def _phones(dice: random.Random) -> Any:
    """Numbers that differ, as 9 digits without the zero."""
    taken: set[str] = set()
    while True:
        number = f"{dice.choice(_PREFIXES)}{dice.randint(0, 9_999_999):07}"[1:]
        if number not in taken:
            taken.add(number)
            yield number


def _written(dice: random.Random, number: str) -> Any:
    """A number as clerks and Excel write it."""
    return dice.choice(
        (
            f"0{number}",
            f"0{number[:3]} {number[3:6]} {number[6:]}",
            f"0{number[:3]}.{number[3:6]}.{number[6:]}",
            int(number),
            float(number),
            f"+84{number}",
            f"84{number}",
            f" 0{number} ",
        )
    )


@dataclass(frozen=True)
class Mistake:
    """Where a mistake is: sheet, line and column (as the wire calls it), and the code of what is said of it."""

    sheet: str
    line: int
    column: str
    code: str


def spoil(book: Workbook, *, count: int = 50, seed: int = 1) -> list[Mistake]:
    """Put in so many mistakes of twelve kinds, each in a row of its own; the book can't be imported any more."""
    dice = random.Random(seed)
    kinds = list(_MISTAKES)
    spots = {
        sheet: dice.sample(range(2, len(book.sheets[sheet]), 2), min(count, len(book.sheets[sheet]) // 2 - 1))
        for sheet in {kind[0] for kind in kinds}
    }
    made = []
    for number in range(count):
        sheet, column, value, name, code = kinds[number % len(kinds)]
        place = spots[sheet].pop()
        row = book.sheets[sheet][place]
        if value is _SAME:
            twin = book.sheets[sheet][place - 1]
            row[column] = twin[column]
        else:
            row[column] = value
        made.append(Mistake(sheet, place + 2, name, code))
    return made


_SAME = object()
# Sheet, column, what stands there, the column's name on the wire, the code of the fault.
_MISTAKES: tuple[tuple[str, int, Any, str, str], ...] = (
    ("Người", 0, "09123", "phone", "import_phone"),
    ("Người", 0, "", "phone", "required"),
    ("Người", 1, "", "full_name", "required"),
    ("Người", 2, "99999", "commune_code", "commune_unknown"),
    ("Người", 3, "Thôn Không Có", "hamlet", "hamlet_unknown"),
    ("Người", 4, "Tổ số 77", "team", "team_unknown"),
    ("Người", 5, "Nhóm trưởng", "role", "invalid_choice"),
    ("Người", 7, "31/02/2026", "starts_on", "import_day"),
    ("Người", 0, _SAME, "full_name", "phone_two_names"),
    ("Tổ", 3, "Đội bóng", "team_type", "invalid_choice"),
    ("Tổ", 5, "tháng 3", "founded_on", "import_day"),
    ("Thôn", 3, "ba trăm", "households", "import_number"),
)


def by_sheet(mistakes: Sequence[Mistake]) -> Mapping[str, list[Mistake]]:
    """Mistakes grouped, as a clerk goes through them."""
    found: dict[str, list[Mistake]] = {}
    for mistake in mistakes:
        found.setdefault(mistake.sheet, []).append(mistake)
    return found
