"""What reading the audit trail takes: indexes by time, name, who did it and whose account it was; and signed heads."""

from django.db import migrations, models

# The expression is that of `accounts.events.PERSON`.
INDEXES = """
CREATE INDEX audit_event_by_time ON audit_event (at, id);
CREATE INDEX audit_event_by_name ON audit_event (name, at);
CREATE INDEX audit_event_by_user ON audit_event (user_id, at);
CREATE INDEX audit_event_by_person ON audit_event (
  (coalesce(CASE WHEN subject_type = 'user' THEN subject_id END, (details ->> 'user_id')::uuid)), at)
  WHERE coalesce(CASE WHEN subject_type = 'user' THEN subject_id END, (details ->> 'user_id')::uuid) IS NOT NULL;
"""
NO_INDEXES = """
DROP INDEX audit_event_by_time, audit_event_by_name, audit_event_by_user, audit_event_by_person;
"""
RIGHTS = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_head FROM anthon_api;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_people_indexes")]

    operations = [
        migrations.RunSQL(INDEXES, NO_INDEXES),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.BinaryField(max_length=32)),
                ("signed_at", models.DateTimeField()),
                ("jws", models.TextField()),
            ],
            options={"db_table": "audit_head"},
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
