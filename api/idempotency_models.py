"""The answers that were given under an `Idempotency-Key`."""

from django.db import models


class IdempotencyKey(models.Model):
    """One answer, for 30 days. `id` is a hash over user, method, path and key; the body asked with is a keyed hash.

    Not partitioned: a unique key would have to hold the partition's column, and a repeat may come in a later month.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    user_id = models.UUIDField()
    fingerprint = models.BinaryField()
    status = models.SmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_key"
        indexes = (models.Index(fields=["created_at"], name="idempotency_key_by_age"),)
