"""Imports: spreadsheets as they were brought, what each of their rows amounts to, and what came of them."""

from django.db import models

from api.ids import uuid7


class Import(models.Model):
    """One spreadsheet, for an area and all below it. Kept for good; the file and its rows until `kept_until` (none: a
    year), if not erased before.

    `session_id` is the login that brought it: checking and applying are jobs, and act with the rights that this person
    has at that moment. `counts`: sheet kind → row status → how many. `sheets`: what the file's sheets were taken for.
    `corrects_id`: the faulty import that this one brings anew, which names its latest successor in `corrected_by_id`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.TextField()
    area_id = models.UUIDField()
    author_id = models.UUIDField()
    session_id = models.UUIDField()
    filename = models.TextField(default="")
    content_type = models.TextField()
    size = models.IntegerField()
    sha256 = models.TextField()
    status = models.TextField(default="received")
    problem = models.TextField(null=True)
    step = models.TextField(null=True)
    rows_done = models.IntegerField(default=0)
    rows_total = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    sheets = models.JSONField(default=list)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    apply_asked_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    deactivate_asked_at = models.DateTimeField(null=True)
    deactivated_at = models.DateTimeField(null=True)
    deactivated_by = models.UUIDField(null=True)
    kept_until = models.DateTimeField(null=True)
    corrects_id = models.UUIDField(null=True)
    corrected_by_id = models.UUIDField(null=True)

    class Meta:
        db_table = "import"
        indexes = (
            models.Index(fields=["area_id", "-id"], name="import_by_area"),
            models.Index(fields=["status", "-id"], name="import_by_status"),
        )


class ImportFile(models.Model):
    """The file itself, byte for byte; gone after its time."""

    import_id = models.UUIDField(primary_key=True)
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "import_file"
        indexes = (models.Index(fields=["created_at"], name="import_file_by_age"),)


class ImportRow(models.Model):
    """One row of a file (`no` counts through all sheets): its status, what is wrong with it, what it would change.

    `faults` and `warnings`: [{column, code, params, value}], `changes`: [{column, before, after}]; they hold personal
    data, and go with the file. `subject_id`: the standing record that it is about, where its erasure must
    reach the file too; what a row makes is an `ImportThing`.
    """

    pk = models.CompositePrimaryKey("import_id", "no")
    import_id = models.UUIDField()
    no = models.IntegerField()
    kind = models.TextField()
    sheet = models.TextField()
    line = models.IntegerField()
    status = models.TextField()
    label = models.TextField(default="")
    subject_id = models.UUIDField(null=True)
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list, db_default=[])
    changes = models.JSONField(default=list)

    class Meta:
        db_table = "import_row"
        indexes = (
            models.Index(fields=["import_id", "status", "no"], name="import_row_by_status"),
            models.Index(fields=["subject_id"], name="import_row_by_subject", condition=~models.Q(subject_id=None)),
        )


class ImportThing(models.Model):
    """What an applied import made: an area, team, account, membership or grant, and the row that asked for it."""

    pk = models.CompositePrimaryKey("import_id", "type", "subject_id")
    import_id = models.UUIDField()
    type = models.TextField()
    subject_id = models.UUIDField()
    no = models.IntegerField()

    class Meta:
        db_table = "import_thing"
        indexes = (models.Index(fields=["import_id", "no"], name="import_thing_by_row"),)
