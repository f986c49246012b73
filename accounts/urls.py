"""The routes of accounts and sessions, under `/v1/`."""

from django.urls import path

from accounts.views.audit import AuditEventsView
from accounts.views.me import MeView
from accounts.views.sessions import LogoutView, PasswordView, SessionsView, SessionView
from accounts.views.tokens import ActivateView, RefreshView, TokenView

urlpatterns = [
    path("auth/token", TokenView.as_view()),
    path("auth/refresh", RefreshView.as_view()),
    path("auth/activate", ActivateView.as_view()),
    path("auth/logout", LogoutView.as_view()),
    path("auth/password", PasswordView.as_view()),
    path("auth/sessions", SessionsView.as_view()),
    path("auth/sessions/<uuid:session_id>", SessionView.as_view()),
    path("audit_events", AuditEventsView.as_view()),
    path("me", MeView.as_view()),
]
