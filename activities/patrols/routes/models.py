"""The tables of routes and checkpoints."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.enums import LabelledEnum
from api.records import Record


class CheckpointMethod(LabelledEnum):
    """How one may show that one reached a checkpoint."""

    POINT = "point", "Vị trí", "Position"
    QR = "qr", "Mã QR", "Square code"
    NFC = "nfc", "Thẻ NFC", "NFC tag"


class VisitMethod(LabelledEnum):
    """How one showed that one reached a checkpoint."""

    POINT = "point", "Vị trí", "Position"
    QR = "qr", "Mã QR", "Square code"
    NFC = "nfc", "Thẻ NFC", "NFC tag"
    MANUAL = "manual", "Tự ghi tay", "Entered by hand"


class Checkpoint(Record):
    """A place that patrols are to reach. `team_id`: the team that looks after it; null if its area issued it."""

    team_id = models.UUIDField(null=True)
    name = models.TextField()
    location_lon = models.FloatField()
    location_lat = models.FloatField()
    location_accuracy_m = models.FloatField(null=True)
    radius_m = models.IntegerField()
    methods = ArrayField(models.TextField(), default=list)
    note = models.TextField(null=True)
    code_version = models.IntegerField(default=1)
    code_renewed_at = models.JSONField(default=list)
    text_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "checkpoint"
        constraints = (
            models.CheckConstraint(condition=models.Q(radius_m__gte=5, radius_m__lte=1000), name="checkpoint_radius"),
            models.CheckConstraint(condition=models.Q(code_version__gte=1), name="checkpoint_code_version"),
        )


class Route(Record):
    """What a patrol is to walk. `team_id`: the team whose route it is; null if its area issued it for all below."""

    team_id = models.UUIDField(null=True)
    name = models.TextField()
    ordered = models.BooleanField(default=False)
    stops = models.JSONField(default=list)
    schedule = models.JSONField(null=True)
    note = models.TextField(null=True)
    text_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "route"
