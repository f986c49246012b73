"""The sheet of households: its columns, and what stands in a hamlet as its cells."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

from accounts.areas.names import AreaKind, Name
from accounts.imports.columns import Column, SheetKind
from accounts.imports.reading import MOST_ROWS
from accounts.imports.sheets import COMMUNE
from activities.pledges.households.registration import HOUSEHOLD
from activities.pledges.models import ResidenceStatus
from api.actors import Actor
from api.postgres import ask
from api.problems import Text
from api.records import Seen

HOUSEHOLDS = SheetKind(
    "households",
    Text("Hộ", "Households"),
    called=("hộ", "hộ dân", "hộ gia đình", "danh sách hộ", "danh sách hộ dân", "danh sách hộ gia đình"),
    columns=(
        Column(
            "id",
            Text("Mã hộ", "Household ID"),
            ("mã hộ gia đình", "id"),
            note=Text(
                "Chỉ có trong danh sách tải từ hệ thống: giữ nguyên; hộ mới thì để trống.",
                "Only in lists downloaded from here: leave it as it is; empty for a new household.",
            ),
            width=38,
        ),
        COMMUNE,
        Column(
            "hamlet",
            Text("Thôn", "Hamlet"),
            ("tên thôn", "thôn, tổ dân phố", "tổ dân phố", "ấp", "khu phố", "địa bàn"),
            note=Text(
                "Tên hoặc mã của thôn; trùng tên thì ghi cả xã: Thôn 3, Xã Hồng Thái. Để trống nếu nhập cho đúng một "
                "thôn.",
                "The hamlet's name or code; with the commune where names repeat: Thôn 3, Xã Hồng Thái. May be empty "
                "in an import for a single hamlet.",
            ),
            example="Thôn Phú Thủy",
            width=28,
        ),
        Column(
            "house_number",
            Text("Số nhà", "House number"),
            ("số nhà, đường", "địa chỉ", "address"),
            note=Text(
                "Số nhà, ngõ; cùng với thôn và chủ hộ, dùng để nhận ra hộ ở lần nhập sau.",
                "Number and lane; with hamlet and householder, what the next import knows the household by.",
            ),
            example="12/3",
            longest=100,
        ),
        Column(
            "householder",
            Text("Chủ hộ", "Householder"),
            ("họ tên chủ hộ", "họ và tên chủ hộ", "tên chủ hộ"),
            required=True,
            note=Text("Họ và tên, viết đủ, có dấu.", "In full, with accents."),
            example="Trần Văn Hải",
            width=28,
        ),
        Column(
            "size",
            Text("Số nhân khẩu", "Members"),
            ("nhân khẩu", "số người", "số khẩu", "size"),
            note=Text("Số người trong hộ.", "How many people."),
            example="4",
        ),
        Column(
            "residence_status",
            Text("Tình trạng cư trú", "Residence"),
            ("cư trú", "tình trạng"),
            note=Text("Để trống là thường trú.", "Empty: permanent."),
            example=ResidenceStatus.PERMANENT.label_vi,
            choices=tuple(ResidenceStatus),
            width=20,
        ),
        Column(
            "resident_from",
            Text("Đến ở từ ngày", "Moved in on"),
            ("ngày chuyển đến", "từ ngày"),
            note=Text("Ngày/tháng/năm; không bắt buộc.", "Day/month/year; optional."),
        ),
        Column(
            "resident_until",
            Text("Chuyển đi ngày", "Moved out on"),
            ("ngày chuyển đi",),
            note=Text("Bắt buộc khi tình trạng là đã chuyển đi.", "Required of who moved away."),
        ),
        Column(
            "phone",
            Text("Số điện thoại", "Phone"),
            ("điện thoại", "sđt", "số đt", "di động", "phone number"),
            note=Text("Không bắt buộc. 0912…, 84912…, +84912… đều được.", "Optional; 0912…, 84912…, +84912… all do."),
            example="0912 345 678",
        ),
    ),
)
_PRESENT = """
SELECT h.id, c.code, a.kind, a.name, h.house_number, h.householder, h.size, h.residence_status,
  to_char(h.resident_from, 'DD/MM/YYYY'), to_char(h.resident_until, 'DD/MM/YYYY'), h.phone
FROM household h JOIN area a ON a.id = h.area_id LEFT JOIN area c ON c.id = a.parent_id
WHERE h.deleted_at IS NULL AND h.area_id IN ({reach})
ORDER BY a.name_sort, a.id, h.house_fold, h.householder_fold, h.id LIMIT %s
"""


def present(actor: Actor, area_id: uuid.UUID) -> Iterator[Mapping[str, str]]:
    """The households of an area as cells by column; the access log says whose were shown."""
    reach, params = actor.reach(HOUSEHOLD, area_id)
    rows = ask(_PRESENT.format(reach=reach), [*params, MOST_ROWS], as_actor=actor)
    if HOUSEHOLD.seen:
        HOUSEHOLD.seen(actor, Seen("template", [row[0] for row in rows], area_id))
    for id, code, kind, name, house, householder, size, status, since, until, phone in rows:
        cells = {
            "id": id,
            "commune_code": code,
            "hamlet": Name(AreaKind(kind), name).full,
            "house_number": house,
            "householder": householder,
            "size": size,
            "residence_status": ResidenceStatus(status).label_vi,
            "resident_from": since,
            "resident_until": until,
            "phone": phone,
        }
        yield {column: str(value) for column, value in cells.items() if value is not None}
