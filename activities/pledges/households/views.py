"""The routes of households beside those that every record type has."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.pages import AREA, OF_PAGE
from activities.pledges.households import shapes
from activities.pledges.households.doubles import doubles_page
from activities.pledges.households.id_numbers import read_id_number, remove_id_number, set_id_number
from activities.pledges.households.merging import merge_households
from activities.pledges.households.registration import HOUSEHOLD
from activities.pledges.households.serializers import Household
from api.etags import etag_of
from api.listing import as_uuid
from api.pagination import page_params
from api.records import Seen
from api.rendering import json_response
from api.shapes import decode
from api.views import ApiView

_OUT_OF_REACH = ["forbidden", "gone"]


class HouseholdMergeView(ApiView):
    """`POST /v1/households/{id}/merge`."""

    transaction = "write"

    @extend_schema(
        operation_id="household_merge",
        tags=["households"],
        request=shapes.HouseholdMergeInput,
        responses=Household,
        extensions={"x-problems": [*_OUT_OF_REACH, "conflict", "merged_elsewhere"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """The other household becomes this one."""
        body = decode(shapes.HouseholdMergeInput, request.data)
        other_id = uuid.UUID(body["other_id"])
        household = merge_households(actor=self.actor, household_id=id, other_id=other_id, take=body["take"])
        return json_response(household, headers={"ETag": etag_of(household["version"])})


class HouseholdDoublesView(ApiView):
    """`GET /v1/households/doubles`."""

    transaction = "look"
    seen: Seen | None = None
    parameters = (
        *OF_PAGE,
        AREA,
    )

    @extend_schema(
        operation_id="household_doubles",
        tags=["households"],
        responses=shapes.HouseholdDoubles,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Pairs that look like one household."""
        limit, cursor = page_params(request._request)
        area_id = as_uuid("area", request.GET["area"]) if "area" in request.GET else None
        page, shown = doubles_page(actor=self.actor, area_id=area_id, limit=limit, cursor=cursor)
        self.seen = Seen("doubles", shown, area_id)
        return json_response(page)

    def finish(self) -> None:
        if self.seen and HOUSEHOLD.seen:
            HOUSEHOLD.seen(self.actor, self.seen)


class HouseholdIdNumberView(ApiView):
    """`/v1/households/{id}/id_number`. Looks are written to the trail, so reading writes too."""

    transaction = "write"
    keeps_answers = False

    @extend_schema(
        operation_id="household_id_number",
        tags=["households"],
        responses=shapes.HouseholdIdNumber,
        extensions={"x-problems": _OUT_OF_REACH},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Its last four digits."""
        return json_response(read_id_number(actor=self.actor, household_id=id))

    @extend_schema(
        operation_id="household_set_id_number",
        tags=["households"],
        request=shapes.HouseholdIdNumberInput,
        responses=shapes.HouseholdIdNumber,
        extensions={"x-problems": [*_OUT_OF_REACH, "too_many_id_numbers"]},
    )
    def put(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Keep the number."""
        number = decode(shapes.HouseholdIdNumberInput, request.data)["number"]
        return json_response(set_id_number(actor=self.actor, household_id=id, number=number))

    @extend_schema(
        operation_id="household_remove_id_number",
        tags=["households"],
        responses={204: None},
        extensions={"x-problems": _OUT_OF_REACH},
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Forget the number."""
        remove_id_number(actor=self.actor, household_id=id)
        return HttpResponse(status=204)
