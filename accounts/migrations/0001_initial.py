"""People and places, and the audit trail in a partition a month."""

import datetime as dt

import django.contrib.postgres.fields
from django.db import migrations, models

import api.ids
from api.partitions import month_partition

AUDIT_EVENT = """
CREATE TABLE audit_event (
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  name text NOT NULL,
  user_id uuid,
  session_id uuid,
  device_id uuid,
  request_id uuid,
  area_id uuid,
  subject_type text,
  subject_id uuid,
  details jsonb NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_event_by_subject ON audit_event (subject_id, at);
CREATE INDEX audit_event_by_area ON audit_event (area_id, at);
CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
REVOKE ALL ON audit_event_default FROM anthon_api;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM anthon_api;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_seal FROM anthon_api;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("sync", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=api.ids.uuid7)),
                ("at", models.DateTimeField()),
                ("name", models.TextField()),
                ("user_id", models.UUIDField(null=True)),
                ("session_id", models.UUIDField(null=True)),
                ("device_id", models.UUIDField(null=True)),
                ("request_id", models.UUIDField(null=True)),
                ("area_id", models.UUIDField(null=True)),
                ("subject_type", models.TextField(null=True)),
                ("subject_id", models.UUIDField(null=True)),
                ("details", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "audit_event",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("phone", models.TextField(unique=True)),
                ("full_name", models.TextField()),
                ("name_fold", models.TextField()),
                ("locale", models.TextField(default="vi")),
                ("password_needs_device", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("deactivated_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "user_account",
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(unique=True)),
                ("event_at", models.DateTimeField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "audit_seal",
            },
        ),
        migrations.CreateModel(
            name="LoginFailure",
            fields=[
                ("key", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("level", models.FloatField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "login_failure",
            },
        ),
        migrations.CreateModel(
            name="ActivationCode",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("code_hash", models.BinaryField(unique=True)),
                ("purpose", models.TextField(default="activate")),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("device_id", models.UUIDField(null=True)),
                ("issued_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "activation_code",
                "indexes": [models.Index(fields=["user_id"], name="activation_code_by_user")],
            },
        ),
        migrations.CreateModel(
            name="Area",
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
                ("level", models.TextField()),
                ("kind", models.TextField()),
                ("code", models.TextField(default="")),
                ("name", models.TextField()),
                ("name_fold", models.TextField()),
                ("name_sort", models.TextField()),
                ("parent_id", models.UUIDField(null=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("centre_lon", models.FloatField(null=True)),
                ("centre_lat", models.FloatField(null=True)),
                ("household_count", models.IntegerField(null=True)),
            ],
            options={
                "db_table": "area",
                "indexes": [
                    models.Index(
                        condition=models.Q(("code", ""), _negated=True), fields=["code", "level"], name="area_by_code"
                    ),
                    models.Index(fields=["level", "name_sort", "id"], name="area_by_name"),
                    models.Index(fields=["parent_id", "name_fold"], name="area_by_parent"),
                    models.Index(fields=["area_id"], name="area_by_area"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("area_id", models.F("id"))), name="area_lies_in_itself")
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaPast",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("attribute", models.TextField()),
                ("value", models.JSONField(null=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField()),
            ],
            options={
                "db_table": "area_past",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("area_id", "attribute", "valid_to"), name="area_past_one_until_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaPlacement",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("parent_id", models.UUIDField(null=True)),
                ("tree", models.TextField(default="administrative")),
                ("path", models.TextField(db_collation="C")),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
            ],
            options={
                "db_table": "area_placement",
                "indexes": [
                    models.Index(fields=["area_id"], name="area_placement_by_area"),
                    models.Index(fields=["parent_id"], name="area_placement_by_parent"),
                    models.Index(fields=["path", "area_id"], name="area_placement_by_path"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)), fields=("path",), name="area_placement_one_now"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("tree", "administrative"), ("valid_to", None)),
                        fields=("area_id",),
                        name="area_placement_one_home",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_to__gt", models.F("valid_from"))), name="area_placement_lasts"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaSuccession",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("from_area_id", models.UUIDField()),
                ("to_area_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("share", models.DecimalField(decimal_places=8, max_digits=9, null=True)),
                ("is_default", models.BooleanField(default=False)),
                ("decree", models.TextField(default="")),
                ("happened_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "area_succession",
                "indexes": [models.Index(fields=["to_area_id"], name="area_succession_by_to")],
                "constraints": [
                    models.UniqueConstraint(fields=("from_area_id", "to_area_id"), name="area_succession_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("from_area_id",),
                        name="area_succession_one_default",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("role", models.TextField()),
                ("area_id", models.UUIDField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("granted_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "role_grant",
                "indexes": [
                    models.Index(fields=["user_id"], name="role_grant_by_user"),
                    models.Index(fields=["area_id"], name="role_grant_by_area"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at", None)),
                        fields=("user_id", "role", "area_id"),
                        name="role_grant_once_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
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
                ("user_id", models.UUIDField()),
                ("full_name", models.TextField()),
                ("role", models.TextField()),
                ("badge_number", models.TextField(null=True)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "membership",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="membership_by_area",
                    ),
                    models.Index(fields=["user_id"], name="membership_by_user"),
                    models.Index(fields=["team_id"], name="membership_by_team"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at", None), ("ends_at", None)),
                        fields=("team_id", "user_id"),
                        name="membership_once_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                ("hash", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("session_id", models.UUIDField()),
                ("generation", models.IntegerField()),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "refresh_token",
                "constraints": [
                    models.UniqueConstraint(fields=("session_id", "generation"), name="refresh_token_one_a_generation")
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=api.ids.uuid7, primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("device_id", models.UUIDField()),
                ("device_name", models.TextField(default="")),
                ("platform", models.TextField(default="")),
                ("app_version", models.TextField(default="")),
                ("only_delivers", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("refreshed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.TextField(null=True)),
            ],
            options={
                "db_table": "session",
                "indexes": [models.Index(fields=["user_id", "ended_at"], name="session_by_user")],
            },
        ),
        migrations.CreateModel(
            name="Team",
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
                ("team_type", models.TextField()),
                ("name", models.TextField()),
                ("name_fold", models.TextField()),
                ("founding_decision", models.TextField(null=True)),
                ("founded_on", models.DateField(null=True)),
                ("status", models.TextField(default="active")),
            ],
            options={
                "db_table": "team",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["area_id", "-occurred_at", "-id"],
                        name="team_by_area",
                    )
                ],
            },
        ),
        migrations.RunSQL(AUDIT_EVENT + month_partition("audit_event", dt.date.today()), "DROP TABLE audit_event"),
    ]
