"""The sheets of hamlets, teams, people and roles, with their columns: for reading, templates and messages."""

from __future__ import annotations

from accounts.areas.names import KINDS, AreaLevel
from accounts.imports.columns import Column, SheetKind
from accounts.roles import GrantRole, TeamRole, TeamType
from api.enums import LabelledEnum
from api.problems import Text


class PersonState(LabelledEnum):
    """Whether a person of the list is still there."""

    ACTIVE = "active", "Đang tham gia", "Active"
    LEFT = "left", "Đã nghỉ", "Left"


COMMUNE = Column(
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

HAMLETS = SheetKind(
    "hamlets",
    Text("Thôn", "Hamlets"),
    called=("thôn", "danh sách thôn", "thôn, tổ dân phố", "thôn tổ dân phố", "ấp", "khu phố"),
    columns=(
        COMMUNE,
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
)
TEAMS = SheetKind(
    "teams",
    Text("Tổ", "Teams"),
    called=("tổ", "danh sách tổ", "tổ tự quản", "đội", "tổ, đội"),
    columns=(
        COMMUNE,
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
)
PEOPLE = SheetKind(
    "people",
    Text("Người", "People"),
    called=("người", "danh sách người", "thành viên", "tổ viên", "nhân sự", "users", "memberships"),
    columns=(
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
        COMMUNE,
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
)
GRANTS = SheetKind(
    "grants",
    Text("Quyền", "Grants"),
    called=("quyền", "vai trò", "phân quyền", "cấp quyền", "roles"),
    columns=(
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
        COMMUNE,
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
)
SHEETS = (HAMLETS, TEAMS, PEOPLE, GRANTS)
"""The sheets of a workbook, in the order in which they are applied."""
