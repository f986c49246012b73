"""The shape of a household on the wire."""

from activities.pledges.households.fields import PhoneNumber
from activities.pledges.models import ResidenceStatus
from api.fields import Choice, Day, Integer, Text
from api.shapes import RecordSerializer

RESIDENCE = "group:residence"


class Household(RecordSerializer):
    """People who live together in a hamlet, by their householder.

    It was resident on a day if it had moved in by then (`resident_from`; none: longer than anybody wrote down) and had
    not moved out (`resident_until`, the day of moving out; none: still here). Who comes back later is a new household.
    No part of a citizen ID number is in it.
    """

    house_number = Text(max_length=100, required=False, allow_null=True)
    householder = Text(max_length=200)
    size = Integer(min_value=1, max_value=200, required=False, allow_null=True)
    residence_status = Choice(choices=ResidenceStatus.choices, merge=RESIDENCE)
    resident_from = Day(merge=RESIDENCE, required=False, allow_null=True)
    resident_until = Day(merge=RESIDENCE, required=False, allow_null=True)
    phone = PhoneNumber(required=False, allow_null=True)
