"""The table of observations."""

from django.db import models

from api.enums import LabelledEnum
from api.records import Record


class ObservationKind(LabelledEnum):
    """What was seen."""

    LIGHTING = "lighting", "Chiếu sáng", "Lighting"
    DISTURBANCE = "disturbance", "Gây rối trật tự", "Disturbance"
    FIGHT = "fight", "Đánh nhau", "Fight"
    THEFT = "theft", "Trộm cắp", "Theft"
    DRUGS = "drugs", "Ma túy", "Drugs"
    FIRE_HAZARD = "fire_hazard", "Nguy cơ cháy nổ", "Fire hazard"
    TRAFFIC = "traffic", "Giao thông", "Traffic"
    STRANGER = "stranger", "Người lạ", "Stranger"
    ENVIRONMENT = "environment", "Môi trường", "Environment"
    OTHER = "other", "Khác", "Other"


class Severity(LabelledEnum):
    """How pressing it is."""

    INFO = "info", "Ghi nhận", "For information"
    ATTENTION = "attention", "Cần chú ý", "Needs attention"
    URGENT = "urgent", "Khẩn cấp", "Urgent"


class Observation(Record):
    """Something that a team saw, on a patrol or off it. `team_id` is the team that saw it: its members may write it."""

    team_id = models.UUIDField()
    patrol_id = models.UUIDField(null=True)
    kind = models.TextField()
    severity = models.TextField()
    location_lon = models.FloatField(null=True)
    location_lat = models.FloatField(null=True)
    location_accuracy_m = models.FloatField(null=True)
    place_text = models.TextField(null=True)
    note = models.TextField(null=True)
    action_taken = models.TextField(null=True)
    reported_at = models.DateTimeField(null=True)
    police_reference = models.TextField(null=True)
    text_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "observation"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            *Record.Meta.indexes,
            models.Index(fields=["patrol_id"], name="observation_by_patrol", condition=models.Q(deleted_at=None)),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=ObservationKind.values), name="observation_kind_known"),
            models.CheckConstraint(condition=models.Q(severity__in=Severity.values), name="observation_severity_known"),
        )
