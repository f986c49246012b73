"""What the tables of people are for, on what ground, and for how long. `accounts.purge` acts on it."""

import datetime as dt

from accounts.sessions import LIFETIME
from api.idempotency import KEPT_FOR
from api.problems import Text
from api.retention import (
    DUTY_TO_PROTECT,
    PUBLIC_TASK,
    WITH_THE_RECORD,
    Kept,
    days,
    keep,
    keep_impersonal,
)

_DAY, _MONTH, _YEAR = dt.timedelta(days=1), dt.timedelta(days=30), dt.timedelta(days=365)
_SIGNING_IN = Text("Đăng nhập an toàn", "Signing in safely")
_ORGANISING = Text("Biết ai thuộc tổ nào, giữ vai trò gì", "Knowing who belongs to which team and holds which role")
_IMPORTING = Text("Nhập danh sách và kiểm tra lại việc nhập", "Importing lists, and proving what was imported")
_EXPORTING = Text("Giao tệp cho người yêu cầu", "Handing a file to whoever asked for it")
_OF_FILES = Text("365 ngày; danh sách hộ: 30 ngày", "365 days; lists of households: 30 days")
_ENDED_EARLIER = "import_id IN (SELECT id FROM import WHERE kept_until < statement_timestamp())"
_HISTORY = Text("Biết ai đã sửa gì, khi nào", "Knowing who changed what and when")

keep(
    Kept(
        "user_account",
        _ORGANISING,
        PUBLIC_TASK,
        Text(
            "5 năm sau khi khóa, hoặc theo yêu cầu hợp lệ: xóa tên, số điện thoại, máy, mã; mã định danh còn lại",
            "5 years after it was deactivated, or on a lawful request: name, number, devices, codes go; the id stays",
        ),
        "NOT is_active AND erased_at IS NULL AND deactivated_at < %(before)s",
        5 * _YEAR,
        emptied=True,
    ),
    Kept(
        "membership",
        _ORGANISING,
        PUBLIC_TASK,
        Text(
            "Tên và số thẻ: như tài khoản; vai trò và ngày: lâu dài",
            "Name and badge: as the account; role and dates: for good",
        ),
    ),
    Kept("role_grant", _ORGANISING, PUBLIC_TASK, Text("Lâu dài: chỉ mã định danh", "For good: ids alone")),
    Kept(
        "session",
        Text("Biết máy nào đang đăng nhập, đã đăng nhập khi nào", "Knowing which phones are signed in, and were when"),
        DUTY_TO_PROTECT,
        Text("2 năm sau khi kết thúc", "2 years after its end"),
        "coalesce(ended_at, expires_at) < %(before)s",
        2 * _YEAR,
    ),
    Kept(
        "push_token",
        Text("Báo tin khẩn tới điện thoại đang đăng nhập", "Ringing the phones that are signed in"),
        PUBLIC_TASK,
        Text(
            "Đến khi đăng xuất hoặc máy báo địa chỉ mới; chậm nhất 60 ngày sau khi phiên kết thúc",
            "Until it signs out or names another; at the latest 60 days after its session ended",
        ),
        "NOT EXISTS (SELECT FROM session s"
        " WHERE s.id = session_id AND coalesce(s.ended_at, s.expires_at) > %(before)s)",
        2 * _MONTH,
    ),
    Kept(
        "webhook",
        Text("Biết ai đã cho hệ thống nào nhận tin", "Knowing who had which system told"),
        PUBLIC_TASK,
        Text("Đến khi xóa đăng ký: chỉ mã định danh", "Until it is deleted: an id alone"),
    ),
    # As long as its reuse could still be told.
    Kept("refresh_token", _SIGNING_IN, DUTY_TO_PROTECT, days(90), "used_at < %(before)s", LIFETIME + _MONTH),
    Kept(
        "activation_code",
        _SIGNING_IN,
        DUTY_TO_PROTECT,
        Text(
            "30 ngày sau khi hết hạn; mã đã kích hoạt máy thì cùng với tài khoản",
            "30 days after it expired; one that enrolled a phone, with the account",
        ),
        "expires_at < %(before)s AND device_id IS NULL",
        _MONTH,
    ),
    Kept(
        "second_factor",
        _SIGNING_IN,
        DUTY_TO_PROTECT,
        Text("Đến khi tắt; chưa xác nhận: 1 ngày", "Until it is taken away; not confirmed: a day"),
        "confirmed_at IS NULL AND created_at < %(before)s",
        _DAY,
    ),
    Kept("recovery_code", _SIGNING_IN, DUTY_TO_PROTECT, Text("Đến khi thay hoặc tắt", "Until replaced or taken away")),
    Kept(
        "login_failure",
        Text("Làm chậm việc đoán mật khẩu", "Slowing down who guesses passwords"),
        DUTY_TO_PROTECT,
        Text("1 giờ sau khi hết tác dụng", "An hour after it has drained"),
        "updated_at + level * interval '1 second' < %(before)s",
        dt.timedelta(hours=1),
    ),
    Kept(
        "audit_event",
        Text("Chứng minh ai đã làm gì, xem gì", "Proving who did and saw what"),
        DUTY_TO_PROTECT,
        Text("Không xóa: sự kiện nối thành chuỗi", "Not deleted: events are links of a chain"),
    ),
    Kept("export", _EXPORTING, DUTY_TO_PROTECT, days(1), "created_at < %(before)s", _DAY),
    Kept("export_part", _EXPORTING, DUTY_TO_PROTECT, days(1), "created_at < %(before)s", _DAY),
    Kept(
        "sheet_print",
        Text("In phiếu kích hoạt cho từng tổ", "Printing activation sheets for teams"),
        PUBLIC_TASK,
        days(1),
        "created_at < %(before)s",
        _DAY,
    ),
    Kept(
        "import", _IMPORTING, PUBLIC_TASK, Text("Giữ lâu dài, không gồm tệp và dòng", "For good, without file and rows")
    ),
    Kept("import_file", _IMPORTING, PUBLIC_TASK, _OF_FILES, f"created_at < %(before)s OR {_ENDED_EARLIER}", _YEAR),
    Kept(
        "import_row",
        _IMPORTING,
        PUBLIC_TASK,
        _OF_FILES,
        f"import_id IN (SELECT id FROM import WHERE created_at < %(before)s) OR {_ENDED_EARLIER}",
        _YEAR,
    ),
    Kept(
        "idempotency_key",
        Text("Trả lời lại đúng khi máy gửi lại", "Answering the same when a phone asks again"),
        PUBLIC_TASK,
        days(30),
        "created_at < %(before)s",
        KEPT_FOR,
    ),
    Kept(
        "data_request",
        Text("Thực hiện quyền của chủ thể dữ liệu đúng hạn", "Granting people their rights over their data in time"),
        DUTY_TO_PROTECT,
        Text("5 năm sau khi xong", "5 years after it was settled"),
        "settled_at < %(before)s",
        5 * _YEAR,
    ),
    Kept(
        "breach",
        Text("Xử lý và báo cáo sự cố dữ liệu cá nhân", "Handling and reporting breaches of personal data"),
        DUTY_TO_PROTECT,
        Text("5 năm sau khi kết thúc", "5 years after it was closed"),
        "closed_at < %(before)s",
        5 * _YEAR,
    ),
    Kept("revision", _HISTORY, PUBLIC_TASK, WITH_THE_RECORD),
    Kept(
        "mutation",
        Text("Không nhận hai lần điều máy đã gửi", "Not taking twice what a phone sent"),
        PUBLIC_TASK,
        Text("Giữ lâu dài: chỉ mã băm và kết quả", "For good: only hashes and outcomes"),
    ),
)
keep_impersonal(
    "area area_past area_placement area_succession team audit_head audit_seal import_thing outbox server_epoch stream "
    "stream_entry django_migrations django_content_type auth_permission auth_group auth_group_permissions "
    "django_tasks_database_dbtaskresult"
)
