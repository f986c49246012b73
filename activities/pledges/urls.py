"""The routes of households and pledges beside those that every record type has."""

from django.urls import include, path

from activities.pledges.households.views import HouseholdDoublesView, HouseholdIdNumberView, HouseholdMergeView

urlpatterns = [
    path("", include("activities.pledges.pledges.urls")),
    path("v1/households/doubles", HouseholdDoublesView.as_view()),
    path("v1/households/<uuid:id>/merge", HouseholdMergeView.as_view()),
    path("v1/households/<uuid:id>/id_number", HouseholdIdNumberView.as_view()),
]
