"""The bodies of data requests and breaches; class names are the schema names of the document."""

from rest_framework import serializers

from accounts.models.requests import BreachStatus, DataRequestKind, DataRequestStatus, DataSubjectType
from api.fields import Choice, Day, Flag, Id, Integer, ListOf, Moment, Nested, Text


class DataRequest(Nested):
    """What somebody asked about their own data."""

    id = Id()
    area_id = Id()
    kind = Choice(choices=DataRequestKind.choices)
    requester = Text(max_length=300)
    subject_type = Choice(choices=DataSubjectType.choices)
    subject_id = Id(allow_null=True)
    description = Text(max_length=4000)
    status = Choice(choices=DataRequestStatus.choices)
    received_on = Day()
    answer_due_on = Day()
    due_on = Day()
    overdue = Flag()
    answered_at = Moment(allow_null=True)
    settled_at = Moment(allow_null=True)
    outcome = Text(max_length=4000, allow_null=True)
    extended_because = Text(max_length=1000, allow_null=True)
    erased_at = Moment(allow_null=True)
    created_by = Id(allow_null=True)
    created_at = Moment()


class DataRequestList(serializers.Serializer):
    """Requests, the newest first."""

    items = ListOf(child=DataRequest())
    next_cursor = Text(max_length=500, allow_null=True)


class DataRequestInput(serializers.Serializer):
    """A request as it came."""

    id = Id(required=False)
    area_id = Id()
    kind = Choice(choices=DataRequestKind.choices)
    requester = Text(max_length=300)
    subject_type = Choice(choices=DataSubjectType.choices)
    subject_id = Id(required=False, allow_null=True)
    description = Text(max_length=4000)
    received_on = Day(required=False, allow_null=True)


class DataRequestExtendInput(serializers.Serializer):
    """Why it takes longer."""

    because = Text(max_length=1000)


class DataRequestSettleInput(serializers.Serializer):
    """What was done, or why it is refused."""

    outcome = Text(max_length=4000)


class DataRequestDoneInput(serializers.Serializer):
    """What was done. `erase`: carry the deletion out with this very answer; it can't be taken back."""

    outcome = Text(max_length=4000)
    erase = Flag(required=False, default=False)


class Breach(Nested):
    """Personal data that got where it mustn't, was lost or altered."""

    id = Id()
    area_id = Id()
    description = Text(max_length=4000)
    happened_at = Moment(allow_null=True)
    noticed_at = Moment()
    report_due_at = Moment()
    overdue = Flag()
    affected = Integer(allow_null=True)
    measures = Text(max_length=4000, allow_null=True)
    status = Choice(choices=BreachStatus.choices)
    reported_at = Moment(allow_null=True)
    reference = Text(max_length=200, allow_null=True)
    closed_at = Moment(allow_null=True)
    outcome = Text(max_length=4000, allow_null=True)
    created_by = Id(allow_null=True)
    created_at = Moment()


class BreachList(serializers.Serializer):
    """Breaches, the newest first."""

    items = ListOf(child=Breach())
    next_cursor = Text(max_length=500, allow_null=True)


class BreachInput(serializers.Serializer):
    """A breach as it was noticed."""

    id = Id(required=False)
    area_id = Id()
    description = Text(max_length=4000)
    noticed_at = Moment()
    happened_at = Moment(required=False, allow_null=True)
    affected = Integer(min_value=0, required=False, allow_null=True)
    measures = Text(max_length=4000, required=False, allow_null=True)


class BreachReportInput(serializers.Serializer):
    """When the authority was told, and its reference."""

    reported_at = Moment()
    reference = Text(max_length=200)


class BreachCloseInput(serializers.Serializer):
    """What came of it."""

    outcome = Text(max_length=4000)
