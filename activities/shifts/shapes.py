"""The shapes of what is done with shifts beside writing them: rosters, swaps, absences."""

from rest_framework import serializers

from accounts.roles import TeamRole
from activities.shifts.figures import ShiftFiguresBy
from activities.shifts.models import SwapAnswer
from activities.shifts.roster.absences import AbsenceState
from activities.shifts.roster.telling import RosterWarning
from api.fields import Choice, Day, Flag, Id, Integer, ListOf, Moment, Nested, Text

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class RosterWatch(Nested):
    """A shift of each night, by the clock on the wall; it ends on the next day if its end isn't after its start."""

    starts = Text(max_length=5, pattern=CLOCK)
    ends = Text(max_length=5, pattern=CLOCK)
    people = Integer(min_value=1, max_value=20)


class RosterRequest(serializers.Serializer):
    """How the roster is to be."""

    month = Text(max_length=7, pattern=MONTH)
    watches = ListOf(child=RosterWatch(), max_length=6)
    weekdays = ListOf(child=Integer(min_value=1, max_value=7), max_length=7, required=False, allow_null=True)
    holidays = ListOf(child=Day(), max_length=31, required=False, default=list)
    user_ids = ListOf(child=Id(), max_length=200, required=False, allow_null=True)
    rest_h = Integer(min_value=0, max_value=240, required=False, default=24)
    dry_run = Flag(required=False, default=False)


class RosterShift(serializers.Serializer):
    """A shift of the roster."""

    id = Id(allow_null=True)
    starts_at = Moment()
    ends_at = Moment()
    on_duty_ids = ListOf(child=Id())
    cancelled = Flag()
    drafted = Flag()
    missing = Integer()


class RosterPerson(serializers.Serializer):
    """Somebody of the team, and the share of the month's duty."""

    user_id = Id()
    full_name = Text(max_length=200)
    role = Choice(choices=TeamRole.choices)
    shifts = Integer()
    weekend_shifts = Integer()
    days_off = Integer()


class RosterFault(serializers.Serializer):
    """What is wrong with somebody's shift."""

    shift_id = Id(allow_null=True)
    user_id = Id()
    warning = Choice(choices=RosterWarning.choices)


class Roster(serializers.Serializer):
    """A team's month: who is on duty when, each one's share, and what is wrong with it."""

    team_id = Id()
    month = Text(max_length=7)
    shifts = ListOf(child=RosterShift())
    people = ListOf(child=RosterPerson())
    warnings = ListOf(child=RosterFault())


class RosterMade(Roster):
    """The same after a draft; in a dry run, as it would be."""

    dry_run = Flag()
    made = Integer()


class SwapRequest(serializers.Serializer):
    """One side's word on a swap."""

    giver_id = Id()
    taker_id = Id()
    return_shift_id = Id(required=False, allow_null=True)
    answer = Choice(choices=SwapAnswer.choices, required=False, default=SwapAnswer.AGREE.value)


class Absence(serializers.Serializer):
    """Somebody on duty for whom there is no check-in."""

    shift_id = Id()
    area_id = Id()
    team_id = Id()
    user_id = Id()
    full_name = Text(max_length=200, allow_null=True)
    starts_at = Moment()
    ends_at = Moment()
    state = Choice(choices=AbsenceState.choices)
    stands_in = Flag()


class AbsencePage(serializers.Serializer):
    """A page of absences."""

    items = ListOf(child=Absence())
    next_cursor = Text(max_length=1000, allow_null=True)


class ShiftFigure(serializers.Serializer):
    """Shifts of a group, and what came of them; those by which it isn't grouped are null."""

    area_id = Id(allow_null=True)
    team_id = Id(allow_null=True)
    day = Day(allow_null=True)
    shifts = Integer()
    cancelled = Integer()
    seats = Integer()
    came = Integer()
    absent = Integer()


class ShiftFigures(serializers.Serializer):
    """Shifts of some days, in figures alone."""

    by = Choice(choices=ShiftFiguresBy.choices)
    since = Day()
    until = Day()
    items = ShiftFigure(many=True)
