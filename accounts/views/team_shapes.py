"""The bodies by which teams and memberships are made and changed; class names are schema names of the document."""

from rest_framework import serializers

from accounts.roles import TeamRole, TeamStatus, TeamType
from api.fields import AnyObject, Choice, Day, Flag, Id, Integer, Moment, Text


class TeamFounding(serializers.Serializer):
    """A new team of a hamlet."""

    id = Id(required=False)
    area_id = Id()
    team_type = Choice(choices=TeamType.choices)
    name = Text(max_length=200)
    founding_decision = Text(max_length=200, required=False, allow_null=True)
    founded_on = Day(required=False, allow_null=True)


class TeamChange(serializers.Serializer):
    """What changes of a team; what is absent stays, null clears."""

    team_type = Choice(choices=TeamType.choices, required=False)
    name = Text(max_length=200, required=False)
    founding_decision = Text(max_length=200, required=False, allow_null=True)
    founded_on = Day(required=False, allow_null=True)
    status = Choice(choices=TeamStatus.choices, required=False)


class TeamClosingRequest(serializers.Serializer):
    """The end of a team; `dry_run` only counts what it means."""

    dry_run = Flag(required=False, default=False)


class TeamClosing(serializers.Serializer):
    """What the end of a team means, or meant."""

    dry_run = Flag()
    memberships = Integer()
    records = AnyObject()


class MembershipBeginning(serializers.Serializer):
    """A new place in a team."""

    id = Id(required=False)
    team_id = Id()
    user_id = Id()
    role = Choice(choices=TeamRole.choices, required=False, default="member")
    badge_number = Text(max_length=40, required=False, allow_null=True)
    starts_at = Moment(required=False)


class MembershipEnding(serializers.Serializer):
    """The end of a membership: now, or then."""

    ends_at = Moment(required=False)


class RoleChange(serializers.Serializer):
    """The role from now on."""

    role = Choice(choices=TeamRole.choices)
