"""Indexes that hold all that coverage counts: a million households without a look at their rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pledges", "0003_erasing_and_denominators")]

    operations = [
        migrations.AddIndex(
            model_name="household",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["area_id"],
                include=("id", "resident_from", "resident_until", "author_id"),
                name="household_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at", None),
                    ("signer_type", "household"),
                    ("status__in", ["expired", "signed", "withdrawn"]),
                ),
                fields=["area_id"],
                include=("household_id", "template_id", "signed_on", "expires_on", "withdrawn_on", "author_id"),
                name="pledge_counted",
            ),
        ),
    ]
