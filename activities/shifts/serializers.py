"""The shapes of shifts and days off on the wire."""

from activities.shifts.models import AttendanceEvent, ShiftStatus, SwapAnswer
from api.fields import Choice, Day, Id, ListOf, Location, Moment, Nested, Text
from api.shapes import RecordSerializer

TIME = "group:time"
HANDOVER = "group:handover"


class Attendance(Nested):
    """That somebody came or left: who, when, where, and by whose phone."""

    id = Id()
    user_id = Id()
    event = Choice(choices=AttendanceEvent.choices)
    at = Moment()
    location = Location(required=False, allow_null=True)
    by_id = Id()


class Substitution(Nested):
    """That somebody stands in for one who doesn't come."""

    id = Id()
    absent_id = Id()
    substitute_id = Id()
    at = Moment()
    by_id = Id()


class SwapVoice(Nested):
    """What one side says to a swap. It holds once giver and taker both agree to the same terms."""

    id = Id()
    giver_id = Id()
    taker_id = Id()
    return_shift_id = Id(required=False, allow_null=True)
    answer = Choice(choices=SwapAnswer.choices)
    at = Moment()
    by_id = Id()


class Shift(RecordSerializer):
    """One stretch of duty of a team.

    Times and assignees are the leader's; members hand over, and add entries to `attendance`, `substitutions` and
    `swaps`, each signed by `by_id` and never changed.
    """

    team_id = Id()
    starts_at = Moment(merge=TIME)
    ends_at = Moment(merge=TIME)
    assignee_ids = ListOf(child=Id(), merge="set", max_length=50, required=False, default=list)
    status = Choice(choices=ShiftStatus.choices, merge=HANDOVER, required=False, default=ShiftStatus.PLANNED.value)
    attendance = ListOf(child=Attendance(), merge="log", required=False, default=list)
    substitutions = ListOf(child=Substitution(), merge="log", required=False, default=list)
    swaps = ListOf(child=SwapVoice(), merge="log", required=False, default=list)
    handover_note = Text(max_length=4000, merge=HANDOVER, required=False, allow_null=True)
    local_day = Day(read_only=True)
    on_duty_ids = ListOf(child=Id(), read_only=True)


class DayOff(RecordSerializer):
    """Days on which a member can't be on duty. No reason is asked."""

    team_id = Id()
    user_id = Id()
    starts_on = Day()
    ends_on = Day()
