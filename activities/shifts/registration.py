"""What shifts and days off tell the wire about themselves."""

from __future__ import annotations

from activities.shifts import problems, rules  # noqa: F401  (problems register themselves)
from activities.shifts.models import DayOff, Shift, ShiftStatus
from activities.shifts.serializers import DayOff as DayOffSerializer
from activities.shifts.serializers import Shift as ShiftSerializer
from api.problems import Text
from api.records import RecordType, Wire, access, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep

_LATEST = ("starts_at", "DESC")


def verb(before: Wire | None, after: Wire | None) -> str:
    """A shift that is handed over or cancelled says so, by whatever way it came about."""
    if before is None or after is None:
        return "created" if after else "deleted"
    told = {ShiftStatus.COMPLETED.value: "handed_over", ShiftStatus.CANCELLED.value: "cancelled"}
    return told.get(after["status"], "updated") if before["status"] != after["status"] else "updated"


SHIFT = register(
    RecordType(
        name="shift",
        collection="shifts",
        model=Shift,
        serializer=ShiftSerializer,
        access=access(
            read="front_work_head front_officer police_officer",
            team_write="member leader deputy_leader",
            count="analyst",
        ),
        allows=rules.allows,
        late_entries=rules.late_entries,
        filters=("team_id", "status"),
        order=_LATEST,
        dated="starts_at",
        unfinished=("status", (ShiftStatus.PLANNED.value,)),
        search=("text_fold",),
        rules=rules.faults,
        derive=rules.derive,
        columns=rules.search_columns,
        verb=verb,
        verbs=frozenset({"created", "updated", "handed_over", "cancelled", "deleted"}),
    )
)
DAY_OFF = register(
    RecordType(
        name="day_off",
        collection="days_off",
        model=DayOff,
        serializer=DayOffSerializer,
        # Of use to the team alone.
        access=access(team_write="member leader deputy_leader"),
        allows=rules.day_off_allows,
        filters=("team_id", "user_id"),
        order=("starts_on", "DESC"),
        dated="starts_on",
        rules=rules.day_off_faults,
    )
)
_ROSTERS = Text("Xếp và ghi lại việc trực của tổ", "Planning and recording who is on duty")
keep(
    Kept("shift", _ROSTERS, PUBLIC_TASK, WITH_THE_RECORD),
    Kept("day_off", _ROSTERS, PUBLIC_TASK, WITH_THE_RECORD),
)
