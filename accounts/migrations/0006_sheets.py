"""Keeps prints of activation sheets until they are fetched."""

from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="SheetPrint",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("session_id", models.UUIDField()),
                ("request_id", models.UUIDField()),
                ("server", models.TextField()),
                ("public_key", models.BinaryField(max_length=32)),
                ("status", models.TextField(default="waiting")),
                ("problem", models.TextField(null=True)),
                ("people", models.IntegerField()),
                ("printed", models.IntegerField(default=0)),
                ("sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "sheet_print",
                "indexes": [models.Index(fields=["created_at"], name="sheet_print_by_age")],
            },
        ),
    ]
