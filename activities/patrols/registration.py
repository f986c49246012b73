"""What patrols tell the wire about themselves: their record type, the track beside it, and their problems."""

from __future__ import annotations

from activities.patrols import measures, problems, rules, track  # noqa: F401  (problems register themselves)
from activities.patrols.models import OVER, Patrol
from activities.patrols.serializers import Patrol as PatrolSerializer
from activities.patrols.serializers import TrackPiece
from api.meta import register_limits
from api.problems import Text
from api.records import RecordType, UnionType, Wire, access, register, register_union
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep


def verb(before: Wire | None, after: Wire | None) -> str:
    """A patrol that comes to its end is closed, by whatever way."""
    if after is None:
        return "deleted"
    over = after["status"] in OVER
    if over and (before is None or before["status"] not in OVER):
        return "closed"
    return "created" if before is None else "updated"


PATROL = register(
    RecordType(
        name="patrol",
        collection="patrols",
        model=Patrol,
        serializer=PatrolSerializer,
        access=access(
            read="front_work_head front_officer police_officer",
            team_write="member leader deputy_leader",
            count="analyst",
        ),
        filters=("team_id", "status"),
        unfinished=("status", ("planned", "ongoing")),
        search=("text_fold",),
        rules=rules.faults,
        derive=rules.derive,
        columns=rules.search_columns,
        verb=verb,
        verbs=frozenset({"created", "updated", "closed", "deleted"}),
    )
)
TRACK = register_union(
    UnionType(
        name="track",
        target="patrol",
        table="track",
        serializer=TrackPiece,
        validate=track.validate,
        union=track.union,
        summary=measures.summary,
    )
)
register_limits({"track_points": track.MOST_POINTS, "track_piece_points": track.PIECE_POINTS})
keep(
    Kept(
        "patrol",
        Text("Ghi lại việc tuần tra và đường đi", "Recording patrols and their routes"),
        PUBLIC_TASK,
        WITH_THE_RECORD,
    ),
    Kept(
        "track",
        Text("Ghi lại việc tuần tra và đường đi", "Recording patrols and their routes"),
        PUBLIC_TASK,
        WITH_THE_RECORD,
    ),
)
