"""Prints of activation sheets that take a while: how far they are, and the sealed result until it is fetched."""

from django.db import models

from api.ids import uuid7


class SheetPrint(models.Model):
    """The sheets of all teams of an area, for who asked.

    `sealed` is the PDF, sealed to `public_key`; only who asked holds the other half, so that the codes can't be read
    from the table. `status`: waiting, printing, ready, failed (`problem` says why). Rows go after a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    area_id = models.UUIDField()
    user_id = models.UUIDField()
    session_id = models.UUIDField()
    request_id = models.UUIDField()
    server = models.TextField()
    public_key = models.BinaryField(max_length=32)
    status = models.TextField(default="waiting")
    problem = models.TextField(null=True)
    people = models.IntegerField()
    printed = models.IntegerField(default=0)
    sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sheet_print"
        indexes = (models.Index(fields=["created_at"], name="sheet_print_by_age"),)
