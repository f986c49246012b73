"""The bodies of accounts as those who look after them ask and answer; class names are schema names of the document."""

from rest_framework import serializers

from accounts.people import UserStatus
from accounts.roles import GrantRole, TeamRole
from api.fields import Choice, Flag, Id, ListOf, Moment, Nested, Text

LOCALES = ["vi", "en"]


class UserPlace(Nested):
    """A place in a team that holds or will."""

    id = Id()
    team_id = Id()
    team_name = Text(max_length=200)
    area_id = Id()
    role = Choice(choices=TeamRole.choices)
    badge_number = Text(max_length=40, allow_null=True)
    starts_at = Moment()
    ends_at = Moment(allow_null=True)


class UserRole(Nested):
    """A role over an area and all below it that holds, will, or waits for a second person."""

    id = Id()
    role = Choice(choices=GrantRole.choices)
    area_id = Id()
    starts_at = Moment()
    ends_at = Moment(allow_null=True)
    confirmed_at = Moment(allow_null=True)


class User(Nested):
    """An account, and what belongs to it as far as it lies in one's own areas."""

    tagged = True

    id = Id()
    phone = Text(max_length=20)
    full_name = Text(max_length=200)
    locale = Choice(choices=LOCALES)
    area_id = Id(allow_null=True)
    status = Choice(choices=UserStatus.choices)
    memberships = ListOf(child=UserPlace())
    grants = ListOf(child=UserRole())
    code_expires_at = Moment(allow_null=True)
    last_used_at = Moment(allow_null=True)
    created_at = Moment()
    deactivated_at = Moment(allow_null=True)


class UserList(serializers.Serializer):
    """Accounts, by given name as Vietnamese lists are."""

    items = ListOf(child=User())
    next_cursor = Text(max_length=500, allow_null=True)


class UserInput(serializers.Serializer):
    """A new account. With `team_id` it joins that team; a leader names the own one."""

    id = Id(required=False)
    phone = Text(max_length=40)
    full_name = Text(max_length=200)
    locale = Choice(choices=LOCALES, required=False, default="vi")
    area_id = Id(required=False)
    team_id = Id(required=False)
    role = Choice(choices=TeamRole.choices, required=False, default="member")
    badge_number = Text(max_length=40, required=False, allow_null=True)


class UserChange(serializers.Serializer):
    """What changes of an account; what is absent stays."""

    full_name = Text(max_length=200, required=False)
    locale = Choice(choices=LOCALES, required=False)
    phone = Text(max_length=40, required=False)


class IssueCodeRequest(serializers.Serializer):
    """A new one-time code; `end_sessions` for a phone that is lost."""

    end_sessions = Flag(required=False, default=False)


class IssuedCode(serializers.Serializer):
    """A one-time code. It is told in this answer alone."""

    code = Text(max_length=40)
    purpose = Choice(choices=["activate", "deliver"])
    expires_at = Moment()


class MoveUserRequest(serializers.Serializer):
    """Where a person goes."""

    team_id = Id()
    role = Choice(choices=TeamRole.choices, required=False, default="member")
    badge_number = Text(max_length=40, required=False, allow_null=True)
