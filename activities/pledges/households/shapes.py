"""The shapes of what is asked and answered about households beside the record itself."""

from rest_framework import serializers

from activities.pledges.households.doubles import DoubleReason
from activities.pledges.households.merging import HouseholdPart
from activities.pledges.households.serializers import Household
from api.fields import Choice, Id, ListOf, Moment, Text


class HouseholdMergeInput(serializers.Serializer):
    """Which household is the same as this one, and which of its values are the better ones."""

    other_id = Id()
    take = ListOf(child=Choice(choices=HouseholdPart.choices), merge="set", required=False, default=list)


class HouseholdDouble(serializers.Serializer):
    """Two households that look like one."""

    area_id = Id()
    reasons = ListOf(child=Choice(choices=DoubleReason.choices))
    households = Household(many=True)


class HouseholdDoubles(serializers.Serializer):
    """A page of pairs."""

    items = HouseholdDouble(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class HouseholdIdNumberInput(serializers.Serializer):
    """A citizen ID number. It is never given back."""

    number = Text(max_length=12, pattern=r"^[0-9]{12}$", write_only=True)


class HouseholdIdNumber(serializers.Serializer):
    """What is told of a householder's citizen ID number; nulls if none is kept."""

    household_id = Id()
    last_four = Text(max_length=4, allow_null=True)
    set_at = Moment(allow_null=True)
    set_by_id = Id(allow_null=True)
