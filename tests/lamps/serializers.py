"""The shape of a lamp."""

from api.enums import LabelledEnum
from api.fields import Choice, Id, Integer, ListOf, Location, Moment, Nested, Text
from api.shapes import RecordSerializer


class LampState(LabelledEnum):
    """How a lamp does."""

    WORKING = "working", "Sáng", "Working"
    BROKEN = "broken", "Hỏng", "Broken"


class LampVisit(Nested):
    """Somebody came by."""

    id = Id()
    visited_at = Moment()
    note = Text(max_length=200, required=False, allow_null=True)


class Lamp(RecordSerializer):
    """A street lamp."""

    team_id = Id()
    name = Text(max_length=100)
    state = Choice(choices=LampState.choices, merge="group:state")
    state_at = Moment(required=False, allow_null=True, merge="group:state")
    watt = Integer(min_value=1, max_value=5000, required=False, allow_null=True)
    keeper_ids = ListOf(child=Id(), merge="set", required=False, default=list)
    visits = ListOf(child=LampVisit(), merge="log", required=False, default=list)
    location = Location(required=False, allow_null=True)
    visit_count = Integer(read_only=True)
