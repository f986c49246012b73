"""The shape of an observation on the wire."""

from activities.observations.models import ObservationKind, Severity
from api.fields import Choice, Id, Location, Moment, Text
from api.shapes import RecordSerializer


class Observation(RecordSerializer):
    """Something that a team saw. The place is a point, words, or both; the patrol may come later than it."""

    team_id = Id(required=False, help_text="The team that saw it; left out, the author's own team in the area.")
    patrol_id = Id(required=False, allow_null=True)
    kind = Choice(choices=ObservationKind.choices)
    severity = Choice(choices=Severity.choices)
    location = Location(required=False, allow_null=True)
    place_text = Text(max_length=500, required=False, allow_null=True)
    note = Text(max_length=4000, required=False, allow_null=True)
    action_taken = Text(max_length=2000, required=False, allow_null=True)
    reported_at = Moment(required=False, allow_null=True, help_text="When the police were told.")
    police_reference = Text(max_length=100, required=False, allow_null=True)
