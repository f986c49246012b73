"""The bodies by which areas are changed; their class names are the schema names of the document."""

from rest_framework import serializers

from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.serializers import Area, AreaCentre
from api.fields import Choice, Day, Flag, Id, Integer, ListOf, Nested, Number, Text


class NewArea(Nested):
    """An area that is to begin."""

    level = Choice(choices=AreaLevel.choices)
    kind = Choice(choices=AreaKind.choices)
    name = Text(max_length=200)
    parent_id = Id(allow_null=True)
    code = Text(max_length=20, allow_blank=True, required=False, default="")
    centre = AreaCentre(required=False, allow_null=True)
    household_count = Integer(min_value=0, required=False, allow_null=True)


class AreaCreateRequest(NewArea):
    """An area that is to begin, by itself."""

    on = Day(required=False, allow_null=True)


class AreaEdit(serializers.Serializer):
    """What of an area may be corrected as it is; all else changes by command, from a day on."""

    household_count = Integer(min_value=0, required=False, allow_null=True)
    centre = AreaCentre(required=False, allow_null=True)
    on = Day(required=False, allow_null=True)


class AreaRenameRequest(serializers.Serializer):
    """Another name or code; what is left out stays."""

    name = Text(max_length=200, required=False, allow_null=True)
    code = Text(max_length=20, allow_blank=True, required=False, allow_null=True)
    on = Day()
    dry_run = Flag(required=False, default=False)


class AreaRegradeRequest(AreaRenameRequest):
    """Another kind, often with another name or code."""

    kind = Choice(choices=AreaKind.choices)


class AreaMoveRequest(serializers.Serializer):
    """Where an area is to hang."""

    parent_id = Id()
    on = Day()
    dry_run = Flag(required=False, default=False)


class AreaMergeRequest(serializers.Serializer):
    """Which areas end, and what begins in their place."""

    area_ids = ListOf(child=Id(), max_length=100, merge="set")
    into = NewArea()
    on = Day()
    decree = Text(max_length=200, allow_blank=True, required=False, default="")
    dry_run = Flag(required=False, default=False)


class AreaPart(Nested):
    """What a split makes."""

    area = NewArea()
    child_ids = ListOf(child=Id(), max_length=500, required=False, default=list)
    share = Number(min_value=0, max_value=1, required=False, allow_null=True)
    is_default = Flag(required=False, default=False)


class AreaSplitRequest(serializers.Serializer):
    """What begins in an area's place."""

    parts = ListOf(child=AreaPart(), max_length=50)
    on = Day()
    decree = Text(max_length=200, allow_blank=True, required=False, default="")
    dry_run = Flag(required=False, default=False)


class RecordCount(Nested):
    """Records of one type."""

    type = Text(max_length=60)
    count = Integer()
    unfinished = Integer()


class AreaEffect(Nested):
    """What lies at and below the areas that change."""

    areas = Integer()
    teams = Integer()
    memberships = Integer()
    grants = Integer()
    people = Integer()
    grants_ending = Integer()
    records = ListOf(child=RecordCount())
    losing_sight = Integer()
    gaining_sight = Integer()


class AreaChange(serializers.Serializer):
    """What a change did, or would do."""

    dry_run = Flag()
    areas = ListOf(child=Area())
    effect = AreaEffect()
