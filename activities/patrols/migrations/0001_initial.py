"""Patrols and their tracks."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Track",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "area_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField()),
                ("area_id", models.UUIDField()),
                ("data", models.BinaryField()),
                ("author_id", models.UUIDField(null=True)),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "db_table": "track",
            },
        ),
        migrations.CreateModel(
            name="Patrol",
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
                ("team_id", models.UUIDField()),
                ("shift_id", models.UUIDField(null=True)),
                (
                    "participant_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("status", models.TextField()),
                ("checkpoint_visits", models.JSONField(default=list)),
                ("outcome", models.TextField(null=True)),
                ("handover_note", models.TextField(null=True)),
                ("local_day", models.DateField()),
                ("distance_m", models.IntegerField(null=True)),
                ("duration_s", models.BigIntegerField(null=True)),
                ("bounding_box", models.JSONField(null=True)),
                ("track_points", models.IntegerField(default=0)),
                (
                    "track_flags",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("text_fold", models.TextField(default="")),
            ],
            options={
                "db_table": "patrol",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="patrol_by_area",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["team_id", "local_day"], name="patrol_by_team"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["area_id", "local_day"], name="patrol_by_day"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["planned", "ongoing", "completed", "abandoned"])),
                        name="patrol_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["abandoned", "completed"]), _negated=True),
                            ("ended_at__isnull", False),
                            _connector="OR",
                        ),
                        name="patrol_over_has_an_end",
                    ),
                ],
            },
        ),
    ]
