"""What households tell the wire about themselves."""

import datetime as dt

from accounts.access_log import log_of
from accounts.events import register_events
from activities.pledges.households import problems, rules  # noqa: F401  (problems register themselves)
from activities.pledges.households.serializers import Household as HouseholdSerializer
from activities.pledges.models import Household
from api.problems import Text
from api.records import RecordType, access, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep
from api.row_security import register_guard

WRITERS = "leader deputy_leader front_work_head front_officer"
"""Who also sets ID numbers and merges."""
_KNOWING = Text(
    "Biết hộ nào ở trong thôn, ai đã cam kết", "Knowing which households live in the hamlet, and who pledged"
)

HOUSEHOLD = register(
    RecordType(
        name="household",
        collection="households",
        model=Household,
        serializer=HouseholdSerializer,
        access=access(read="police_officer", write=f"member {WRITERS}", count="analyst"),
        row_security=True,
        filters=("residence_status",),
        search=("text_fold",),
        consult=rules.consult,
        rules=rules.faults,
        columns=rules.search_columns,
        seen=log_of("households"),
    )
)
register_events(
    "household.merged", "household.erased", "household.id_number_set", "household.id_number_removed", "id_number.viewed"
)
register_guard("id_number", read="police_officer", write=WRITERS)
keep(
    Kept("household", _KNOWING, PUBLIC_TASK, WITH_THE_RECORD),
    Kept(
        "household_id_number",
        Text("Nhận ra một hộ được ghi hai lần", "Recognising a household that was registered twice"),
        PUBLIC_TASK,
        Text("1 ngày sau khi hộ bị xóa; xóa khi có yêu cầu hợp lệ", "A day after its household was deleted"),
        "household_id IN (SELECT id FROM household WHERE deleted_at < %(before)s)",
        dt.timedelta(days=1),
    ),
)
