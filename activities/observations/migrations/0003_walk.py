"""The newest alerts of the whole country in their order, for those who see whole provinces."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("observations", "0002_alerts")]

    operations = [
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(("deleted_at", None), ("version__gt", 0)),
                fields=["-occurred_at", "-id"],
                name="alert_walked",
            ),
        ),
    ]
