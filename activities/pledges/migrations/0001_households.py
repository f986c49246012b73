"""Households and ID numbers, guarded row by row: the serving role meets only what the acting user reaches."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids
from api.row_security import row_policies


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Household",
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
                ("house_number", models.TextField(null=True)),
                ("householder", models.TextField()),
                ("size", models.IntegerField(null=True)),
                ("residence_status", models.TextField()),
                ("resident_from", models.DateField(null=True)),
                ("resident_until", models.DateField(null=True)),
                ("phone", models.TextField(null=True)),
                ("text_fold", models.TextField(default="")),
                ("house_fold", models.TextField(default="")),
                ("householder_fold", models.TextField(default="")),
                ("merged_into_id", models.UUIDField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                ("scrubbed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "household",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="household_by_area",
                    ),
                    models.Index(
                        condition=models.Q(("merged_into_id", None), _negated=True),
                        fields=["merged_into_id"],
                        name="household_by_successor",
                    ),
                    models.Index(
                        condition=models.Q(("scrubbed_at", None), models.Q(("erased_at", None), _negated=True)),
                        fields=["erased_at"],
                        name="household_to_scrub",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("residence_status__in", ["permanent", "temporary", "absent", "moved_away"])
                        ),
                        name="household_residence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resident_from", None),
                            ("resident_until", None),
                            ("resident_until__gte", models.F("resident_from")),
                            _connector="OR",
                        ),
                        name="household_moved_in_before_out",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into_id", None), ("deleted_at__isnull", False), _connector="OR"),
                        name="household_merged_is_deleted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdNumber",
            fields=[
                ("household_id", models.UUIDField(primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("hash", models.BinaryField()),
                ("last_four", models.TextField()),
                ("set_by", models.UUIDField(null=True)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "db_table": "household_id_number",
                "indexes": [models.Index(fields=["hash"], name="id_number_by_hash")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_four__regex", "^[0-9]{4}$")), name="id_number_last_four"
                    )
                ],
            },
        ),
        migrations.RunSQL(*row_policies("household")),
        # Who left may no longer set ID numbers; whoever sets one may take it away.
        migrations.RunSQL(*row_policies("household_id_number", "id_number", late=False, delete=True)),
    ]
