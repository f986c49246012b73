"""Files, and row-level security under them: the serving role meets only rows of areas that the acting user reaches."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

import api.ids

# Who acts stands in settings that hold for one transaction, as array literals of path prefixes; unset or empty, nothing
# is seen. A prefix reaches what lies below it, '' everything. Rows are compared by uuid and text alone: leakproof.
REACHED = """EXISTS (
  SELECT FROM area_placement p, unnest(nullif(current_setting('{roots}', true), '')::text[]) AS root
  WHERE p.area_id = media.area_id AND p.valid_to IS NULL AND p.path >= root AND p.path < root || '~')"""
READ = REACHED.format(roots="anthon.read_media")
WRITE = REACHED.format(roots="anthon.write_media")
# After a membership ended: own files alone, in the areas where there is still something to deliver.
OWN = "author_id = nullif(current_setting('anthon.user', true), '')::uuid"
LATE = f"{OWN} AND {REACHED.format(roots='anthon.late_roots')}"
ROW_SECURITY = f"""
ALTER TABLE media ENABLE ROW LEVEL SECURITY;
CREATE POLICY media_read ON media FOR SELECT TO anthon_api USING ({READ} OR ({LATE}));
CREATE POLICY media_insert ON media FOR INSERT TO anthon_api WITH CHECK ({WRITE} OR ({LATE}));
CREATE POLICY media_update ON media FOR UPDATE TO anthon_api
  USING ({WRITE} OR ({LATE})) WITH CHECK ({WRITE} OR ({LATE}));
"""
WITHOUT_ROW_SECURITY = """
DROP POLICY media_read ON media;
DROP POLICY media_insert ON media;
DROP POLICY media_update ON media;
ALTER TABLE media DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Media",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("version", models.IntegerField(default=1)),
                ("recorded_at", models.DateTimeField()),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("clock_skew_s", models.BigIntegerField(default=0)),
                ("author_id", models.UUIDField(null=True)),
                ("device_id", models.UUIDField(null=True)),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("deleted_at", models.DateTimeField(null=True)),
                ("kind", models.TextField()),
                ("sha256", models.TextField()),
                ("size", models.BigIntegerField()),
                ("content_type", models.TextField()),
                ("captured_at", models.DateTimeField()),
                ("location_lon", models.FloatField(null=True)),
                ("location_lat", models.FloatField(null=True)),
                ("location_accuracy_m", models.FloatField(null=True)),
                ("subject_type", models.TextField(null=True)),
                ("subject_id", models.UUIDField(null=True)),
                ("status", models.TextField(db_default="pending", default="pending")),
                ("stored_at", models.DateTimeField(null=True)),
                ("receipt", models.TextField(null=True)),
                ("check_after", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "media",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="media_by_area",
                    ),
                    models.Index(fields=["author_id", "sha256"], name="media_by_bytes"),
                    models.Index(
                        condition=models.Q(("subject_id", None), _negated=True),
                        fields=["subject_id"],
                        name="media_by_subject",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None), ("status", "pending")),
                        fields=["check_after"],
                        name="media_to_check",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("receipt__isnull", False), ("status", "verified"), ("stored_at__isnull", False)),
                            models.Q(
                                models.Q(("status", "verified"), _negated=True), ("receipt", None), ("stored_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="media_verified_with_receipt",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gte", 1), ("size__lte", 209715200)), name="media_size"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="media_sha256"
                    ),
                ],
            },
        ),
        migrations.RunSQL(ROW_SECURITY, WITHOUT_ROW_SECURITY),
    ]
