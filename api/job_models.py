"""The outbox: what is due stands here, whatever becomes of the wake-ups that tell workers of it."""

from django.db import models

from api.ids import uuid7


class Outbox(models.Model):
    """One job. Waiting if neither done nor taken; at most one row a topic and key is not done.

    `taken_until` is the lease and, being another at each taking, tells whose it is. `asked` counts how often it was
    put, so that one put again while it runs is run again. Neither `payload` nor `last_error` (a code) is personal data.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    topic = models.TextField()
    key = models.TextField()
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    asked = models.IntegerField(default=1)
    attempts = models.IntegerField(default=0)
    taken_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")

    class Meta:
        db_table = "outbox"
        indexes = (
            models.Index(fields=["topic", "due_at"], name="outbox_due", condition=models.Q(done_at=None)),
            models.Index(fields=["done_at"], name="outbox_done", condition=models.Q(done_at__isnull=False)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["topic", "key"], name="outbox_once_at_a_time", condition=models.Q(done_at=None)
            ),
        )
