"""The outbox of jobs."""

from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_idempotency"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("topic", models.TextField()),
                ("key", models.TextField()),
                ("payload", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField()),
                ("asked", models.IntegerField(default=1)),
                ("attempts", models.IntegerField(default=0)),
                ("taken_until", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(default="")),
            ],
            options={
                "db_table": "outbox",
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["topic", "due_at"], name="outbox_due"),
                    models.Index(
                        condition=models.Q(("done_at__isnull", False)), fields=["done_at"], name="outbox_done"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at", None)), fields=("topic", "key"), name="outbox_once_at_a_time"
                    )
                ],
            },
        ),
    ]
