"""The bodies of sessions as admins see them, and of what phones delivered; class names are schema names."""

from rest_framework import serializers

from api.fields import Flag, Id, Integer, ListOf, Moment, Nested, Text
from api.problem_schema import Problem


class UserSession(Nested):
    """One login of somebody on one phone, or in the admin site (`platform` `web`)."""

    id = Id()
    user_id = Id()
    user_name = Text(max_length=200)
    device_id = Id()
    device_name = Text(max_length=100)
    platform = Text(max_length=40)
    app_version = Text(max_length=40)
    only_delivers = Flag()
    created_at = Moment()
    last_used_at = Moment()
    expires_at = Moment()
    ended_at = Moment(allow_null=True)
    ended_because = Text(max_length=40, allow_null=True)


class UserSessionList(serializers.Serializer):
    """Sessions, the newest first."""

    items = ListOf(child=UserSession())
    next_cursor = Text(max_length=500, allow_null=True)


class DeliveringDevice(Nested):
    """A phone that the person signed in on."""

    session_id = Id()
    device_id = Id()
    device_name = Text(max_length=100)
    platform = Text(max_length=40)
    app_version = Text(max_length=40)
    active = Flag()
    last_used_at = Moment()
    last_sent_at = Moment(allow_null=True)
    last_sent_type = Text(max_length=60, allow_null=True)


class PendingFile(Nested):
    """Something declared whose bytes haven't come."""

    type = Text(max_length=60)
    id = Id()
    kind = Text(max_length=40)
    size = Integer()
    declared_at = Moment()


class RefusedDelivery(serializers.Serializer):
    """A mutation that was refused, or met another's edit."""

    mutation_id = Id()
    type = Text(max_length=60)
    record_id = Id()
    status = Text(max_length=20)
    received_at = Moment()
    waits = Flag()
    problem = Problem(allow_null=True)


class Deliveries(serializers.Serializer):
    """What a person's phones delivered and what became of it, the newest first."""

    devices = ListOf(child=DeliveringDevice())
    pending = ListOf(child=PendingFile())
    items = RefusedDelivery(many=True)
    next_cursor = Text(max_length=500, allow_null=True)
