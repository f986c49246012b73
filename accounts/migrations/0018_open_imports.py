"""Rows of imports carry warnings and what they are about; files may be kept shorter than a year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_register_deadlines"),
    ]

    operations = [
        migrations.AddField("import", "kept_until", models.DateTimeField(null=True)),
        migrations.AddField("importrow", "subject_id", models.UUIDField(null=True)),
        migrations.AddField("importrow", "warnings", models.JSONField(default=list, db_default=[])),
        migrations.AddIndex(
            "importrow",
            models.Index(fields=["subject_id"], name="import_row_by_subject", condition=~models.Q(subject_id=None)),
        ),
    ]
