"""What an import's sheets are called and which columns they have: one table for reading, templates and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from accounts.areas.names import KINDS, AreaLevel
from accounts.roles import GrantRole, TeamRole, TeamType
from api.enums import LabelledEnum
from api.problems import Text
from api.text import fold


class ImportKind(LabelledEnum):
    """What a file brings: a whole workbook, or one of its sheets."""

    WORKBOOK = "workbook", "Cả sổ: thôn, tổ, người, quyền", "Workbook of hamlets, teams, people and grants"
    HAMLETS = "hamlets", "Thôn", "Hamlets"
    TEAMS = "teams", "Tổ", "Teams"
    PEOPLE = "people", "Người", "People"
    GRANTS = "grants", "Quyền", "Grants"


class SheetKind(LabelledEnum):
    """What a sheet holds."""

    HAMLETS = "hamlets", "Thôn", "Hamlets"
    TEAMS = "teams", "Tổ", "Teams"
    PEOPLE = "people", "Người", "People"
    GRANTS = "grants", "Quyền", "Grants"


class ImportThingType(LabelledEnum):
    """What an import makes."""

    USER = "user", "Tài khoản", "Account"
    MEMBERSHIP = "membership", "Thành viên tổ", "Membership"
    TEAM = "team", "Tổ", "Team"
    GRANT = "grant", "Quyền", "Grant"
    AREA = "area", "Thôn", "Hamlet"


class RowStatus(LabelledEnum):
    """What a row of an import amounts to."""

    FAULT = "fault", "Sai", "Fault"
    CREATE = "create", "Tạo mới", "Create"
    CHANGE = "change", "Thay đổi", "Change"
    UNCHANGED = "unchanged", "Không đổi", "Unchanged"
    DEACTIVATE = "deactivate", "Ngừng", "Deactivate"


class PersonState(LabelledEnum):
    """Whether a person of the list is still there."""

    ACTIVE = "active", "Đang tham gia", "Active"
    LEFT = "left", "Đã nghỉ", "Left"


SHEETS = (ImportKind.HAMLETS, ImportKind.TEAMS, ImportKind.PEOPLE, ImportKind.GRANTS)
"""The sheets of a workbook, in the order in which they are applied."""
INSTRUCTIONS = "Hướng dẫn"

_SHEET_NAMES: Mapping[ImportKind, tuple[str, ...]] = {
    ImportKind.HAMLETS: ("thôn", "danh sách thôn", "thôn, tổ dân phố", "thôn tổ dân phố", "ấp", "khu phố"),
    ImportKind.TEAMS: ("tổ", "danh sách tổ", "tổ tự quản", "đội", "tổ, đội"),
    ImportKind.PEOPLE: ("người", "danh sách người", "thành viên", "tổ viên", "nhân sự", "users", "memberships"),
    ImportKind.GRANTS: ("quyền", "vai trò", "phân quyền", "cấp quyền", "roles"),
}
BESIDE = frozenset({"huong dan", "danh muc", "instructions"})
"""Sheets of our templates that hold no rows, by folded name."""
FAULT_TITLE, LINE_TITLE = "Lỗi cần sửa", "Dòng trong tệp gốc"
IGNORED = frozenset(map(fold, (FAULT_TITLE, LINE_TITLE, "stt", "số thứ tự", "ghi chú", "note")))
"""Columns that hold nothing for us: those of our copies with faults, and what clerks number and remark."""
EXAMPLE = "Ví dụ"
"""A line whose first cell begins so is a template's example, and no row."""


_SILENT = Text("", "")


@dataclass(frozen=True)
class Column:
    """One column: its name on the wire, what a sheet may call it, what templates say of it and show in it."""

    name: str
    title: Text
    aliases: tuple[str, ...] = ()
    required: bool = False
    note: Text = _SILENT
    example: str = ""
    choices: tuple[LabelledEnum, ...] = ()
    width: int = 16
    longest: int = 200


_COMMUNE = Column(
    "commune_code",
    Text("Mã xã", "Commune code"),
    ("mã xã phường", "mã xã, phường", "mã đơn vị hành chính", "mã phường"),
    note=Text(
        "Mã 5 chữ số của xã, phường, đặc khu từ ngày 1/7/2025; để trống nếu nhập cho đúng một xã.",
        "The 5 digits of the commune since 1 July 2025; may be empty in an import for a single commune.",
    ),
    example="22972",
)
_PHONE = Column(
    "phone",
    Text("Số điện thoại", "Phone"),
    ("điện thoại", "sđt", "số đt", "di động", "phone number"),
    required=True,
    note=Text(
        "Số di động của chính người đó; dùng để nhận ra người ở lần nhập sau. 0912…, 84912…, +84912… đều được.",
        "The person's own mobile number, by which the next import knows them; 0912…, 84912…, +84912… all do.",
    ),
    example="0912 345 678",
)
_HAMLET = Column(
    "hamlet",
    Text("Thôn", "Hamlet"),
    ("tên thôn", "thôn, tổ dân phố", "tổ dân phố", "ấp", "khu phố", "địa bàn"),
    note=Text("Tên hoặc mã của thôn, như ở trang Thôn.", "The hamlet's name or code, as in the sheet of hamlets."),
    example="Thôn Phú Thủy",
    width=24,
)

COLUMNS: Mapping[ImportKind, tuple[Column, ...]] = {
    ImportKind.HAMLETS: (
        _COMMUNE,
        Column(
            "name",
            Text("Tên thôn", "Name"),
            ("tên", "tên thôn tổ dân phố", "tên thôn, tổ dân phố", "hamlet", "thôn"),
            required=True,
            note=Text("Có loại đứng trước: Thôn 3, Khu phố Hải Tân.", "With its kind before it: Thôn 3."),
            example="Thôn Phú Thủy",
            width=28,
        ),
        Column(
            "kind",
            Text("Loại", "Kind"),
            ("loại hình",),
            note=Text("Chỉ cần khi tên không có loại đứng trước.", "Needed only if the name doesn't begin with it."),
            example="Thôn",
            choices=KINDS[AreaLevel.HAMLET],
        ),
        Column(
            "code",
            Text("Mã thôn", "Code"),
            ("mã",),
            note=Text("Mã riêng của xã, nếu có.", "The commune's own code, if any."),
            longest=20,
        ),
        Column(
            "households",
            Text("Số hộ", "Households"),
            ("số hộ dân", "hộ", "household count"),
            note=Text("Số hộ dân hiện nay.", "How many households there are now."),
            example="163",
        ),
        Column("lon", Text("Kinh độ", "Longitude"), (), note=Text("Không bắt buộc.", "Optional.")),
        Column("lat", Text("Vĩ độ", "Latitude"), (), note=Text("Không bắt buộc.", "Optional.")),
        Column(
            "former_commune_code",
            Text("Mã xã cũ", "Former commune code"),
            ("mã xã trước sáp nhập",),
            note=Text(
                "Mã trước ngày 1/7/2025 của xã mà thôn từng thuộc về, nếu biết.",
                "The code of the commune that it belonged to before 1 July 2025, if known.",
            ),
        ),
    ),
    ImportKind.TEAMS: (
        _COMMUNE,
        Column(**vars(_HAMLET) | {"required": True}),
        Column(
            "name",
            Text("Tên tổ", "Name"),
            ("tên", "tổ", "team", "tổ tự quản"),
            required=True,
            note=Text("Hai tổ trong một thôn phải khác tên.", "Two teams of one hamlet have different names."),
            example="Tổ tự quản số 1",
            width=28,
        ),
        Column(
            "team_type",
            Text("Loại tổ", "Type"),
            ("loại", "loại hình"),
            note=Text("Để trống là tổ tự quản.", "Empty: a self-management team."),
            example=TeamType.SELF_MANAGEMENT_TEAM.label_vi,
            choices=tuple(TeamType),
            width=26,
        ),
        Column(
            "founding_decision",
            Text("Quyết định thành lập", "Founding decision"),
            ("quyết định", "số quyết định"),
            note=Text("Số quyết định, nếu có.", "Its number, if any."),
            example="12/QĐ-UBND",
            width=22,
        ),
        Column(
            "founded_on",
            Text("Ngày thành lập", "Founded on"),
            (),
            note=Text("Ngày/tháng/năm.", "Day/month/year."),
            example="15/03/2024",
        ),
    ),
    ImportKind.PEOPLE: (
        _PHONE,
        Column(
            "full_name",
            Text("Họ và tên", "Full name"),
            ("họ tên", "tên", "họ và tên người", "name"),
            required=True,
            note=Text("Viết đủ, có dấu.", "In full, with accents."),
            example="Nguyễn Thị Lan",
            width=28,
        ),
        _COMMUNE,
        _HAMLET,
        Column(
            "team",
            Text("Tổ", "Team"),
            ("tên tổ", "tổ tự quản", "team name"),
            note=Text(
                "Như ở trang Tổ; để trống nếu thôn chỉ có một tổ.",
                "As in the sheet of teams; may be empty if the hamlet has only one.",
            ),
            example="Tổ tự quản số 1",
            width=24,
        ),
        Column(
            "role",
            Text("Vai trò trong tổ", "Role in the team"),
            ("vai trò", "chức vụ", "chức danh", "role"),
            note=Text("Để trống là tổ viên.", "Empty: a member."),
            example=TeamRole.MEMBER.label_vi,
            choices=tuple(TeamRole),
        ),
        Column(
            "badge_number",
            Text("Số thẻ", "Badge number"),
            ("số hiệu", "badge", "thẻ"),
            note=Text("Nếu có.", "If any."),
            example="0147",
            longest=40,
        ),
        Column(
            "starts_on",
            Text("Từ ngày", "From"),
            ("ngày vào tổ", "ngày bắt đầu", "from date"),
            note=Text("Ngày vào tổ; để trống là hôm nay.", "When they joined; empty: today."),
            example="01/01/2026",
        ),
        Column(
            "grant_role",
            Text("Quyền", "Grant"),
            ("quyền trên địa bàn", "grant role"),
            note=Text(
                "Chỉ ghi cho cán bộ: quyền trên thôn, hoặc trên xã nếu để trống thôn.",
                "For officers only: a role over the hamlet, or over the commune if no hamlet is named.",
            ),
            choices=tuple(GrantRole),
            width=28,
        ),
        Column(
            "status",
            Text("Tình trạng", "Status"),
            ("trạng thái",),
            note=Text(
                "Ghi “Đã nghỉ” cho người không còn ở tổ; để trống là đang tham gia.",
                "“Left” for who is no longer in the team; empty: active.",
            ),
            choices=tuple(PersonState),
        ),
    ),
    ImportKind.GRANTS: (
        _PHONE,
        Column(
            "role",
            Text("Quyền", "Role"),
            ("vai trò", "grant", "chức vụ"),
            required=True,
            note=Text("Công an xã phải được người thứ hai xác nhận.", "Police officers wait for a second person."),
            example=GrantRole.FRONT_OFFICER.label_vi,
            choices=tuple(GrantRole),
            width=28,
        ),
        _COMMUNE,
        _HAMLET,
        Column(
            "starts_on",
            Text("Từ ngày", "From"),
            ("ngày bắt đầu", "from date"),
            note=Text("Để trống là hôm nay.", "Empty: today."),
            example="01/01/2026",
        ),
        Column(
            "ends_on",
            Text("Đến hết ngày", "To"),
            ("đến ngày", "ngày kết thúc", "to date", "until"),
            note=Text("Để trống nếu không có hạn.", "Empty: without an end."),
            example="31/12/2027",
        ),
    ),
}


@cache
def by_title(kind: ImportKind) -> Mapping[str, Column]:
    """The columns of a sheet by everything that they may be called, folded."""
    return {
        fold(" ".join(called.split())): column
        for column in COLUMNS[kind]
        for called in (*column.aliases, *column.title, column.name, column.name.replace("_", " "))
    }


@cache
def by_name(kind: ImportKind) -> Mapping[str, Column]:
    """The columns of a sheet by their names on the wire."""
    return {column.name: column for column in COLUMNS[kind]}


@cache
def _kinds() -> Mapping[str, ImportKind]:
    return {fold(name): kind for kind, names in _SHEET_NAMES.items() for name in (*names, kind.value, kind.label_en)}


def sheet_kind(name: str) -> ImportKind | None:
    """What a sheet of this name holds (`3. Người`, `NGUOI`, `people`); None for a name that says nothing."""
    return _kinds().get(fold(" ".join(name.split())).lstrip("0123456789.)- "))
