"""The routes of shifts beside those that every record type has: rosters, swaps, absences."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from activities.shifts import shapes
from activities.shifts.figures import ShiftFiguresBy, figures
from activities.shifts.roster.absences import absences_page
from activities.shifts.roster.month import Month, TeamMonth, read_month, read_team
from activities.shifts.roster.services import Drafted, Watch, Wishes, draft_roster, make_roster, read_planned
from activities.shifts.roster.sheet import place_of, print_roster
from activities.shifts.roster.telling import told
from activities.shifts.serializers import Shift
from activities.shifts.swapping import answer_swap
from api.etags import etag_of
from api.listing import as_day, as_uuid
from api.localtime import local_day, now
from api.pagination import page_params
from api.problems import FieldError, Problem
from api.records import Wire
from api.rendering import JSON, json_response
from api.shapes import decode
from api.transactions import Mode, run_in
from api.views import ApiView

PDF = "application/pdf"
_MONTH = OpenApiParameter(
    "month", {"type": "string", "pattern": shapes.MONTH}, description="The local month, the current one unless told"
)

_DAYS = (
    OpenApiParameter(
        "since",
        {"type": "string", "format": "date"},
        description="From this local day on: 30 days before `until` unless told",
    ),
    OpenApiParameter(
        "until", {"type": "string", "format": "date"}, description="To this local day, inclusive: today unless told"
    ),
)


def _month(request: Request) -> Month:
    text = request.GET.get("month", f"{local_day(now()):%Y-%m}")
    if not re.fullmatch(shapes.MONTH, text):
        raise Problem("parameter_invalid", params={"parameter": "month"})
    return Month.read(text)


class RosterView(ApiView):
    """`/v1/teams/{id}/roster`."""

    parameters = (_MONTH,)
    drafted: Drafted | Problem | None = None

    def _mode(self) -> Mode:
        return "write" if self.request.method == "POST" else "read"

    def beforehand(self) -> None:
        """A draft may take seconds; what keeps it from being made is told as the answer of the transaction."""
        if self.request.method == "POST":
            try:
                body = decode(shapes.RosterRequest, self.request.data)
                self.drafted = self._draft(Month.read(body["month"]), _wishes(body))
            except Problem as refused:
                self.drafted = refused

    def _draft(self, month: Month, wishes: Wishes) -> Drafted | None:
        def read() -> TeamMonth | None:
            actor = self._who(self.request)
            return read_planned(actor, self.kwargs["id"], month) if actor else None

        found = run_in("read", read)
        return draft_roster(found, wishes) if found else None

    @extend_schema(
        operation_id="roster_read",
        responses=shapes.Roster,
        tags=["shifts"],
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """A team's month: its shifts, each one's share, and what is wrong with it."""
        month = _month(request)
        return json_response(told(read_month(read_team(self.actor, id, to_plan=False), month)))

    @extend_schema(
        operation_id="roster_make",
        request=shapes.RosterRequest,
        responses=shapes.RosterMade,
        tags=["shifts"],
        extensions={"x-problems": ["forbidden", "team_dissolved", "nobody_to_roster"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Draft a fair roster for what is still empty, and write it unless it is a dry run."""
        if isinstance(self.drafted, Problem):
            raise self.drafted
        assert self.drafted is not None  # who isn't signed in doesn't come here
        dry_run = decode(shapes.RosterRequest, request.data)["dry_run"]
        return json_response(make_roster(actor=self.actor, drafted=self.drafted, dry_run=dry_run))


def _wishes(body: Wire) -> Wishes:
    if not body["watches"]:
        raise Problem("invalid", errors=[FieldError("/watches", "too_few_items", {"min": 1})])
    return Wishes(
        watches=[
            Watch(dt.time.fromisoformat(each["starts"]), dt.time.fromisoformat(each["ends"]), each["people"])
            for each in body["watches"]
        ],
        weekdays=frozenset(range(1, 8) if body["weekdays"] is None else body["weekdays"]),
        rest=dt.timedelta(hours=body["rest_h"]),
        holidays=frozenset(map(dt.date.fromisoformat, body["holidays"])),
        user_ids=None if body["user_ids"] is None else [uuid.UUID(each) for each in body["user_ids"]],
    )


class RosterSheetView(ApiView):
    """`GET /v1/teams/{id}/roster.pdf`."""

    parameters = (_MONTH,)
    media_types = frozenset({PDF, JSON})

    @extend_schema(
        operation_id="roster_sheet",
        responses={(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="The month on A4, for the wall")},
        tags=["shifts"],
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """A team's month as a PDF for the wall."""
        month = _month(request)
        # Nothing is held while it prints.
        found, place = run_in("read", lambda: self._read(id, month))
        headers = {
            "Content-Disposition": f'attachment; filename="lich-truc-{month}.pdf"',
            "Cache-Control": "private, no-cache",
        }
        return HttpResponse(print_roster(found, place), content_type=PDF, headers=headers)

    def _read(self, team_id: uuid.UUID, month: Month) -> tuple[TeamMonth, str]:
        team = read_team(self.actor.again(), team_id, to_plan=False)
        return read_month(team, month), place_of(team)


class SwapView(ApiView):
    """`POST /v1/shifts/{id}/swap`."""

    transaction = "write"

    @extend_schema(
        operation_id="shift_swap",
        request=shapes.SwapRequest,
        responses=Shift,
        tags=["shifts"],
        extensions={"x-problems": ["forbidden", "gone", "membership_ended"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Say yes or no to handing a shift to somebody else, perhaps for another one."""
        shift = answer_swap(actor=self.actor, shift_id=id, **decode(shapes.SwapRequest, request.data))
        return Response(shift, headers={"ETag": etag_of(shift["version"])})


class ShiftFiguresView(ApiView):
    """`GET /v1/shifts/figures`."""

    transaction = "read"
    parameters = (
        OpenApiParameter("by", str, enum=ShiftFiguresBy.values, default="area", description="What to group by"),
        OpenApiParameter("area", uuid.UUID, description="This area and all below it"),
        *_DAYS,
    )

    @extend_schema(
        operation_id="shift_figures",
        responses=shapes.ShiftFigures,
        tags=["shifts"],
        extensions={"x-problems": ["too_many_shifts"]},
    )
    def get(self, request: Request) -> Response:
        """How many shifts there were, how many people were to come, and how many came."""
        asked = request.GET
        by = asked.get("by", ShiftFiguresBy.AREA.value)
        if by not in ShiftFiguresBy.values:
            raise Problem("parameter_invalid", params={"parameter": "by", "choices": ", ".join(ShiftFiguresBy.values)})
        area = as_uuid("area", asked["area"]) if "area" in asked else None
        days = {name: as_day(name, asked.get(name)) for name in ("since", "until")}
        return Response(figures(actor=self.actor, by=by, area_id=area, **days))


class AbsencesView(ApiView):
    """`GET /v1/absences`."""

    transaction = "look"
    parameters = (
        *_DAYS,
        OpenApiParameter("area", uuid.UUID, description="This area and all below it"),
        OpenApiParameter("team", uuid.UUID, description="Only with this `team_id`"),
        OpenApiParameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Items a page"
        ),
        OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
    )

    @extend_schema(
        operation_id="absences_list",
        responses=shapes.AbsencePage,
        tags=["shifts"],
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Who didn't come and wasn't replaced, within one's areas."""
        limit, cursor = page_params(request._request)
        area, team = (as_uuid(name, request.GET[name]) if name in request.GET else None for name in ("area", "team"))
        until = as_day("until", request.GET.get("until")) or local_day(now())
        since = as_day("since", request.GET.get("since")) or dt.date.fromordinal(max(until.toordinal() - 30, 2))
        page = absences_page(actor=self.actor, days=(since, until), area=area, team=team, limit=limit, cursor=cursor)
        return HttpResponse(page, content_type=JSON)
