"""What observations tell the wire about themselves."""

from activities.observations.alerts import registration  # noqa: F401  (registers the alerts' own)
from activities.observations.alerts.raising import follow
from activities.observations.models import Observation
from activities.observations.serializers import Observation as ObservationSerializer
from api.problems import Text
from api.records import RecordType, Wire, access, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep
from api.text import fold


def search_columns(observation: Wire) -> Wire:
    """What an observation is searched by."""
    texts = (observation[name] for name in ("place_text", "note", "action_taken", "police_reference"))
    return {"text_fold": fold("\n".join(filter(None, texts)))}


OBSERVATION = register(
    RecordType(
        name="observation",
        collection="observations",
        model=Observation,
        serializer=ObservationSerializer,
        access=access(
            read="front_work_head front_officer police_officer",
            team_write="member leader deputy_leader",
            count="analyst",
        ),
        filters=("team_id", "kind", "severity", "patrol_id"),
        search=("text_fold",),
        columns=search_columns,
        afterwards=follow,
    )
)
keep(
    Kept(
        "observation",
        Text("Ghi lại việc thấy trong thôn", "Recording what was seen in the hamlet"),
        PUBLIC_TASK,
        WITH_THE_RECORD,
    )
)
