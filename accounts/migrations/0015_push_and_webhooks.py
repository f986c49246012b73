"""Where phones can be reached, and which systems are told of events."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_lists_in_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="PushToken",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("session_id", models.UUIDField(unique=True)),
                ("user_id", models.UUIDField()),
                ("provider", models.TextField()),
                ("token", models.TextField()),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "push_token",
                "indexes": [models.Index(fields=["user_id"], name="push_token_by_user")],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("url", models.TextField()),
                ("events", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("description", models.TextField(default="")),
                ("sealed_secret", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.UUIDField(null=True)),
                ("last_sent_at", models.DateTimeField(null=True)),
                ("last_status", models.IntegerField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.TextField(null=True)),
            ],
            options={
                "db_table": "webhook",
                "indexes": [models.Index(fields=["area_id"], name="webhook_by_area")],
            },
        ),
    ]
