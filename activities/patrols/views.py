"""The routes of patrols beside those that every record type has."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.looks import LookingView, at_track
from activities.patrols.serializers import Patrol, PatrolCloseInput, Track
from activities.patrols.services import close_patrol, track_with_patrol
from api.etags import etag_of
from api.shapes import decode
from api.views import ApiView


class PatrolCloseView(ApiView):
    """End a patrol. Repeated with the same content it changes nothing; with other content it is 409 `patrol_closed`."""

    transaction = "write"

    @extend_schema(
        operation_id="patrol_close",
        request=PatrolCloseInput,
        responses=Patrol,
        tags=["patrols"],
        extensions={"x-problems": ["forbidden", "gone", "membership_ended", "patrol_closed"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        patrol = close_patrol(actor=self.actor, patrol_id=id, **decode(PatrolCloseInput, request.data))
        return Response(patrol, headers={"ETag": etag_of(patrol["version"])})


class PatrolTrackView(LookingView):
    """Where a patrol went: all points that any of its phones recorded, as one piece in order of time."""

    transaction = "read"

    @extend_schema(
        operation_id="patrol_track", responses=Track, tags=["patrols"], extensions={"x-problems": ["forbidden", "gone"]}
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        track, patrol = track_with_patrol(actor=self.actor, patrol_id=id)
        people = [uuid.UUID(each) for each in {patrol["author_id"], *patrol["participant_ids"]} if each]
        self.seen = at_track(self.actor, id, patrol, people if track["points"] else ())
        return Response(track)
