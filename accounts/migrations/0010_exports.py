"""Exports and their files, in parts."""

from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_second_factor"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("format", models.TextField()),
                ("chosen", models.JSONField(default=dict)),
                ("user_id", models.UUIDField()),
                ("session_id", models.UUIDField()),
                ("status", models.TextField(default="waiting")),
                ("problem", models.TextField(null=True)),
                ("rows", models.BigIntegerField(default=0)),
                ("reached", models.DateTimeField(null=True)),
                ("size", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "export",
                "indexes": [
                    models.Index(fields=["user_id", "created_at"], name="export_by_user"),
                    models.Index(fields=["created_at"], name="export_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("export_id", models.UUIDField()),
                ("no", models.IntegerField()),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "export_part",
                "indexes": [models.Index(fields=["created_at"], name="export_part_by_age")],
                "constraints": [models.UniqueConstraint(fields=("export_id", "no"), name="export_part_once")],
            },
        ),
    ]
