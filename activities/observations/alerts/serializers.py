"""The shapes of alerts on the wire."""

from rest_framework import serializers

from activities.observations.models import LAST_LEVEL, AlertKind, AlertStatus, AlertStep, ObservationKind, Severity
from api.fields import Choice, Id, Integer, ListOf, Location, Moment, Nested, Text
from api.shapes import RecordSerializer

PLACE = "group:place"


class AlertStepTaken(Nested):
    """One step of an alert's way."""

    step = Choice(choices=AlertStep.choices)
    at = Moment()
    level = Integer(min_value=1, max_value=LAST_LEVEL)
    by_id = Id(allow_null=True)


class Alert(RecordSerializer):
    """A call for help: an urgent observation, or a team member in danger. Id and area are enough to raise one.

    `cancelled_at` is what its sender alone writes, once safe. What the police and the clock do is derived.
    """

    team_id = Id(required=False)
    kind = Choice(choices=AlertKind.choices, required=False, default=AlertKind.SOS.value, merge="fixed")
    location = Location(required=False, allow_null=True, merge=PLACE)
    located_at = Moment(required=False, allow_null=True, merge=PLACE)
    place_text = Text(max_length=500, required=False, allow_null=True)
    note = Text(max_length=4000, required=False, allow_null=True)
    cancelled_at = Moment(required=False, allow_null=True)
    severity = Choice(choices=Severity.choices, read_only=True)
    observation_id = Id(read_only=True, allow_null=True)
    observation_kind = Choice(choices=ObservationKind.choices, read_only=True, allow_null=True)
    status = Choice(choices=AlertStatus.choices, read_only=True)
    level = Integer(min_value=1, max_value=LAST_LEVEL, read_only=True)
    escalates_at = Moment(read_only=True, allow_null=True)
    acknowledged_at = Moment(read_only=True, allow_null=True)
    acknowledged_by_id = Id(read_only=True, allow_null=True)
    closed_at = Moment(read_only=True, allow_null=True)
    closed_by_id = Id(read_only=True, allow_null=True)
    closing_note = Text(max_length=4000, read_only=True, allow_null=True)
    steps = ListOf(child=AlertStepTaken(), read_only=True)


class AlertCall(Alert):
    """An alert to raise. Without `area_id` it is the sender's own hamlet."""

    area_id = Id(required=False)


class AlertCancelInput(serializers.Serializer):
    """That the sender is safe."""

    cancelled_at = Moment(required=False)


class AlertCloseInput(serializers.Serializer):
    """How it ended. Closing it again with the same note changes nothing."""

    note = Text(max_length=4000)
