"""Streams, revisions and mutations. Revisions lie in a partition a month, mutations in sixteen by hash of their id."""

import datetime as dt

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids
import api.sync.models
from api.partitions import month_partition

REVISION = """
CREATE TABLE revision (
  id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  type text NOT NULL,
  record_id uuid NOT NULL,
  area_id uuid NOT NULL,
  version integer NOT NULL,
  base_version integer,
  status text NOT NULL,
  op text NOT NULL,
  changed text[] NOT NULL,
  data jsonb NOT NULL,
  author_id uuid,
  device_id uuid,
  mutation_id uuid,
  PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX revision_by_record ON revision (record_id, type, version);
CREATE TABLE revision_default PARTITION OF revision DEFAULT;
REVOKE ALL ON revision_default FROM anthon_api;
REVOKE UPDATE, DELETE, TRUNCATE ON revision FROM anthon_api;
GRANT UPDATE (status) ON revision TO anthon_api;
"""
MUTATION = """
CREATE TABLE mutation (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  body_hash bytea NOT NULL,
  type text NOT NULL,
  record_id uuid NOT NULL,
  status text NOT NULL,
  version integer,
  outcome jsonb,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (id, user_id)
) PARTITION BY HASH (id);
""" + "".join(
    f"CREATE TABLE mutation_{n:02} PARTITION OF mutation FOR VALUES WITH (MODULUS 16, REMAINDER {n});"
    f"REVOKE ALL ON mutation_{n:02} FROM anthon_api;"
    for n in range(16)
)
EPOCH = """
INSERT INTO server_epoch (id, epoch, system_identifier, timeline_id)
SELECT 1, 1, (SELECT system_identifier::text FROM pg_control_system()), (SELECT timeline_id FROM
pg_control_checkpoint());
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL("CREATE SEQUENCE stream_no", "DROP SEQUENCE stream_no"),
        migrations.CreateModel(
            name="Mutation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "user_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("body_hash", models.BinaryField()),
                ("type", models.TextField()),
                ("record_id", models.UUIDField()),
                ("status", models.TextField()),
                ("version", models.IntegerField(null=True)),
                ("outcome", models.JSONField(null=True)),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "db_table": "mutation",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "received_at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=api.ids.uuid7)),
                ("received_at", models.DateTimeField()),
                ("type", models.TextField()),
                ("record_id", models.UUIDField()),
                ("area_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("base_version", models.IntegerField(null=True)),
                ("status", models.TextField()),
                ("op", models.TextField()),
                ("changed", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("data", models.JSONField()),
                ("author_id", models.UUIDField(null=True)),
                ("device_id", models.UUIDField(null=True)),
                ("mutation_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "revision",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ServerEpoch",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("epoch", models.BigIntegerField()),
                ("system_identifier", models.TextField()),
                ("timeline_id", models.IntegerField()),
            ],
            options={
                "db_table": "server_epoch",
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("area_id", models.UUIDField(primary_key=True, serialize=False)),
                ("no", models.BigIntegerField(db_default=api.sync.models.NextStreamNo(), unique=True)),
                ("head", models.BigIntegerField(db_default=0, default=0)),
                ("floor", models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                "db_table": "stream",
            },
        ),
        migrations.CreateModel(
            name="StreamEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "record_id", "type", "area_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("record_id", models.UUIDField()),
                ("type", models.TextField()),
                ("area_id", models.UUIDField()),
                ("seq", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("deleted", models.BooleanField()),
                ("planted_by", models.UUIDField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "stream_entry",
                "indexes": [models.Index(fields=["area_id", "seq"], name="stream_entry_by_seq")],
            },
        ),
        migrations.RunSQL(REVISION + month_partition("revision", dt.date.today()), "DROP TABLE revision"),
        migrations.RunSQL(MUTATION, "DROP TABLE mutation"),
        migrations.RunSQL(EPOCH, migrations.RunSQL.noop),
    ]
