"""What a commune's registers may hold one day: letters of every kind and state, and breaches, for looking at."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import DataRequest
from accounts.requests import breaches, data_requests
from api.ids import uuid7
from api.localtime import local_day, now
from tests.cast import Cast

LONG = (
    "Gia đình tôi chuyển đi từ tháng 3 năm 2026. Đề nghị xóa tên, số điện thoại và căn cước của các thành viên "
    "trong sổ của tổ tự quản, cùng bản cam kết đã ký năm ngoái.\n\nTôi đã hỏi anh tổ trưởng hai lần, chưa được trả lời."
)


def fill_registers(cast: Cast) -> None:
    """By Sơn, in the hamlets of the first commune."""
    son = cast.son.actor()
    today = local_day(now())

    def came(days_ago: int, kind: str, requester: str, description: str = LONG, **more: Any) -> DataRequest:
        about = {"subject_type": "other", "area_id": cast.hamlets[days_ago % 2]} | more
        day = today - dt.timedelta(days=days_ago)
        return data_requests.receive(
            actor=son, kind=kind, requester=requester, description=description, received_on=day, **about
        )

    came(9, "access", "Công Tằng Tôn Nữ Hoàng Nguyễn Thị Phương Khách, 12/4 Ngõ Đình, 0912 345 678", "Xin xem dữ liệu")
    came(0, "deletion", "Trần Văn Hải, 0987 115 204", subject_type="household", subject_id=uuid7())
    came(1, "correction", "Lê Thị Mười, trưởng thôn chuyển", "Tên của tôi bị ghi sai dấu: Mười, không phải Mươi.")
    long_way = came(16, "objection", "Phạm Văn Tư", "Không đồng ý ghi vị trí của tôi khi đi tuần tra.")
    data_requests.answer(actor=son, id=long_way.id)
    data_requests.extend(actor=son, id=long_way.id, because="Phải hỏi Công an tỉnh về phần định vị.")
    over = came(30, "access", "Huỳnh Thị Mỹ Linh", "Xin bản sao hồ sơ của tôi.")
    data_requests.answer(actor=son, id=over.id)
    data_requests.settle(actor=son, id=over.id, refused=False, outcome="Đã gửi bản sao, có ký nhận ngày hôm sau.")
    no = came(40, "deletion", "Một người không rõ tên", "Xóa hết đi")
    data_requests.settle(actor=son, id=no.id, refused=True, outcome="Không phải dữ liệu của người yêu cầu.")

    def lost(hours_ago: int, description: str, **more: Any) -> Any:
        at = now() - dt.timedelta(hours=hours_ago)
        return breaches.notice(actor=son, area_id=cast.hamlets[0], description=description, noticed_at=at, **more)

    lost(50, "Mất một điện thoại đã đăng nhập, chưa khóa màn hình, trên xe khách về Phan Thiết", affected=63)
    lost(80, "Danh sách hộ của thôn bị gửi nhầm vào một nhóm trò chuyện đông người", affected=1240)
    told = lost(300, "Máy tính của văn phòng xã bị nhiễm mã độc", measures="Đã rút mạng, đổi mật khẩu")
    breaches.report(actor=son, id=told.id, reported_at=now() - dt.timedelta(hours=260), reference="A05-17/2026")
    breaches.close(actor=son, id=told.id, outcome="Không có dữ liệu nào bị lấy đi.")
