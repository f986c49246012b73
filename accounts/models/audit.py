"""The audit trail: events written with what they tell of, numbered and hashed afterwards by a single sealer."""

from django.db import models

from api.ids import uuid7


class AuditEvent(models.Model):
    """What someone did, in the past tense.

    Partitioned by month of `at`; the serving role may insert and read, never change.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.UUIDField(default=uuid7)
    at = models.DateTimeField()
    name = models.TextField()
    user_id = models.UUIDField(null=True)
    session_id = models.UUIDField(null=True)
    device_id = models.UUIDField(null=True)
    request_id = models.UUIDField(null=True)
    area_id = models.UUIDField(null=True)
    subject_type = models.TextField(null=True)
    subject_id = models.UUIDField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "audit_event"


class AuditSeal(models.Model):
    """The place of an event in the chain: `hash` = SHA-256(previous hash ‖ canonical event).

    Written by the sealer alone.
    """

    seq = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    event_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_seal"


class AuditHead(models.Model):
    """How long the chain was at a moment, and its last hash, signed. Written by the keeper alone."""

    seq = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()
    jws = models.TextField()

    class Meta:
        db_table = "audit_head"
