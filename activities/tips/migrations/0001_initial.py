"""The tables of tips, and what the serving role may do with them: row by row, column by column, and by three functions.

The serving role can't read which transaction wrote a row, nor where it lies: both would tell when a tip came. It can't
change what a tip says, nor delete one; it takes a tip without being able to read it.
"""

from django.db import migrations, models

# Who acts stands in settings that hold for one transaction (activities.tips.security); unset or empty, nothing is seen.
# Rows are compared by uuid and text alone: leakproof.
REACHED = """EXISTS (
  SELECT FROM area_placement p, unnest(nullif(current_setting('anthon.read_tip', true), '')::text[]) AS root
  WHERE p.area_id = {table}.area_id AND p.valid_to IS NULL AND p.path >= root AND p.path < root || '~')"""
RECEIPT = "nullif(current_setting('anthon.tip_receipt', true), '')::uuid"
BY_RECEIPT = f"EXISTS (SELECT FROM tip t WHERE t.id = tip_message.tip_id AND t.receipt_hash = {RECEIPT})"
TAKEN = "tip_source.tip_id = nullif(current_setting('anthon.tip_source', true), '')::uuid"
TIP, SOURCE, MESSAGE, OPENING = (
    REACHED.format(table=table) for table in ("tip", "tip_source", "tip_message", "tip_opening")
)
NEW = "status = 'new' AND NOT mixed AND hour <= now() AND hour > now() - interval '2 hours'"
COLUMNS = (
    "id, area_id, unit_id, hour, category, text, place, location_lon, location_lat, urgency, channel, receipt_hash,"
    " content_hash, source_key_id, mixed, status, status_at, decided_at, forwarded_to, note, overdue_told"
)
ROW_SECURITY = f"""
REVOKE ALL ON tip, tip_source, tip_message, tip_opening FROM anthon_api;
GRANT INSERT ON tip, tip_source, tip_message, tip_opening TO anthon_api;
GRANT SELECT ({COLUMNS}) ON tip TO anthon_api;
GRANT UPDATE (mixed, status, status_at, decided_at, forwarded_to, note, overdue_told, source_key_id)
  ON tip TO anthon_api;
GRANT SELECT (tip_id, area_id, sealed), UPDATE (area_id, sealed) ON tip_source TO anthon_api;
GRANT SELECT (id, tip_id, area_id, no, sender, hour, text, mixed), UPDATE (mixed) ON tip_message TO anthon_api;
GRANT SELECT ON tip_opening TO anthon_api;

ALTER TABLE tip ENABLE ROW LEVEL SECURITY;
CREATE POLICY tip_read ON tip FOR SELECT TO anthon_api USING (receipt_hash = {RECEIPT} OR {TIP});
CREATE POLICY tip_insert ON tip FOR INSERT TO anthon_api WITH CHECK ({NEW});
CREATE POLICY tip_update ON tip FOR UPDATE TO anthon_api USING ({TIP}) WITH CHECK ({TIP});

ALTER TABLE tip_source ENABLE ROW LEVEL SECURITY;
CREATE POLICY tip_source_read ON tip_source FOR SELECT TO anthon_api USING ({TAKEN} AND {SOURCE});
CREATE POLICY tip_source_insert ON tip_source FOR INSERT TO anthon_api WITH CHECK (true);
CREATE POLICY tip_source_update ON tip_source FOR UPDATE TO anthon_api
  USING ({TAKEN} AND {SOURCE}) WITH CHECK ({TAKEN} AND {SOURCE});

ALTER TABLE tip_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY tip_message_read ON tip_message FOR SELECT TO anthon_api USING ({MESSAGE} OR {BY_RECEIPT});
CREATE POLICY tip_message_insert ON tip_message FOR INSERT TO anthon_api
  WITH CHECK (NOT mixed AND (sender = 'police' AND {MESSAGE} OR sender = 'source' AND {BY_RECEIPT}));
CREATE POLICY tip_message_update ON tip_message FOR UPDATE TO anthon_api USING ({MESSAGE}) WITH CHECK ({MESSAGE});

ALTER TABLE tip_opening ENABLE ROW LEVEL SECURITY;
CREATE POLICY tip_opening_read ON tip_opening FOR SELECT TO anthon_api USING ({OPENING});
CREATE POLICY tip_opening_insert ON tip_opening FOR INSERT TO anthon_api WITH CHECK ({OPENING});

-- Where a tip is, for who mayn't read it to be told so; how many there were, for who counts; nothing else of them.
CREATE FUNCTION tip_area(wanted uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp
  AS 'SELECT area_id FROM tip WHERE id = wanted';
CREATE FUNCTION tip_counts(first timestamptz, following timestamptz)
  RETURNS TABLE (unit_id uuid, category text, tips bigint) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp
  AS 'SELECT unit_id, category, count(*) FROM tip WHERE hour >= first AND hour < following GROUP BY 1, 2';
REVOKE ALL ON FUNCTION tip_area(uuid), tip_counts(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tip_area(uuid), tip_counts(timestamptz, timestamptz) TO anthon_api;
"""
WITHOUT_ROW_SECURITY = """
DROP FUNCTION tip_area(uuid), tip_counts(timestamptz, timestamptz);
DROP POLICY tip_read ON tip;
DROP POLICY tip_insert ON tip;
DROP POLICY tip_update ON tip;
DROP POLICY tip_source_read ON tip_source;
DROP POLICY tip_source_insert ON tip_source;
DROP POLICY tip_source_update ON tip_source;
DROP POLICY tip_message_read ON tip_message;
DROP POLICY tip_message_insert ON tip_message;
DROP POLICY tip_message_update ON tip_message;
DROP POLICY tip_opening_read ON tip_opening;
DROP POLICY tip_opening_insert ON tip_opening;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="TipChallenge",
            fields=[
                ("nonce_hash", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
            ],
            options={
                "db_table": "tip_challenge",
            },
        ),
        migrations.CreateModel(
            name="TipSource",
            fields=[
                ("tip_id", models.UUIDField(primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("sealed", models.BinaryField()),
            ],
            options={
                "db_table": "tip_source",
            },
        ),
        migrations.CreateModel(
            name="Tip",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("unit_id", models.UUIDField()),
                ("hour", models.DateTimeField()),
                ("category", models.TextField()),
                ("text", models.TextField()),
                ("place", models.TextField(null=True)),
                ("location_lon", models.FloatField(null=True)),
                ("location_lat", models.FloatField(null=True)),
                ("urgency", models.TextField()),
                ("channel", models.TextField()),
                ("receipt_hash", models.UUIDField(unique=True)),
                ("content_hash", models.BinaryField(max_length=32)),
                ("source_key_id", models.UUIDField(null=True)),
                ("mixed", models.BooleanField(default=False)),
                ("status", models.TextField(default="new")),
                ("status_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("forwarded_to", models.TextField(null=True)),
                ("note", models.TextField(null=True)),
                ("overdue_told", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "tip",
                "indexes": [
                    models.Index(fields=["area_id", "-hour", "-id"], name="tip_by_area"),
                    models.Index(
                        condition=models.Q(("source_key_id__isnull", False)),
                        fields=["source_key_id"],
                        name="tip_by_key",
                    ),
                    models.Index(condition=models.Q(("mixed", False)), fields=["hour"], name="tip_to_mix"),
                    models.Index(
                        condition=models.Q(("overdue_told", False), ("status__in", ("new", "acknowledged"))),
                        fields=["hour"],
                        name="tip_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "drugs",
                                    "theft",
                                    "loan_shark",
                                    "trafficking",
                                    "fraud",
                                    "gambling",
                                    "disturbance",
                                    "domestic_violence",
                                    "other",
                                ],
                            )
                        ),
                        name="tip_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("urgency__in", ["normal", "soon", "urgent"])), name="tip_urgency_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["app", "web", "phone", "in_person", "mailbox"])),
                        name="tip_channel_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["new", "acknowledged", "forwarded", "verifying", "valuable", "unfounded", "closed"],
                            )
                        ),
                        name="tip_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TipKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("area_id", models.UUIDField()),
                ("public_key", models.BinaryField(max_length=32)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "tip_key",
                "indexes": [models.Index(fields=["area_id", "-valid_from"], name="tip_key_by_area")],
            },
        ),
        migrations.CreateModel(
            name="TipMessage",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tip_id", models.UUIDField()),
                ("area_id", models.UUIDField()),
                ("no", models.IntegerField()),
                ("sender", models.TextField()),
                ("hour", models.DateTimeField()),
                ("text", models.TextField()),
                ("mixed", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "tip_message",
                "indexes": [
                    models.Index(condition=models.Q(("mixed", False)), fields=["hour"], name="tip_message_to_mix")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tip_id", "no"), name="tip_message_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sender__in", ["police", "source"])), name="tip_message_sender_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TipOpening",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tip_id", models.UUIDField()),
                ("area_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "tip_opening",
                "indexes": [models.Index(fields=["tip_id"], name="tip_opening_by_tip")],
            },
        ),
        migrations.RunSQL(ROW_SECURITY, WITHOUT_ROW_SECURITY),
    ]
