"""Routes and checkpoints, the route that a patrol follows, and what of it its track covers."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="patrol",
            name="route_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="patrol",
            name="track_spans",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="Checkpoint",
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
                ("team_id", models.UUIDField(null=True)),
                ("name", models.TextField()),
                ("location_lon", models.FloatField()),
                ("location_lat", models.FloatField()),
                ("location_accuracy_m", models.FloatField(null=True)),
                ("radius_m", models.IntegerField()),
                (
                    "methods",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("note", models.TextField(null=True)),
                ("code_version", models.IntegerField(default=1)),
                ("code_renewed_at", models.JSONField(default=list)),
                ("text_fold", models.TextField(default="")),
            ],
            options={
                "db_table": "checkpoint",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="checkpoint_by_area",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("radius_m__gte", 5), ("radius_m__lte", 1000)), name="checkpoint_radius"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code_version__gte", 1)), name="checkpoint_code_version"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
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
                ("team_id", models.UUIDField(null=True)),
                ("name", models.TextField()),
                ("ordered", models.BooleanField(default=False)),
                ("stops", models.JSONField(default=list)),
                ("schedule", models.JSONField(null=True)),
                ("note", models.TextField(null=True)),
                ("text_fold", models.TextField(default="")),
            ],
            options={
                "db_table": "route",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="route_by_area",
                    )
                ],
            },
        ),
    ]
