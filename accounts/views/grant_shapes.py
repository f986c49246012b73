"""The bodies of roles over areas; class names are schema names of the document."""

from rest_framework import serializers

from accounts.grants import GrantStatus
from accounts.roles import GrantRole
from api.fields import Choice, Id, ListOf, Moment, Nested, Text


class Grant(Nested):
    """A role over an area and all below it."""

    id = Id()
    user_id = Id()
    user_name = Text(max_length=200)
    role = Choice(choices=GrantRole.choices)
    area_id = Id()
    area_name = Text(max_length=200)
    status = Choice(choices=GrantStatus.choices)
    starts_at = Moment()
    ends_at = Moment(allow_null=True)
    granted_by = Id(allow_null=True)
    confirmed_by = Id(allow_null=True)
    confirmed_at = Moment(allow_null=True)
    created_at = Moment()


class GrantList(serializers.Serializer):
    """Roles over areas, the newest first."""

    items = ListOf(child=Grant())
    next_cursor = Text(max_length=500, allow_null=True)


class GrantInput(serializers.Serializer):
    """A role to give."""

    id = Id(required=False)
    user_id = Id()
    role = Choice(choices=GrantRole.choices)
    area_id = Id()
    starts_at = Moment(required=False)
    ends_at = Moment(required=False, allow_null=True)
