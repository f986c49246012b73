"""The registers of the personal-data law: requests of data subjects, and breaches."""

from django.db import migrations, models

import api.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_push_and_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breach",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("description", models.TextField()),
                ("happened_at", models.DateTimeField(null=True)),
                ("noticed_at", models.DateTimeField()),
                ("report_due_at", models.DateTimeField()),
                ("affected", models.IntegerField(null=True)),
                ("measures", models.TextField(null=True)),
                ("status", models.TextField(default="open")),
                ("reported_at", models.DateTimeField(null=True)),
                ("reference", models.TextField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("created_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "breach",
                "indexes": [models.Index(fields=["area_id", "id"], name="breach_by_area")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "reported", "closed"])), name="breach_status"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("requester", models.TextField()),
                ("subject_type", models.TextField()),
                ("subject_id", models.UUIDField(null=True)),
                ("description", models.TextField()),
                ("status", models.TextField(default="received")),
                ("received_on", models.DateField()),
                ("answer_due_on", models.DateField()),
                ("due_on", models.DateField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("extended_because", models.TextField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                ("created_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "data_request",
                "indexes": [
                    models.Index(fields=["area_id", "id"], name="data_request_by_area"),
                    models.Index(condition=models.Q(("settled_at", None)), fields=["due_on"], name="data_request_open"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["access", "correction", "deletion", "objection"])),
                        name="data_request_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["received", "answered", "done", "refused"])),
                        name="data_request_status",
                    ),
                ],
            },
        ),
    ]
