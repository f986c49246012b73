"""Pledges that are erased alone, and campaigns that tell how many households were resident at their ends."""

from django.db import migrations, models

_COUNT = """(SELECT sum(cardinality(d.household_ids)) FROM campaign_denominator d
  WHERE d.campaign_id = c.id AND d.moment = '{moment}')"""
# What was frozen before is told from now on; phones learn it with the campaign's next version.
TOLD = (
    f"UPDATE campaign c SET households_at_start = {_COUNT.format(moment='start')},"
    f" households_at_end = {_COUNT.format(moment='end')}"
    " WHERE EXISTS (SELECT FROM campaign_denominator d WHERE d.campaign_id = c.id)"
)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0002_pledges")]

    operations = [
        migrations.AddField(model_name="campaign", name="households_at_start", field=models.IntegerField(null=True)),
        migrations.AddField(model_name="campaign", name="households_at_end", field=models.IntegerField(null=True)),
        migrations.AddField(model_name="pledge", name="erased_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="pledge", name="scrubbed_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(
                condition=models.Q(("scrubbed_at", None), models.Q(("erased_at", None), _negated=True)),
                fields=["erased_at"],
                name="pledge_to_scrub",
            ),
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
