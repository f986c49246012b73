"""Teams, who belongs to them, and the rights that are given over whole areas."""

from django.db import models

from api.ids import uuid7
from api.records import Record


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

    class Meta(Record.Meta):
        db_table = "membership"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["user_id"], name="membership_by_user"),
            models.Index(fields=["team_id"], name="membership_by_team"),
        ]
        constraints = (
            models.UniqueConstraint(
                fields=["team_id", "user_id"],
                condition=models.Q(ends_at=None, deleted_at=None),
                name="membership_once_at_a_time",
            ),
        )


class Grant(models.Model):
    """A role over an area and all below it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    role = models.TextField()
    area_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    granted_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        # `grant` is a word of SQL.
        db_table = "role_grant"
        indexes = (
            models.Index(fields=["user_id"], name="role_grant_by_user"),
            models.Index(fields=["area_id"], name="role_grant_by_area"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["user_id", "role", "area_id"],
                condition=models.Q(ends_at=None),
                name="role_grant_once_at_a_time",
            ),
        )
