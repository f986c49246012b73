"""The routes of alerts beside those that every record type has."""

from django.urls import path

from activities.observations.alerts.views import AlertAcknowledgeView, AlertCancelView, AlertCloseView

urlpatterns = [
    path("v1/alerts/<uuid:id>/acknowledge", AlertAcknowledgeView.as_view()),
    path("v1/alerts/<uuid:id>/cancel", AlertCancelView.as_view()),
    path("v1/alerts/<uuid:id>/close", AlertCloseView.as_view()),
]
