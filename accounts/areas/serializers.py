"""The shape of an area, and its record type: everyone reads the areas above their own, only services write them."""

from collections.abc import Iterator, Mapping

from accounts.areas.names import KINDS, AreaKind, AreaLevel, Name
from accounts.models import Area as AreaModel
from api.fields import Choice, Day, Id, Integer, Number, Spread, Text
from api.problems import FieldError
from api.records import Known, RecordType, Wire, access
from api.shapes import RecordSerializer


class AreaCentre(Spread):
    """The middle of an area, WGS 84, in degrees east and north."""

    lon = Number(min_value=-180, max_value=180)
    lat = Number(min_value=-90, max_value=90)


class Area(RecordSerializer):
    """A province, district (to 2025), commune or hamlet.

    A code identifies nothing without a date; know an area by its `id`. `parent_id` is where it hangs now, or hung last
    before it ended. `valid_from` is null for what began before the gazetteer's memory; `valid_to` (exclusive) is null
    for what there is today.
    """

    level = Choice(choices=AreaLevel.choices)
    kind = Choice(choices=AreaKind.choices)
    code = Text(max_length=20, allow_blank=True, required=False, default="")
    name = Text(max_length=200)
    parent_id = Id(required=False, allow_null=True)
    valid_from = Day(required=False, allow_null=True)
    valid_to = Day(required=False, allow_null=True)
    centre = AreaCentre(required=False, allow_null=True)
    household_count = Integer(min_value=0, required=False, allow_null=True)


def search_columns(area: Wire) -> Wire:
    """What an area is searched and sorted by."""
    name = Name(AreaKind(area["kind"]), area["name"])
    return {"name_fold": name.key, "name_sort": name.order}


def kind_faults(level: AreaLevel, kind: str) -> Iterator[FieldError]:
    """Each level has its kinds."""
    if kind not in KINDS[level]:
        yield FieldError("/kind", "invalid_choice", {"choices": ", ".join(KINDS[level])})


def area_rules(area: Wire, _: Known) -> list[FieldError]:
    """Each level has its kinds, and an area ends after it began."""
    faults = list(kind_faults(AreaLevel(area["level"]), area["kind"]))
    if area["valid_from"] and area["valid_to"] and area["valid_to"] <= area["valid_from"]:
        faults.append(FieldError("/valid_to", "area_ends_before_it_begins"))
    return faults


def _changed_over_the_wire() -> Mapping[str, type]:
    from accounts.views.areas import AreasMade, AreasPatched

    return {"CollectionView": AreasMade, "ItemView": AreasPatched}


AREA = RecordType(
    name="area",
    collection="areas",
    model=AreaModel,
    serializer=Area,
    access=access(
        read="member leader deputy_leader front_work_head front_officer police_officer analyst", write="admin"
    ),
    downward=True,
    writable=False,
    filters=("level", "kind", "code", "parent_id"),
    search=("name_fold",),
    order=("name_sort", "ASC"),
    walked=True,
    rules=area_rules,
    columns=search_columns,
    beside=_changed_over_the_wire,
)
