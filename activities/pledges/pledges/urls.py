"""The routes of pledges beside those that every record type has."""

from django.urls import path

from activities.pledges.pledges.views import (
    CampaignFreezeView,
    CoverageView,
    PledgeAgreementView,
    PledgesExpiringView,
    PledgeSheetView,
    PledgeVerifyView,
    PledgeWithdrawView,
    TemplateFormsView,
)

urlpatterns = [
    path("v1/pledges/coverage", CoverageView.as_view()),
    path("v1/pledges/expiring", PledgesExpiringView.as_view()),
    path("v1/pledges/<uuid:id>/agreement", PledgeAgreementView.as_view()),
    path("v1/pledges/<uuid:id>/sheet", PledgeSheetView.as_view()),
    path("v1/pledges/<uuid:id>/verify", PledgeVerifyView.as_view()),
    path("v1/pledges/<uuid:id>/withdraw", PledgeWithdrawView.as_view()),
    path("v1/pledge_templates/<uuid:id>/forms", TemplateFormsView.as_view()),
    path("v1/campaigns/<uuid:id>/freeze", CampaignFreezeView.as_view()),
]
