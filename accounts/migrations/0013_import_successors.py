"""An import names the faulty one that it corrects, and the step that it is at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_erasing"),
    ]

    operations = [
        migrations.AddField("import", "step", models.TextField(null=True)),
        migrations.AddField("import", "corrects_id", models.UUIDField(null=True)),
        migrations.AddField("import", "corrected_by_id", models.UUIDField(null=True)),
    ]
