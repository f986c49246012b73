"""The tables of shifts and of days off."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.enums import LabelledEnum
from api.records import Record


class ShiftStatus(LabelledEnum):
    """What became of a shift."""

    PLANNED = "planned", "Theo lịch", "Planned"
    COMPLETED = "completed", "Đã giao ca", "Handed over"
    CANCELLED = "cancelled", "Đã hủy", "Cancelled"


class AttendanceEvent(LabelledEnum):
    """Whether somebody came or left."""

    CHECK_IN = "check_in", "Nhận ca", "Check-in"
    CHECK_OUT = "check_out", "Rời ca", "Check-out"


class SwapAnswer(LabelledEnum):
    """What one side says to a swap."""

    AGREE = "agree", "Đồng ý", "Agrees"
    DECLINE = "decline", "Không đồng ý", "Declines"


class Shift(Record):
    """A stretch of duty of a team. `on_duty_ids`: the assignees after agreed swaps and substitutions."""

    team_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    assignee_ids = ArrayField(models.UUIDField(), default=list)
    status = models.TextField()
    attendance = models.JSONField(default=list)
    substitutions = models.JSONField(default=list)
    swaps = models.JSONField(default=list)
    handover_note = models.TextField(null=True)
    local_day = models.DateField()
    on_duty_ids = ArrayField(models.UUIDField(), default=list)
    text_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "shift"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            models.Index(
                fields=["area_id", "-starts_at", "-id"], name="shift_by_area", condition=models.Q(deleted_at=None)
            ),
            models.Index(fields=["team_id", "starts_at"], name="shift_by_team", condition=models.Q(deleted_at=None)),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(status__in=ShiftStatus.values), name="shift_status_known"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_ends_later"),
        )


class DayOff(Record):
    """Days on which a member can't be on duty, both ends included. Why is nobody's business."""

    team_id = models.UUIDField()
    user_id = models.UUIDField()
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta(Record.Meta):
        db_table = "day_off"
        indexes = (  # type: ignore[assignment]
            models.Index(
                fields=["area_id", "-starts_on", "-id"], name="dayoff_by_area", condition=models.Q(deleted_at=None)
            ),
            models.Index(fields=["team_id", "starts_on"], name="dayoff_by_team", condition=models.Q(deleted_at=None)),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="day_off_in_order"),
        )
