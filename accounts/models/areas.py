"""Areas and the trees that they hang in. A code is not a territory: an area is known by its own UUID alone."""

from django.db import models

from api.ids import uuid7
from api.records import Record


class Area(Record):
    """A province, district, commune or hamlet. Its record lies in its own stream: `area_id` equals `id`.

    Rename, regrade and a new code change the same area (`AreaPast` keeps what held before); only merge and split end
    one and begin others. `name` is without the kind (`Phan Rí Cửa`, `3`), `name_fold` with it (`xa phan ri cua`,
    `thon 3`). `parent_id` is where the area hangs now, or hung last; the tree itself is in `AreaPlacement`.
    """

    level = models.TextField()
    kind = models.TextField()
    code = models.TextField(default="")
    name = models.TextField()
    name_fold = models.TextField()
    name_sort = models.TextField()
    parent_id = models.UUIDField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    centre_lon = models.FloatField(null=True)
    centre_lat = models.FloatField(null=True)
    household_count = models.IntegerField(null=True)

    class Meta:
        db_table = "area"
        indexes = (
            models.Index(fields=["code", "level"], name="area_by_code", condition=~models.Q(code="")),
            models.Index(fields=["level", "name_sort", "id"], name="area_by_name"),
            models.Index(fields=["name_sort", "id"], name="area_in_order"),
            models.Index(fields=["parent_id", "name_fold"], name="area_by_parent"),
            # Lists ask by `area_id`, as of every record.
            models.Index(fields=["area_id"], name="area_by_area"),
        )
        constraints = (models.CheckConstraint(condition=models.Q(area_id=models.F("id")), name="area_lies_in_itself"),)


class AreaPast(models.Model):
    """What an attribute of an area (name, kind, code, household_count) was, from one day until another (exclusive).

    What holds now stands in the area itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    area_id = models.UUIDField()
    attribute = models.TextField()
    value = models.JSONField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField()

    class Meta:
        db_table = "area_past"
        constraints = (
            models.UniqueConstraint(fields=["area_id", "attribute", "valid_to"], name="area_past_one_until_a_day"),
        )


class AreaPlacement(models.Model):
    """Where an area hung from one day to another (`valid_to` exclusive, null for now).

    `path` is the chain of labels from the root, each the last 12 hex digits of an area's id and a dot, so that all that
    lies below is the one range `path <= x < path || '~'`. `tree` is `administrative`, or `succession` for an ended area
    that now lies under what took its place: that is how a grant reaches its predecessors.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    area_id = models.UUIDField()
    parent_id = models.UUIDField(null=True)
    tree = models.TextField(default="administrative")
    path = models.TextField(db_collation="C")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "area_placement"
        indexes = (
            models.Index(fields=["area_id"], name="area_placement_by_area"),
            models.Index(fields=["parent_id"], name="area_placement_by_parent"),
            models.Index(fields=["path", "area_id"], name="area_placement_by_path"),
        )
        constraints = (
            models.UniqueConstraint(fields=["path"], condition=models.Q(valid_to=None), name="area_placement_one_now"),
            models.UniqueConstraint(
                fields=["area_id"],
                condition=models.Q(valid_to=None, tree="administrative"),
                name="area_placement_one_home",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from")), name="area_placement_lasts"
            ),
        )


class AreaSuccession(models.Model):
    """What became of an ended area. `share` (0 to 1) is the part that went to `to_area`; null: unknown."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    from_area_id = models.UUIDField()
    to_area_id = models.UUIDField()
    kind = models.TextField()
    share = models.DecimalField(max_digits=9, decimal_places=8, null=True)
    is_default = models.BooleanField(default=False)
    decree = models.TextField(default="")
    happened_on = models.DateField(null=True)

    class Meta:
        db_table = "area_succession"
        indexes = (models.Index(fields=["to_area_id"], name="area_succession_by_to"),)
        constraints = (
            models.UniqueConstraint(fields=["from_area_id", "to_area_id"], name="area_succession_once"),
            models.UniqueConstraint(
                fields=["from_area_id"], condition=models.Q(is_default=True), name="area_succession_one_default"
            ),
        )
