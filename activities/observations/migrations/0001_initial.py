"""Observations."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Observation",
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
                ("patrol_id", models.UUIDField(null=True)),
                ("kind", models.TextField()),
                ("severity", models.TextField()),
                ("location_lon", models.FloatField(null=True)),
                ("location_lat", models.FloatField(null=True)),
                ("location_accuracy_m", models.FloatField(null=True)),
                ("place_text", models.TextField(null=True)),
                ("note", models.TextField(null=True)),
                ("action_taken", models.TextField(null=True)),
                ("reported_at", models.DateTimeField(null=True)),
                ("police_reference", models.TextField(null=True)),
                ("text_fold", models.TextField(default="")),
            ],
            options={
                "db_table": "observation",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="observation_by_area",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["patrol_id"], name="observation_by_patrol"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "lighting",
                                    "disturbance",
                                    "fight",
                                    "theft",
                                    "drugs",
                                    "fire_hazard",
                                    "traffic",
                                    "stranger",
                                    "environment",
                                    "other",
                                ],
                            )
                        ),
                        name="observation_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["info", "attention", "urgent"])),
                        name="observation_severity_known",
                    ),
                ],
            },
        ),
    ]
