"""Alerts."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("observations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
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
                ("kind", models.TextField()),
                ("severity", models.TextField()),
                ("status", models.TextField()),
                ("observation_id", models.UUIDField(null=True)),
                ("observation_kind", models.TextField(null=True)),
                ("location_lon", models.FloatField(null=True)),
                ("location_lat", models.FloatField(null=True)),
                ("location_accuracy_m", models.FloatField(null=True)),
                ("located_at", models.DateTimeField(null=True)),
                ("place_text", models.TextField(null=True)),
                ("note", models.TextField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("level", models.IntegerField(default=1)),
                ("escalates_at", models.DateTimeField(null=True)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_by_id", models.UUIDField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_id", models.UUIDField(null=True)),
                ("closing_note", models.TextField(null=True)),
                ("steps", models.JSONField(default=list)),
            ],
            options={
                "db_table": "alert",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="alert_by_area",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None), ("escalates_at__isnull", False)),
                        fields=["escalates_at"],
                        name="alert_to_escalate",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["urgent_observation", "sos"])), name="alert_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "acknowledged", "cancelled", "closed"])),
                        name="alert_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["info", "attention", "urgent"])),
                        name="alert_severity_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("observation_kind", None),
                            (
                                "observation_kind__in",
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
                            ),
                            _connector="OR",
                        ),
                        name="alert_observation_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 1), ("level__lte", 2)), name="alert_level_known"
                    ),
                ],
            },
        ),
    ]
