"""The routes of patrols beside those that every record type has."""

from django.urls import path

from activities.patrols.routes.views import (
    AreaCheckpointSheetView,
    CheckpointCodeView,
    CheckpointRenewView,
    CheckpointSheetView,
    PatrolCheckpointsView,
    RouteFiguresView,
    RouteSheetView,
)
from activities.patrols.views import PatrolCloseView, PatrolTrackView

urlpatterns = [
    path("v1/patrols/<uuid:id>/close", PatrolCloseView.as_view()),
    path("v1/patrols/<uuid:id>/track", PatrolTrackView.as_view()),
    path("v1/patrols/<uuid:id>/checkpoints", PatrolCheckpointsView.as_view()),
    path("v1/routes/figures", RouteFiguresView.as_view()),
    path("v1/routes/<uuid:id>/sheet", RouteSheetView.as_view()),
    path("v1/checkpoints/<uuid:id>/sheet", CheckpointSheetView.as_view()),
    path("v1/checkpoints/<uuid:id>/code", CheckpointCodeView.as_view()),
    path("v1/checkpoints/<uuid:id>/renew", CheckpointRenewView.as_view()),
    path("v1/areas/<uuid:id>/checkpoint_sheet", AreaCheckpointSheetView.as_view()),
]
