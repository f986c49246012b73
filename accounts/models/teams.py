"""Teams, who belongs to them, and the rights that are given over whole areas."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from api.ids import uuid7
from api.localtime import now
from api.records import Record


def _unended() -> models.Q:
    return models.Q(ends_at=None) | models.Q(ends_at__gt=now())


def _now() -> models.Q:
    return _unended() & models.Q(starts_at__lte=now())


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships as they are looked for."""

    def holding(self) -> MembershipQuerySet:
        """Those that hold now."""
        return self.filter(_now(), deleted_at=None)

    def unended(self) -> MembershipQuerySet:
        """Those that hold or will."""
        return self.filter(_unended(), deleted_at=None)


class GrantQuerySet(models.QuerySet["Grant"]):
    """Roles as they are looked for."""

    def holding(self) -> GrantQuerySet:
        """Those that hold now."""
        return self.filter(_now(), confirmed_at__isnull=False)

    def unended(self) -> GrantQuerySet:
        """Those that hold, will hold, or wait for a second person."""
        return self.filter(_unended())


class Team(Record):
    """A team of a hamlet (`area_id`)."""

    team_type = models.TextField()
    name = models.TextField()
    name_fold = models.TextField()
    founding_decision = models.TextField(null=True)
    founded_on = models.DateField(null=True)
    status = models.TextField(default="active")

    class Meta(Record.Meta):
        db_table = "team"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["-occurred_at", "-id"], name="team_in_order", condition=models.Q(deleted_at=None)),
        ]


class Membership(Record):
    """A person's place in a team, in the stream of the team's hamlet. `ends_at` null: still there.

    `full_name` is copied from the account by the service that renames it, since a change of a name is a change of
    what phones hold.
    """

    team_id = models.UUIDField()
    user_id = models.UUIDField()
    full_name = models.TextField()
    role = models.TextField()
    badge_number = models.TextField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta(Record.Meta):
        db_table = "membership"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["user_id"], name="membership_by_user"),
            models.Index(fields=["team_id"], name="membership_by_team"),
            models.Index(
                fields=["-occurred_at", "-id"], name="membership_in_order", condition=models.Q(deleted_at=None)
            ),
        ]
        constraints = (
            models.UniqueConstraint(
                fields=["team_id", "user_id"],
                condition=models.Q(ends_at=None, deleted_at=None),
                name="membership_once_at_a_time",
            ),
        )


class Grant(models.Model):
    """A role over an area and all below it, which holds once it is confirmed, from `starts_at` until `ends_at`.

    What needs no second person is confirmed as it is given; `confirmed_at` is null while one is waited for, and then
    `confirmed_by` says who it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    role = models.TextField()
    area_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    granted_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True, db_default=Now())

    objects = GrantQuerySet.as_manager()

    class Meta:
        # `grant` is a word of SQL.
        db_table = "role_grant"
        indexes = (
            models.Index(fields=["user_id"], name="role_grant_by_user"),
            models.Index(fields=["area_id"], name="role_grant_by_area"),
            models.Index(fields=["ends_at"], name="role_grant_by_end", condition=~models.Q(ends_at=None)),
            models.Index(fields=["created_at"], name="role_grant_waiting", condition=models.Q(confirmed_at=None)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["user_id", "role", "area_id"],
                condition=models.Q(ends_at=None),
                name="role_grant_once_at_a_time",
            ),
        )
