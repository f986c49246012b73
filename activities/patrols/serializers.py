"""The shapes of patrols and tracks on the wire."""

from rest_framework import serializers

from activities.patrols.measures import TrackFlag
from activities.patrols.models import OVER, PatrolStatus
from activities.patrols.routes.models import VisitMethod
from activities.patrols.track import PIECE_POINTS
from api.fields import Choice, Day, Id, Integer, ListOf, Location, Moment, Nested, Number, Text
from api.shapes import RecordSerializer

CLOSING = "group:closing"


class CheckpointVisit(Nested):
    """That a checkpoint was reached."""

    id = Id()
    checkpoint_id = Id()
    visited_at = Moment()
    location = Location(required=False, allow_null=True)
    method = Choice(choices=VisitMethod.choices, required=False, allow_null=True)
    code = Text(max_length=300, required=False, allow_null=True)
    user_id = Id(required=False, allow_null=True)


class TrackSpan(Nested):
    """A stretch of time that a track covers, without ten minutes between two of its points."""

    starts_at = Moment()
    ends_at = Moment()


class BoundingBox(Nested):
    """The smallest box around all points of a track, in degrees, WGS 84."""

    west = Number(min_value=-180, max_value=180)
    south = Number(min_value=-90, max_value=90)
    east = Number(min_value=-180, max_value=180)
    north = Number(min_value=-90, max_value=90)


class Patrol(RecordSerializer):
    """One patrol of a team, whatever the number of members and phones.

    `local_day` is the day in Viet Nam on which it began, by a clock set right. What is derived from the track
    (`distance_m` to `track_spans`) counts no stretch of over ten minutes without points: that one is unknown.
    """

    team_id = Id()
    shift_id = Id(required=False, allow_null=True)
    route_id = Id(required=False, allow_null=True)
    participant_ids = ListOf(child=Id(), merge="set", max_length=200, required=False, default=list)
    started_at = Moment(merge=CLOSING)
    ended_at = Moment(merge=CLOSING, required=False, allow_null=True)
    status = Choice(choices=PatrolStatus.choices, merge=CLOSING)
    checkpoint_visits = ListOf(child=CheckpointVisit(), merge="log", required=False, default=list)
    outcome = Text(max_length=2000, merge=CLOSING, required=False, allow_null=True)
    handover_note = Text(max_length=4000, merge=CLOSING, required=False, allow_null=True)
    local_day = Day(read_only=True)
    distance_m = Integer(read_only=True, allow_null=True)
    duration_s = Integer(read_only=True, allow_null=True, help_text="Observed by the track, without its gaps.")
    bounding_box = BoundingBox(read_only=True, allow_null=True)
    track_points = Integer(read_only=True)
    track_flags = ListOf(child=Choice(choices=TrackFlag.choices), read_only=True)
    track_spans = ListOf(child=TrackSpan(), read_only=True, allow_null=True)


class PatrolCloseInput(serializers.Serializer):
    """How a patrol ended. Closing it again with the same content changes nothing."""

    ended_at = Moment()
    status = Choice(choices=[c for c in PatrolStatus.choices if c[0] in OVER], default=PatrolStatus.COMPLETED.value)
    outcome = Text(max_length=2000, required=False, allow_null=True)
    handover_note = Text(max_length=4000, required=False, allow_null=True)


class TrackPiece(serializers.Serializer):
    """Points as columns, a row a point, in any order.

    `dt_s`, `lon_e6` and `lat_e6` hold differences to the row before; row 0 counts from `t0` (`dt_s`), and is the place
    itself in millionths of a degree. The others hold a value a row. Times are whole seconds: `t0` loses its fraction.
    """

    t0 = serializers.DateTimeField()
    dt_s = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=PIECE_POINTS)
    lon_e6 = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=PIECE_POINTS)
    lat_e6 = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=PIECE_POINTS)
    accuracy_m = serializers.ListField(
        child=serializers.IntegerField(allow_null=True, help_text="Null or negative: unknown."),
        min_length=1,
        max_length=PIECE_POINTS,
    )
    speed_cms = serializers.ListField(
        child=serializers.IntegerField(allow_null=True, help_text="Null or negative: unknown."),
        min_length=1,
        max_length=PIECE_POINTS,
        required=False,
    )
    mocked = serializers.ListField(
        child=serializers.BooleanField(), min_length=1, max_length=PIECE_POINTS, required=False
    )


class Track(serializers.Serializer):
    """The whole track of a patrol in the form of one piece, ordered by time. Without one: empty, `t0` null."""

    patrol_id = serializers.UUIDField()
    points = serializers.IntegerField()
    t0 = serializers.DateTimeField(allow_null=True)
    dt_s = serializers.ListField(child=serializers.IntegerField())
    lon_e6 = serializers.ListField(child=serializers.IntegerField())
    lat_e6 = serializers.ListField(child=serializers.IntegerField())
    accuracy_m = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    speed_cms = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), required=False, help_text="If some speed is known."
    )
    mocked = serializers.ListField(
        child=serializers.BooleanField(), required=False, help_text="If some point was mocked."
    )
