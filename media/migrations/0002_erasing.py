"""Files that were erased with what they are about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0001_initial")]

    operations = [
        migrations.AddField(model_name="media", name="erased_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="media", name="scrubbed_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="media",
            index=models.Index(
                condition=models.Q(("scrubbed_at", None), models.Q(("erased_at", None), _negated=True)),
                fields=["erased_at"],
                name="media_to_scrub",
            ),
        ),
    ]
