"""The bodies of accounts and sessions, asked and answered; their class names are the schema names of the document."""

from rest_framework import serializers

from api.fields import Choice, Flag, Id, Integer, ListOf, Moment, Nested, Text

_PASSWORD_MOST = 256


class Device(Nested):
    """The phone, as it names itself. `id` is made once when the app is installed and kept."""

    id = Id()
    name = Text(max_length=100, allow_blank=True, required=False, default="")
    platform = Text(max_length=40, allow_blank=True, required=False, default="")
    app_version = Text(max_length=40, allow_blank=True, required=False, default="")


class TokenRequest(serializers.Serializer):
    """Who signs in, on which phone. `phone` may be written `0912 345 678` or `+84912345678`."""

    phone = Text(max_length=40)
    password = Text(max_length=_PASSWORD_MOST)
    device = Device()
    otp = Text(max_length=20, required=False, allow_null=True)


class ActivateRequest(serializers.Serializer):
    """The code that a leader or admin handed out, and the password to set (at least 8 characters)."""

    code = Text(max_length=40)
    password = Text(max_length=_PASSWORD_MOST)
    device = Device()


class RefreshRequest(serializers.Serializer):
    """The refresh token, and the phone that it was given to."""

    refresh = Text(max_length=200)
    device_id = Id()


class PasswordRequest(serializers.Serializer):
    """A new password needs 15 characters, or 8 on a phone that was activated by code."""

    current_password = Text(max_length=_PASSWORD_MOST)
    new_password = Text(max_length=_PASSWORD_MOST)


class NoContent(serializers.Serializer):
    """A command that needs nothing but its address."""


class CurrentUser(Nested):
    """Whose session it is."""

    id = Id()
    phone = Text(max_length=20)
    full_name = Text(max_length=200)
    locale = Choice(choices=["vi", "en"])


class TokenPair(serializers.Serializer):
    """`access` goes into `Authorization: Bearer`; `refresh` is kept safe and used once `access` has expired."""

    access = Text(max_length=2000)
    refresh = Text(max_length=200)
    access_expires_in = Integer(help_text="Seconds")
    session_id = Id()


class SignedIn(TokenPair):
    """A new session."""

    user = CurrentUser()


class Session(Nested):
    """One login on one phone."""

    id = Id()
    device = Device()
    created_at = Moment()
    refreshed_at = Moment()
    expires_at = Moment()
    current = Flag(help_text="Whether it is the one that asks")


class SessionList(serializers.Serializer):
    """The open sessions of whoever asks, the newest first."""

    items = ListOf(child=Session())
    next_cursor = Text(max_length=500, allow_null=True)


class MyMembership(Nested):
    """A place in a team that holds now."""

    id = Id()
    team_id = Id()
    team_name = Text(max_length=200)
    team_type = Text(max_length=40)
    area_id = Id()
    role = Text(max_length=40)
    badge_number = Text(max_length=40, allow_null=True)
    starts_at = Moment()


class MyGrant(Nested):
    """A role over an area and all below it."""

    id = Id()
    role = Text(max_length=40)
    area_id = Id()
    area_name = Text(max_length=200)
    starts_at = Moment()


class SyncArea(Nested):
    """An area that the phone syncs, and the types in its stream. `own` is false for what lies above one's own areas."""

    area_id = Id()
    name = Text(max_length=200)
    level = Text(max_length=40)
    own = Flag()
    types = ListOf(child=Text(max_length=60))


class SecondFactorState(Nested):
    """Whether one-time codes are set up, and which roles wait for a sign-in with one."""

    state = Choice(choices=["none", "enrolled", "used"])
    required_for = ListOf(child=Text(max_length=40))


class Me(serializers.Serializer):
    """Who asks, and what that means: roles, what they allow, and what the phone syncs."""

    user = CurrentUser()
    second_factor = SecondFactorState()
    memberships = ListOf(child=MyMembership())
    grants = ListOf(child=MyGrant())
    capabilities = ListOf(child=Text(max_length=80), help_text="`<type>.read`, `.write`, `.write_own_team` or `.count`")
    areas = ListOf(child=SyncArea())
