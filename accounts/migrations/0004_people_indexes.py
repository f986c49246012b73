"""The indexes that the lists of people and roles go by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people_filled")]

    operations = [
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("ends_at", None), _negated=True), fields=["ends_at"], name="role_grant_by_end"
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("confirmed_at", None)), fields=["created_at"], name="role_grant_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["name_sort", "id"], name="user_account_by_name"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["area_id", "name_sort", "id"], name="user_account_by_area"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_active", False)), fields=["name_sort", "id"], name="user_account_inactive"
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_active", True), ("password", "")),
                fields=["name_sort", "id"],
                name="user_account_waiting",
            ),
        ),
    ]
