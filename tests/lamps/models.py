"""The table of lamps."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.records import Record


class Lamp(Record):
    """A street lamp that a team looks after."""

    team_id = models.UUIDField()
    name = models.TextField()
    name_fold = models.TextField()
    state = models.TextField()
    state_at = models.DateTimeField(null=True)
    watt = models.IntegerField(null=True)
    keeper_ids = ArrayField(models.UUIDField(), default=list)
    visits = models.JSONField(default=list)
    location_lon = models.FloatField(null=True)
    location_lat = models.FloatField(null=True)
    location_accuracy_m = models.FloatField(null=True)
    visit_count = models.IntegerField(default=0)

    class Meta(Record.Meta):
        db_table = "lamp"
