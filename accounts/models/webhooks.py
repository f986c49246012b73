"""Who wants to be told of what happens, and how that went lately."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.ids import uuid7


class Webhook(models.Model):
    """A system that is told of events in an area and all below it.

    The secret is sealed under the tables' key, for this webhook alone. `failing_since`: no message was taken since;
    `ended_because`: the receiver said that it is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    area_id = models.UUIDField()
    url = models.TextField()
    events = ArrayField(models.TextField())
    description = models.TextField(default="")
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    last_status = models.IntegerField(null=True)
    failing_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(null=True)

    class Meta:
        db_table = "webhook"
        indexes = (models.Index(fields=["area_id"], name="webhook_by_area"),)
