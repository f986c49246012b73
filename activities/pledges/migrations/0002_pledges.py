"""Templates, campaigns with their frozen denominators, and pledges; guarded row by row but for what flows down."""

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids
from api.row_security import row_policies


class Migration(migrations.Migration):
    dependencies = [
        ("pledges", "0001_households"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
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
                ("title", models.TextField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                (
                    "template_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("title_fold", models.TextField(default="")),
            ],
            options={
                "db_table": "campaign",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="campaign_by_area",
                    ),
                    models.Index(condition=models.Q(("deleted_at", None)), fields=["ends_on"], name="campaign_by_end"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="campaign_ends_after"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignDenominator",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id",
                        "moment",
                        "area_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("campaign_id", models.UUIDField()),
                ("moment", models.TextField()),
                ("area_id", models.UUIDField()),
                ("day", models.DateField()),
                ("household_ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("frozen_at", models.DateTimeField()),
                ("frozen_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "campaign_denominator",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("moment__in", ["start", "end"])), name="denominator_moment_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pledge",
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
                ("template_id", models.UUIDField()),
                ("signer_type", models.TextField()),
                ("household_id", models.UUIDField(null=True)),
                ("signed_household_id", models.UUIDField(null=True)),
                ("signer_name", models.TextField(null=True)),
                ("method", models.TextField()),
                ("signature", models.JSONField(null=True)),
                ("scan_media_id", models.UUIDField(null=True)),
                ("witness_name", models.TextField(null=True)),
                ("signed_on", models.DateField(null=True)),
                ("expires_on", models.DateField(null=True)),
                ("status", models.TextField()),
                ("withdrawn_on", models.DateField(null=True)),
                ("withdrawal_note", models.TextField(null=True)),
                ("renews_id", models.UUIDField(null=True)),
                ("content_hash", models.TextField(null=True)),
                ("agreed_text", models.TextField(null=True)),
            ],
            options={
                "db_table": "pledge",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="pledge_by_area",
                    ),
                    models.Index(
                        condition=models.Q(("household_id", None), _negated=True),
                        fields=["household_id"],
                        name="pledge_by_household",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("content_hash", None),
                            ("deleted_at", None),
                            ("status__in", ["expired", "signed", "withdrawn"]),
                        ),
                        fields=["template_id"],
                        name="pledge_to_be_hashed",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("deleted_at", None), ("status", "signed"), models.Q(("expires_on", None), _negated=True)
                        ),
                        fields=["expires_on"],
                        name="pledge_to_expire",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["draft", "signed", "expired", "withdrawn", "refused", "absent"])
                        ),
                        name="pledge_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["paper", "screen", "otp", "digital_signature"])),
                        name="pledge_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("signer_type__in", ["household", "clan", "vehicle_owner", "school", "shop"])
                        ),
                        name="pledge_signer_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["expired", "signed", "withdrawn"]), _negated=True),
                            models.Q(("signed_on__isnull", False), ("signer_name__isnull", False)),
                            _connector="OR",
                        ),
                        name="pledge_signed_by_someone_some_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PledgeTemplate",
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
                ("title", models.TextField()),
                (
                    "clauses",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("language", models.TextField()),
                ("edition", models.IntegerField(default=1)),
                ("supersedes_id", models.UUIDField(null=True)),
                ("campaign_id", models.UUIDField(null=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("status", models.TextField()),
                ("title_fold", models.TextField(default="")),
            ],
            options={
                "db_table": "pledge_template",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="pledgetemplate_by_area",
                    ),
                    models.Index(
                        condition=models.Q(("campaign_id", None), _negated=True),
                        fields=["campaign_id"],
                        name="pledge_template_by_campaign",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "issued", "retired"])),
                        name="pledge_template_status",
                    )
                ],
            },
        ),
        migrations.RunSQL(*row_policies("pledge")),
        migrations.RunSQL(*row_policies("campaign_denominator", late=False)),
    ]
