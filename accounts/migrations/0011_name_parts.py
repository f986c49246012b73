"""Parts of names and phone numbers are found by their trigrams; the extension is one that the owner may create."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_exports"),
    ]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name_fold"], name="user_account_name_parts", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["phone"], name="user_account_phone_parts", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
