"""Exports: what was asked for, how far it is, and the file, in parts, until it goes after a day."""

from django.db import models

from api.ids import uuid7


class Export(models.Model):
    """A file that somebody asked for. `status`: waiting, writing, ready, failed (`problem` says why).

    `session_id` is in whose rights it is written, read afresh then. `reached`: the moment to which it got, going back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.TextField()
    format = models.TextField()
    chosen = models.JSONField(default=dict)
    user_id = models.UUIDField()
    session_id = models.UUIDField()
    status = models.TextField(default="waiting")
    problem = models.TextField(null=True)
    rows = models.BigIntegerField(default=0)
    reached = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "export"
        indexes = (
            models.Index(fields=["user_id", "created_at"], name="export_by_user"),
            models.Index(fields=["created_at"], name="export_by_age"),
        )


class ExportPart(models.Model):
    """A piece of the file, in the order of `no`."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    export_id = models.UUIDField()
    no = models.IntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "export_part"
        constraints = (models.UniqueConstraint(fields=["export_id", "no"], name="export_part_once"),)
        indexes = (models.Index(fields=["created_at"], name="export_part_by_age"),)
