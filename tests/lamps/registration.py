"""Tells the wire about lamps."""

from api.problems import FieldError
from api.records import Known, RecordType, Wire, access, register
from api.text import fold
from tests.lamps.models import Lamp
from tests.lamps.serializers import Lamp as LampSerializer


def rules(lamp: Wire, _: Known) -> list[FieldError]:
    """A broken lamp uses no watts worth writing down."""
    return (
        [FieldError("/watt", "too_large", {"max": 100})]
        if lamp["state"] == "broken" and (lamp["watt"] or 0) > 100
        else []
    )


register(
    RecordType(
        name="lamp",
        collection="lamps",
        model=Lamp,
        serializer=LampSerializer,
        access=access(
            team_write="member leader deputy_leader",
            read="front_work_head front_officer police_officer",
            count="analyst",
        ),
        filters=("state",),
        search=("name_fold",),
        rules=rules,
        derive=lambda lamp, _: {"visit_count": len(lamp["visits"])},
        columns=lambda lamp: {"name_fold": fold(lamp["name"])},
    )
)
