"""What imports tell the wire about themselves: events, problems, jobs, limits; and what accounts have imported."""

from dataclasses import replace

from accounts.events import register_events
from accounts.imports import accounts_writing, problems, working  # noqa: F401 - some register themselves
from accounts.imports.accounts_undoing import THINGS, look_at, plan_undo, undo
from accounts.imports.kinds import ImportKind, register_import
from accounts.imports.matching import match
from accounts.imports.reading import MOST_BYTES, MOST_INFLATED_BYTES, MOST_ROWS
from accounts.imports.sheets import SHEETS
from api.bodies import allow_larger
from api.meta import register_limits
from api.problems import Text

register_events(
    "import.received",
    "import.apply_asked",
    "import.applied",
    "import.failed",
    "import.deactivate_asked",
    "import.deactivated",
    "import.downloaded",
)
allow_larger("/v1/imports", MOST_BYTES)
register_limits({"import_bytes": MOST_BYTES, "import_inflated_bytes": MOST_INFLATED_BYTES, "import_rows": MOST_ROWS})

_WORKBOOK = ImportKind(
    name="workbook",
    title=Text("Cả sổ: thôn, tổ, người, quyền", "Workbook of hamlets, teams, people and grants"),
    sheets=SHEETS,
    roles=frozenset({"admin"}),
    things=THINGS,
    known_by=Text(
        "Gửi lại cùng một tệp không tạo trùng: người nhận ra theo số điện thoại, thôn theo mã xã và tên, tổ theo thôn "
        "và tên. Ô để trống giữ nguyên điều đang có.",
        "The same file again makes nothing twice: people are known by phone, hamlets by commune and name, teams by "
        "hamlet and name. An empty cell leaves what there is.",
    ),
    match=match,
    prepare=accounts_writing.prepare,
    carry_out=accounts_writing.carry_out,
    look_at=look_at,
    plan_undo=plan_undo,
    undo=undo,
)
register_import(_WORKBOOK, *(replace(_WORKBOOK, name=each.name, title=each.title, sheets=(each,)) for each in SHEETS))
