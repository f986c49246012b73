"""Alerts in the order in which they were received, by area and all together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("observations", "0003_walk")]

    operations = [
        migrations.RemoveIndex("alert", "alert_walked"),
        migrations.RemoveIndex("alert", "alert_by_area"),
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["area_id", "-received_at", "-id"],
                name="alert_by_arrival",
            ),
        ),
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(("deleted_at", None), ("version__gt", 0)),
                fields=["-received_at", "-id"],
                name="alert_walked",
            ),
        ),
    ]
