"""The tables of patrols and their tracks."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from activities.patrols.routes.models import Checkpoint, Route
from api.enums import LabelledEnum
from api.records import Record

__all__ = ["OVER", "Checkpoint", "Patrol", "PatrolStatus", "Route", "Track"]


class PatrolStatus(LabelledEnum):
    """How far a patrol has come."""

    PLANNED = "planned", "Đã lên lịch", "Planned"
    ONGOING = "ongoing", "Đang tuần tra", "Ongoing"
    COMPLETED = "completed", "Đã hoàn thành", "Completed"
    ABANDONED = "abandoned", "Bỏ dở", "Abandoned"


OVER = frozenset({PatrolStatus.COMPLETED.value, PatrolStatus.ABANDONED.value})


class Patrol(Record):
    """One walk of a team, many members. What follows from its track is null until there is one."""

    team_id = models.UUIDField()
    shift_id = models.UUIDField(null=True)
    route_id = models.UUIDField(null=True)
    participant_ids = ArrayField(models.UUIDField(), default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status = models.TextField()
    checkpoint_visits = models.JSONField(default=list)
    outcome = models.TextField(null=True)
    handover_note = models.TextField(null=True)
    local_day = models.DateField()
    distance_m = models.IntegerField(null=True)
    duration_s = models.BigIntegerField(null=True)
    bounding_box = models.JSONField(null=True)
    track_points = models.IntegerField(default=0)
    track_flags = ArrayField(models.TextField(), default=list)
    track_spans = models.JSONField(null=True)
    text_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "patrol"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            *Record.Meta.indexes,
            models.Index(fields=["team_id", "local_day"], name="patrol_by_team", condition=models.Q(deleted_at=None)),
            models.Index(fields=["area_id", "local_day"], name="patrol_by_day", condition=models.Q(deleted_at=None)),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(status__in=PatrolStatus.values), name="patrol_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status__in=sorted(OVER)) | models.Q(ended_at__isnull=False),
                name="patrol_over_has_an_end",
            ),
        )


class Track(models.Model):
    """The points of a patrol, packed (see `activities.patrols.track`), under the patrol's id; it may come before it.

    The area is part of the key: a piece that names another area than the patrol's can't get in its way.
    """

    pk = models.CompositePrimaryKey("id", "area_id")
    id = models.UUIDField()
    area_id = models.UUIDField()
    data = models.BinaryField()
    author_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "track"
