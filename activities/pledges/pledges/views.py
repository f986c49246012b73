"""The routes of pledges beside those that every record type has."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from activities.pledges.households.registration import HOUSEHOLD
from activities.pledges.pledges import serializers as shapes
from activities.pledges.pledges.coverage import CoverageBy, coverage
from activities.pledges.pledges.expiring import expiring
from activities.pledges.pledges.freezing import freeze
from activities.pledges.pledges.page import verified_page
from activities.pledges.pledges.printing import blank_forms, signed_sheet
from activities.pledges.pledges.registration import PLEDGE
from activities.pledges.pledges.services import withdraw
from activities.pledges.pledges.verifying import examine, verify
from api.docs import language_asked
from api.etags import etag_of
from api.listing import as_day, as_uuid
from api.negotiation import LANGUAGES
from api.pagination import page_params
from api.problems import Problem
from api.records import Seen
from api.rendering import JSON, json_response
from api.resource_schema import page_of
from api.shapes import decode
from api.views import ApiView

PDF = "application/pdf"
_AREA = OpenApiParameter("area", uuid.UUID, required=True, description="This area and all below it")
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)


class ShowingView(ApiView):
    """What the views that show pledges share: the access log is told which."""

    shown: Seen | None = None

    def finish(self) -> None:
        if self.shown and PLEDGE.seen:
            PLEDGE.seen(self.actor, self.shown)


class PledgeWithdrawView(ApiView):
    """Take a pledge back."""

    transaction = "write"

    @extend_schema(
        operation_id="pledge_withdraw",
        request=shapes.PledgeWithdrawInput,
        responses=shapes.Pledge,
        tags=["pledges"],
        extensions={"x-problems": ["forbidden", "gone", "pledge_not_signed", "pledge_withdrawn"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        given = decode(shapes.PledgeWithdrawInput, request.data or {})
        pledge = withdraw(actor=self.actor, pledge_id=id, **given)
        return Response(pledge, headers={"ETag": etag_of(pledge["version"])})


class PledgeVerifyView(ApiView):
    """Whether a pledge is as it was signed: for anyone who holds the sheet, whose square code leads here."""

    public = True
    transaction = "look"
    parameters = (
        OpenApiParameter("hash", str, description="The hash on the sheet, to be held against the stored one"),
        OpenApiParameter("lang", str, enum=LANGUAGES, description="The language of the page that browsers get"),
    )
    media_types = frozenset({JSON, "text/html"})

    @extend_schema(
        operation_id="pledge_verify",
        responses={
            (200, JSON): shapes.PledgeVerification,
            (200, "text/html"): OpenApiResponse(OpenApiTypes.STR, description="The same as a page, for browsers"),
        },
        tags=["pledges"],
        extensions={"x-problems": ["not_found"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        printed = request.GET.get("hash")
        if printed is not None and not _HASH.fullmatch(printed):
            raise Problem("parameter_invalid", params={"parameter": "hash"})
        language = language_asked(request)
        found = verify(pledge_id=id, printed_hash=printed)
        if "text/html" in request.META.get("HTTP_ACCEPT", ""):
            return verified_page(found, language)
        return json_response(found, headers={"Cache-Control": "no-store", "Vary": "Accept"})

    @extend_schema(
        operation_id="pledge_verify_post",
        request=shapes.PledgeVerifyInput,
        responses=shapes.PledgeVerification,
        tags=["pledges"],
        extensions={"x-problems": ["not_found"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        given = decode(shapes.PledgeVerifyInput, request.data or {})
        return json_response(verify(pledge_id=id, printed_hash=given["content_hash"]))


class PledgeAgreementView(ShowingView):
    """The exact text that was agreed to, and which parts of the stored pledge differ from it, if any do."""

    transaction = "look"

    @extend_schema(
        operation_id="pledge_agreement",
        responses=shapes.PledgeAgreement,
        tags=["pledges"],
        extensions={"x-problems": ["forbidden", "gone", "not_found", "pledge_not_signed"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        found = examine(actor=self.actor, pledge_id=id)
        self.shown = Seen("agreement", [id])
        return json_response(found)


class CampaignFreezeView(ApiView):
    """Write down who is resident at an end of a campaign's period; once written it stands."""

    transaction = "write"

    @extend_schema(
        operation_id="campaign_freeze",
        request=shapes.CampaignFreezeInput,
        responses=shapes.CampaignFrozen,
        tags=["campaigns"],
        extensions={"x-problems": ["campaign_not_there_yet", "forbidden", "gone", "not_found"]},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        given = decode(shapes.CampaignFreezeInput, request.data)
        return json_response(freeze(actor=self.actor, campaign_id=id, moment=given["moment"]))


class CoverageView(ApiView):
    """The resident households with a valid signed pledge, at the end of any local day."""

    transaction = "look"
    parameters = (
        _AREA,
        OpenApiParameter(
            "as_of", dt.date, description="At the end of this day; today, or a campaign's last day, without"
        ),
        OpenApiParameter("by", str, enum=CoverageBy.values, description="A share for each of these; `hamlet` without"),
        OpenApiParameter("template", uuid.UUID, description="Pledges under this edition alone"),
        OpenApiParameter("campaign", uuid.UUID, description="Pledges under the templates of this campaign alone"),
    )

    @extend_schema(
        operation_id="pledges_coverage",
        responses=shapes.Coverage,
        tags=["pledges"],
        extensions={"x-problems": ["forbidden", "gone", "not_found"]},
    )
    def get(self, request: Request) -> HttpResponse:
        query = request.GET.dict()
        by = query.get("by", CoverageBy.HAMLET.value)
        if by not in CoverageBy.values:
            raise Problem("parameter_invalid", params={"parameter": "by", "choices": ", ".join(CoverageBy.values)})
        answer = coverage(
            actor=self.actor,
            area_id=_area(query),
            as_of=as_day("as_of", query.get("as_of")),
            by=by,
            template_id=as_uuid("template", query["template"]) if "template" in query else None,
            campaign_id=as_uuid("campaign", query["campaign"]) if "campaign" in query else None,
        )
        return json_response(answer)


class PledgesExpiringView(ShowingView):
    """Signed pledges that run out soon and that nobody renewed, the soonest first."""

    transaction = "look"
    parameters = (
        _AREA,
        OpenApiParameter("until", dt.date, description="Those that run out up to this day; 30 days ahead without"),
        OpenApiParameter("limit", int, description="How many at most, 1 to 200; 50 without"),
        OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
    )

    @extend_schema(
        operation_id="pledges_expiring",
        responses=page_of(shapes.Pledge),
        tags=["pledges"],
        extensions={"x-problems": ["cursor_invalid", "forbidden", "not_found"]},
    )
    def get(self, request: Request) -> HttpResponse:
        query = request.GET.dict()
        limit, _ = page_params(request._request)
        area_id, until = _area(query), as_day("until", query.get("until"))
        page = expiring(actor=self.actor, area_id=area_id, until=until, limit=limit, cursor=query.get("cursor"))
        self.shown = Seen("expiring", [uuid.UUID(each["id"]) for each in page["items"]], area_id)
        return json_response(page)


class PressedView(ShowingView):
    """What the views that answer with a PDF share: nothing is held while the press works."""

    media_types = frozenset({PDF, JSON})

    @staticmethod
    def pdf(content: bytes, name: str) -> HttpResponse:
        headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=PDF, headers=headers)


class PledgeSheetView(PressedView):
    """A signed pledge on A4, with its signature as lines and a square code that leads to its verification."""

    @extend_schema(
        operation_id="pledge_sheet",
        responses={(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="The signed sheet, A4")},
        tags=["pledges"],
        extensions={
            "x-problems": ["forbidden", "gone", "not_found", "pledge_not_signed", "template_unknown", "unavailable"]
        },
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        server = request._request.build_absolute_uri("/").rstrip("/")
        pdf = signed_sheet(actor=self.actor, pledge_id=id, server=server)
        self.shown = Seen("sheet", [id])
        return self.pdf(pdf, "cam-ket-da-ky")


class TemplateFormsView(PressedView):
    """Forms to sign on paper: a blank one, or one for each resident household of a hamlet, filled in beforehand."""

    parameters = (OpenApiParameter("area", uuid.UUID, description="The hamlet; without it, one form with empty lines"),)

    @extend_schema(
        operation_id="pledge_template_forms",
        responses={(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="The forms, a page each, A4")},
        tags=["pledge_templates"],
        extensions={"x-problems": ["forbidden", "gone", "no_households", "not_found", "unavailable"]},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        query = request.GET.dict()
        area_id = as_uuid("area", query["area"]) if "area" in query else None
        pdf, households = blank_forms(actor=self.actor, template_id=id, area_id=area_id)
        if households and HOUSEHOLD.seen:
            HOUSEHOLD.seen(self.actor, Seen("forms", households, area_id))
        return self.pdf(pdf, "mau-cam-ket")


def _area(query: dict[str, str]) -> uuid.UUID:
    """The area that must be named. Raises Problem `parameter_invalid`."""
    return as_uuid("area", query.get("area", ""))
