"""The registers of the personal-data law: requests of data subjects, and breaches."""

from django.db import models

from api.enums import LabelledEnum
from api.ids import uuid7


class DataRequestKind(LabelledEnum):
    """What somebody asks for whose data it is."""

    ACCESS = "access", "Xem, cung cấp dữ liệu", "Access to the data"
    CORRECTION = "correction", "Chỉnh sửa dữ liệu", "Correction"
    DELETION = "deletion", "Xóa dữ liệu", "Deletion"
    OBJECTION = "objection", "Phản đối, hạn chế xử lý", "Objection or restriction"


class DataRequestStatus(LabelledEnum):
    """How far a request has come."""

    RECEIVED = "received", "Đã nhận", "Received"
    ANSWERED = "answered", "Đã phản hồi", "Answered"
    DONE = "done", "Đã thực hiện", "Done"
    REFUSED = "refused", "Đã từ chối", "Refused"


class DataSubjectType(LabelledEnum):
    """As what somebody stands in the data."""

    USER = "user", "Tài khoản", "Account"
    HOUSEHOLD = "household", "Hộ gia đình", "Household"
    PLEDGE = "pledge", "Người ký cam kết", "Signer of a pledge"
    OTHER = "other", "Khác", "Other"


class BreachStatus(LabelledEnum):
    """How far a breach has come."""

    OPEN = "open", "Chưa báo", "Not reported yet"
    REPORTED = "reported", "Đã báo cơ quan chuyên trách", "Reported to the authority"
    CLOSED = "closed", "Đã kết thúc", "Closed"


def _by_time(table: str) -> list[models.Index]:
    return [
        models.Index(fields=[column], name=f"{table}_{column}", condition=models.Q((f"{column}__isnull", False)))
        for column in ("due_at", "remind_at")
    ]


class Entry(models.Model):
    """What the entries of both registers have.

    `due_at`: when the law's time for the next step is over, null once nothing more is due; `remind_at`: when whoever is
    responsible is next told of that. Services keep both (accounts.requests.deadlines).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    area_id = models.UUIDField()
    description = models.TextField()
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    text_fold = models.TextField(default="")
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class DataRequest(Entry):
    """What somebody asked about their own data. Days are local; `due_on` moves once, when it is extended."""

    kind = models.TextField()
    requester = models.TextField()
    subject_type = models.TextField()
    subject_id = models.UUIDField(null=True)
    status = models.TextField(default=DataRequestStatus.RECEIVED)
    received_on = models.DateField()
    answer_due_on = models.DateField()
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)
    extended_because = models.TextField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "data_request"
        indexes = (
            models.Index(fields=["area_id", "id"], name="data_request_by_area"),
            *_by_time("data_request"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=DataRequestKind.values), name="data_request_kind"),
            models.CheckConstraint(condition=models.Q(status__in=DataRequestStatus.values), name="data_request_status"),
        )


class Breach(Entry):
    """Personal data that got where it mustn't, was lost or altered. The authority hears of it within 72 hours."""

    happened_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField()
    report_due_at = models.DateTimeField()
    affected = models.IntegerField(null=True)
    measures = models.TextField(null=True)
    status = models.TextField(default=BreachStatus.OPEN)
    reported_at = models.DateTimeField(null=True)
    reference = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)

    class Meta:
        db_table = "breach"
        indexes = (models.Index(fields=["area_id", "id"], name="breach_by_area"), *_by_time("breach"))
        constraints = (
            models.CheckConstraint(condition=models.Q(status__in=BreachStatus.values), name="breach_status"),
        )
