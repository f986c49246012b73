"""The routes of patrols beside those that every record type has."""

from django.urls import path

from activities.patrols.views import PatrolCloseView, PatrolTrackView

urlpatterns = [
    path("v1/patrols/<uuid:id>/close", PatrolCloseView.as_view()),
    path("v1/patrols/<uuid:id>/track", PatrolTrackView.as_view()),
]
