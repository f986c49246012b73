"""What routes and checkpoints tell the wire about themselves."""

from activities.patrols.routes import models as tables
from activities.patrols.routes import problems, rules  # noqa: F401  (problems register themselves)
from activities.patrols.routes.serializers import Checkpoint, Route
from api.problems import Text
from api.records import RecordType, access, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep

_ACCESS = access(
    read="front_work_head front_officer",
    write="police_officer",
    team_write="member leader deputy_leader",
    count="analyst",
)
ROUTE = register(
    RecordType(
        name="route",
        collection="routes",
        model=tables.Route,
        serializer=Route,
        access=_ACCESS,
        downward=True,
        filters=("team_id",),
        search=("text_fold",),
        rules=rules.route_faults,
        columns=rules.search_columns,
    )
)
CHECKPOINT = register(
    RecordType(
        name="checkpoint",
        collection="checkpoints",
        model=tables.Checkpoint,
        serializer=Checkpoint,
        access=_ACCESS,
        downward=True,
        filters=("team_id",),
        search=("text_fold",),
        derive=rules.checkpoint_derived,
        columns=rules.search_columns,
        verb=rules.checkpoint_verb,
        verbs=frozenset({"created", "updated", "renewed", "deleted"}),
    )
)
_PURPOSE = Text("Đặt tuyến và chốt tuần tra", "Laying out routes and checkpoints for patrols")
keep(
    Kept("route", _PURPOSE, PUBLIC_TASK, WITH_THE_RECORD),
    Kept("checkpoint", _PURPOSE, PUBLIC_TASK, WITH_THE_RECORD),
)
