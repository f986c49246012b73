"""The routes of shifts beside those that every record type has."""

from django.urls import path

from activities.shifts.views import AbsencesView, RosterSheetView, RosterView, ShiftFiguresView, SwapView

urlpatterns = [
    path("v1/shifts/<uuid:id>/swap", SwapView.as_view()),
    path("v1/shifts/figures", ShiftFiguresView.as_view()),
    path("v1/absences", AbsencesView.as_view()),
    path("v1/teams/<uuid:id>/roster", RosterView.as_view()),
    path("v1/teams/<uuid:id>/roster.pdf", RosterSheetView.as_view()),
]
