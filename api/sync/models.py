"""The tables that carry streams: counters, entries, revisions, mutations, and the epoch of the server."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.ids import uuid7


class NextStreamNo(models.Func):
    """The database's own counter of streams."""

    template = "nextval('stream_no')"
    output_field = models.BigIntegerField()


class ServerEpoch(models.Model):
    """One row: the epoch, and the Postgres history it was made in. It rises whenever numbers may have been lost."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField()
    system_identifier = models.TextField()
    timeline_id = models.IntegerField()

    class Meta:
        db_table = "server_epoch"


class Stream(models.Model):
    """An area's gap-free counter. `no` is its short name inside cursors; tombstones up to `floor` are purged."""

    area_id = models.UUIDField(primary_key=True)
    no = models.BigIntegerField(unique=True, db_default=NextStreamNo())
    head = models.BigIntegerField(default=0, db_default=0)
    floor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "stream"


class StreamEntry(models.Model):
    """Where a record stands in the stream of an area: its last change, as put or delete.

    A move leaves a delete behind.
    """

    pk = models.CompositePrimaryKey("record_id", "type", "area_id")
    record_id = models.UUIDField()
    type = models.TextField()
    area_id = models.UUIDField()
    seq = models.BigIntegerField()
    version = models.IntegerField()
    deleted = models.BooleanField()
    planted_by = models.UUIDField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "stream_entry"
        indexes = (models.Index(fields=["area_id", "seq"], name="stream_entry_by_seq"),)


class Revision(models.Model):
    """One version of a record as it was, or a value that lost a conflict (`status` conflict) and waits for a choice.

    Partitioned by month of `received_at`. `data` is the wire form; `changed` names the fields that this version set.
    """

    pk = models.CompositePrimaryKey("id", "received_at")
    id = models.UUIDField(default=uuid7)
    received_at = models.DateTimeField()
    type = models.TextField()
    record_id = models.UUIDField()
    area_id = models.UUIDField()
    version = models.IntegerField()
    base_version = models.IntegerField(null=True)
    status = models.TextField()
    op = models.TextField()
    changed = ArrayField(models.TextField())
    data = models.JSONField()
    author_id = models.UUIDField(null=True)
    device_id = models.UUIDField(null=True)
    mutation_id = models.UUIDField(null=True)

    class Meta:
        managed = False
        db_table = "revision"


class Mutation(models.Model):
    """What a phone sent and what became of it, kept so that a repeat gets the same answer. Hash-partitioned by id."""

    pk = models.CompositePrimaryKey("id", "user_id")
    id = models.UUIDField()
    user_id = models.UUIDField()
    body_hash = models.BinaryField()
    type = models.TextField()
    record_id = models.UUIDField()
    status = models.TextField()
    version = models.IntegerField(null=True)
    outcome = models.JSONField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "mutation"
