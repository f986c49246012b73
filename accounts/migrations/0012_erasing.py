"""When an account was emptied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_name_parts"),
    ]

    operations = [
        migrations.AddField(model_name="user", name="erased_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                fields=["deactivated_at"],
                name="user_account_to_erase",
                condition=models.Q(is_active=False, erased_at=None),
            ),
        ),
    ]
