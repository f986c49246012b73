"""The table of alerts."""

from django.db import models

from activities.observations.models.observations import ObservationKind, Severity
from api.enums import LabelledEnum
from api.records import Record

LAST_LEVEL = 2
"""1: the commune's police and the team's heads; 2: the police above, and the heads of all teams of the hamlet."""


class AlertKind(LabelledEnum):
    """Why somebody is called."""

    URGENT_OBSERVATION = "urgent_observation", "Sự việc khẩn cấp", "Urgent observation"
    SOS = "sos", "Tổ viên gặp nguy hiểm (SOS)", "Team member in danger (SOS)"


class AlertStatus(LabelledEnum):
    """How far an alert has come."""

    OPEN = "open", "Chưa ai tiếp nhận", "Nobody has acknowledged it"
    ACKNOWLEDGED = "acknowledged", "Đã tiếp nhận", "Acknowledged"
    CANCELLED = (
        "cancelled",
        "Đã hủy: người báo an toàn hoặc báo nhầm",
        "Cancelled: the sender is safe, or it was a mistake",
    )
    CLOSED = "closed", "Công an đã xử lý xong", "Closed by the police"


class AlertStep(LabelledEnum):
    """What happened to an alert, and when."""

    RAISED = "raised", "Báo động", "Raised"
    ESCALATED = "escalated", "Chuyển lên cấp tiếp theo", "Passed on to the next level"
    ACKNOWLEDGED = "acknowledged", "Tiếp nhận", "Acknowledged"
    CANCELLED = "cancelled", "Hủy", "Cancelled"
    CLOSED = "closed", "Xử lý xong", "Closed"


class Alert(Record):
    """A call for help: by an urgent observation, or by a team member in danger. `escalates_at`: when nobody did."""

    team_id = models.UUIDField()
    kind = models.TextField()
    severity = models.TextField()
    status = models.TextField()
    observation_id = models.UUIDField(null=True)
    observation_kind = models.TextField(null=True)
    location_lon = models.FloatField(null=True)
    location_lat = models.FloatField(null=True)
    location_accuracy_m = models.FloatField(null=True)
    located_at = models.DateTimeField(null=True)
    place_text = models.TextField(null=True)
    note = models.TextField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    level = models.IntegerField(default=1)
    escalates_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)
    closing_note = models.TextField(null=True)
    steps = models.JSONField(default=list)

    class Meta(Record.Meta):
        db_table = "alert"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            models.Index(
                fields=["area_id", "-received_at", "-id"], name="alert_by_arrival", condition=models.Q(deleted_at=None)
            ),
            models.Index(
                fields=["escalates_at"],
                name="alert_to_escalate",
                condition=models.Q(escalates_at__isnull=False, deleted_at=None),
            ),
            models.Index(
                fields=["-received_at", "-id"],
                name="alert_walked",
                condition=models.Q(deleted_at=None, version__gt=0),  # `api.listing.WALKS`
            ),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=AlertKind.values), name="alert_kind_known"),
            models.CheckConstraint(condition=models.Q(status__in=AlertStatus.values), name="alert_status_known"),
            models.CheckConstraint(condition=models.Q(severity__in=Severity.values), name="alert_severity_known"),
            models.CheckConstraint(
                condition=models.Q(observation_kind=None) | models.Q(observation_kind__in=ObservationKind.values),
                name="alert_observation_kind_known",
            ),
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=LAST_LEVEL), name="alert_level_known"),
        )
