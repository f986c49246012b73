"""Areas, teams and memberships in the order of their lists, for those who see whole provinces."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_import_successors"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="area",
            index=models.Index(fields=["name_sort", "id"], name="area_in_order"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("deleted_at", None)), fields=["-occurred_at", "-id"], name="membership_in_order"
            ),
        ),
        migrations.AddIndex(
            model_name="team",
            index=models.Index(
                condition=models.Q(("deleted_at", None)), fields=["-occurred_at", "-id"], name="team_in_order"
            ),
        ),
    ]
