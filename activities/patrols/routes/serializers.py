"""The shapes of routes and checkpoints, of what a patrol did of its route, and of figures about it, on the wire."""

from rest_framework import serializers

from activities.patrols.routes.judging import DueStatus
from activities.patrols.routes.models import CheckpointMethod, VisitMethod
from activities.patrols.routes.noticing import PlaceSource, VisitFlag
from api.enums import LabelledEnum
from api.fields import Choice, Day, Flag, Id, Integer, ListOf, Location, Moment, Nested, Text
from api.shapes import RecordSerializer

TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"
MOST_STOPS = 100


class FiguresBy(LabelledEnum):
    """What figures about routes are grouped by."""

    ROUTE = "route", "Theo tuyến", "By route"
    CHECKPOINT = "checkpoint", "Theo chốt", "By checkpoint"
    AREA = "area", "Theo địa bàn", "By area"
    DAY = "day", "Theo ngày", "By day"


class StopWindow(Nested):
    """When a checkpoint is expected to be reached, in local time of day; over midnight if it closes before it opens."""

    opens = Text(max_length=5, pattern=TIME_OF_DAY)
    closes = Text(max_length=5, pattern=TIME_OF_DAY)


class RouteStop(Nested):
    """A checkpoint of a route, and when it is expected: in each window, else every so many minutes, else once."""

    checkpoint_id = Id()
    windows = ListOf(child=StopWindow(), max_length=12, required=False, default=list)
    every_min = Integer(min_value=15, max_value=1440, required=False, allow_null=True)


class RouteSchedule(Nested):
    """On which days of the week (1 Monday to 7 Sunday; none: on all) and from when to when, in local time of day."""

    weekdays = ListOf(child=Integer(min_value=1, max_value=7), merge="set", max_length=7, required=False, default=list)
    starts = Text(max_length=5, pattern=TIME_OF_DAY)
    ends = Text(max_length=5, pattern=TIME_OF_DAY)


class Route(RecordSerializer):
    """What patrols are to walk: checkpoints in the order given, or in any (`ordered`).

    It can be read in the whole subtree of the area that issued it. A patrol is held against the route as it stood when
    the patrol began.
    """

    team_id = Id(required=False, allow_null=True)
    name = Text(max_length=120)
    ordered = Flag(required=False, default=False)
    stops = ListOf(child=RouteStop(), max_length=MOST_STOPS, required=False, default=list)
    schedule = RouteSchedule(required=False, allow_null=True)
    note = Text(max_length=2000, required=False, allow_null=True)


class Checkpoint(RecordSerializer):
    """A place that patrols are to reach, and how they may show it.

    Its signed code names `code_version`; a code that was lost or copied is renewed, and the one before is flagged where
    it is used later.
    """

    team_id = Id(required=False, allow_null=True)
    name = Text(max_length=120)
    location = Location()
    radius_m = Integer(min_value=5, max_value=1000, required=False, default=50)
    methods = ListOf(
        child=Choice(choices=CheckpointMethod.choices),
        merge="set",
        max_length=3,
        required=False,
        default=lambda: [CheckpointMethod.POINT.value, CheckpointMethod.QR.value],
    )
    note = Text(max_length=500, required=False, allow_null=True)
    code_version = Integer(read_only=True)
    code_renewed_at = ListOf(child=Moment(), read_only=True)


class CheckpointRenewInput(serializers.Serializer):
    """Which version is to be renewed. One that was renewed already stays as it is."""

    code_version = Integer(min_value=1)


class CheckpointCode(serializers.Serializer):
    """A checkpoint's signed code as text, to be written on its tag."""

    checkpoint_id = Id()
    code_version = Integer()
    code = Text(max_length=300)


class CheckpointDue(serializers.Serializer):
    """A stretch of time in which a checkpoint was expected to be reached, and what came of it."""

    opens_at = Moment()
    closes_at = Moment()
    status = Choice(choices=DueStatus.choices)
    visit_id = Id(allow_null=True)


class CheckedVisit(serializers.Serializer):
    """A visit as the server sees it: when by a clock set right, how far from the checkpoint, what is notable."""

    id = Id()
    at = Moment()
    method = Choice(choices=VisitMethod.choices, allow_null=True)
    user_id = Id(allow_null=True)
    distance_m = Integer(allow_null=True)
    distance_from = Choice(choices=PlaceSource.choices, allow_null=True)
    flags = ListOf(child=Choice(choices=VisitFlag.choices))


class PatrolCheckpoint(serializers.Serializer):
    """A checkpoint of the patrol's route, or one that was visited beside it."""

    checkpoint_id = Id()
    on_route = Flag()
    name = Text(max_length=120, allow_null=True)
    location = Location(allow_null=True)
    radius_m = Integer(allow_null=True)
    status = Choice(choices=DueStatus.choices, allow_null=True)
    due = CheckpointDue(many=True)
    visits = CheckedVisit(many=True)


class TrackGap(serializers.Serializer):
    """A stretch of over ten minutes of which nothing is known."""

    starts_at = Moment()
    ends_at = Moment()


class PatrolCheckpoints(serializers.Serializer):
    """What a patrol did of its route. What lies in a gap of the track is unknown, never missed."""

    patrol_id = Id()
    route_id = Id(allow_null=True)
    route_version = Integer(allow_null=True)
    route_name = Text(max_length=120, allow_null=True)
    ordered = Flag()
    order_kept = Flag(allow_null=True)
    delivered_whole = Flag()
    gaps = TrackGap(many=True)
    checkpoints = PatrolCheckpoint(many=True)


class RouteFigure(serializers.Serializer):
    """How often checkpoints were expected in patrols, and what came of it; those by which it isn't grouped are null.

    `nights` are those over by now on which routes of these areas were to be walked by their schedules, and `not_walked`
    those of which no patrol has been delivered: nothing else is known of them, so they are not among `missed`.
    """

    route_id = Id(allow_null=True)
    checkpoint_id = Id(allow_null=True)
    area_id = Id(allow_null=True)
    day = Day(allow_null=True)
    patrols = Integer()
    expected = Integer()
    on_time = Integer()
    late = Integer()
    missed = Integer()
    unknown = Integer()
    flagged = Integer()
    nights = Integer()
    not_walked = Integer()


class RouteFigures(serializers.Serializer):
    """What patrols did of their routes in some days, in figures alone."""

    by = Choice(choices=FiguresBy.choices)
    since = Day()
    until = Day()
    items = RouteFigure(many=True)
