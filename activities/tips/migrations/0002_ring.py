"""Which urgent tips the police's phones were rung for; the serving role may say so, and reads it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tips", "0001_initial")]

    operations = [
        migrations.AddField("tip", "rung", models.BooleanField(db_default=False, default=False)),
        migrations.RunSQL(
            "GRANT SELECT (rung), UPDATE (rung) ON tip TO anthon_api",
            "REVOKE SELECT (rung), UPDATE (rung) ON tip FROM anthon_api",
        ),
    ]
