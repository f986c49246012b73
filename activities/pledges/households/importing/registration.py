"""Households as a kind of import: who may bring them, how they are checked, written and taken back."""

import datetime as dt

from accounts.imports.kinds import ImportKind, register_import
from activities.pledges.households.importing import problems  # noqa: F401  (they register themselves)
from activities.pledges.households.importing.matching import match
from activities.pledges.households.importing.screening import refuse_id_numbers
from activities.pledges.households.importing.sheet import HOUSEHOLDS, present
from activities.pledges.households.importing.writing import THINGS, carry_out, look_at, plan_undo, undo
from activities.pledges.households.registration import WRITERS
from api.problems import Text

register_import(
    ImportKind(
        name=HOUSEHOLDS.name,
        title=Text("Danh sách hộ", "Households"),
        sheets=(HOUSEHOLDS,),
        # Who registers households beside members, whose lists are no work of theirs; admins see none.
        roles=frozenset(WRITERS.split()),
        things=THINGS,
        known_by=Text(
            "Gửi lại cùng một tệp không tạo trùng: hộ nhận ra theo mã hộ, hoặc theo thôn, số nhà và chủ hộ. Ô để trống "
            "giữ nguyên điều đang có. Không ghi số căn cước (CCCD, CMND) vào tệp: tệp có số căn cước không được nhận.",
            "The same file again makes nothing twice: households are known by their ID, or by hamlet, house number and "
            "householder. An empty cell leaves what there is. Write no citizen ID numbers: such a file is refused.",
        ),
        match=match,
        carry_out=carry_out,
        look_at=look_at,
        plan_undo=plan_undo,
        undo=undo,
        kept=dt.timedelta(days=30),
        screen=refuse_id_numbers,
        present=present,
    )
)
