"""The routes of accounts and sessions, under `/v1/`."""

from django.urls import path

from accounts.views import requests
from accounts.views.areas import AreaMergeView, AreaMoveView, AreaRegradeView, AreaRenameView, AreaSplitView
from accounts.views.audit import AuditEventsView
from accounts.views.deliveries import DeliveriesView, UserSessionsView, UserSessionView
from accounts.views.exports import ExportContentView, ExportsView, ExportView
from accounts.views.grants import GrantConfirmView, GrantEndView, GrantsView, OneGrantView
from accounts.views.import_sheets import (
    ImportFaultsCsvView,
    ImportFaultsView,
    ImportFileView,
    ImportTemplateCsvView,
    ImportTemplateView,
)
from accounts.views.imports import (
    ImportApplyView,
    ImportCheckAgainView,
    ImportItemView,
    ImportRowsView,
    ImportsView,
    ImportThingsView,
    ImportUndoView,
)
from accounts.views.many_users import DeactivateUsersView, MoveUsersView
from accounts.views.me import MeView
from accounts.views.push import PushTokenView
from accounts.views.retention import RetentionView
from accounts.views.second_factor import (
    RecoveryCodesView,
    SecondFactorResetView,
    TotpConfirmView,
    TotpRemoveView,
    TotpView,
)
from accounts.views.security_events import SecurityEventsView
from accounts.views.sessions import LogoutView, PasswordView, SessionsView, SessionView
from accounts.views.sheets import (
    AreaSheetsView,
    SheetPrintFetchView,
    SheetPrintView,
    TeamSheetView,
    UserSheetView,
)
from accounts.views.teams import ChangeRoleView, MembershipEndView, TeamCloseView
from accounts.views.tokens import ActivateView, RefreshView, TokenView
from accounts.views.users import (
    DeactivateView,
    IssueCodeView,
    MoveUserView,
    OneUserView,
    ReactivateView,
    UsersView,
)
from accounts.views.webhooks import WebhooksView, WebhookView

urlpatterns = [
    path("imports", ImportsView.as_view()),
    path("imports/<uuid:id>", ImportItemView.as_view()),
    path("imports/<uuid:id>/rows", ImportRowsView.as_view()),
    path("imports/<uuid:id>/things", ImportThingsView.as_view()),
    path("imports/<uuid:id>/check_again", ImportCheckAgainView.as_view()),
    path("imports/<uuid:id>/apply", ImportApplyView.as_view()),
    path("imports/<uuid:id>/deactivate", ImportUndoView.as_view()),
    path("imports/<uuid:id>/file", ImportFileView.as_view()),
    path("imports/<uuid:id>/faults.xlsx", ImportFaultsView.as_view()),
    path("imports/<uuid:id>/faults.csv", ImportFaultsCsvView.as_view()),
    path("imports/templates/<str:kind>.xlsx", ImportTemplateView.as_view()),
    path("imports/templates/<str:kind>.csv", ImportTemplateCsvView.as_view()),
    path("auth/token", TokenView.as_view()),
    path("auth/refresh", RefreshView.as_view()),
    path("auth/activate", ActivateView.as_view()),
    path("auth/logout", LogoutView.as_view()),
    path("auth/password", PasswordView.as_view()),
    path("auth/sessions", SessionsView.as_view()),
    path("auth/sessions/<uuid:session_id>", SessionView.as_view()),
    path("auth/push_token", PushTokenView.as_view()),
    path("auth/totp", TotpView.as_view()),
    path("auth/totp/confirm", TotpConfirmView.as_view()),
    path("auth/totp/recovery_codes", RecoveryCodesView.as_view()),
    path("auth/totp/remove", TotpRemoveView.as_view()),
    path("auth/security_events", SecurityEventsView.as_view()),
    path("users/<uuid:id>/reset_second_factor", SecondFactorResetView.as_view()),
    path("retention", RetentionView.as_view()),
    *requests.urlpatterns,
    path("exports", ExportsView.as_view()),
    path("exports/<uuid:id>", ExportView.as_view()),
    path("exports/<uuid:id>/content", ExportContentView.as_view()),
    path("audit_events", AuditEventsView.as_view()),
    path("grants", GrantsView.as_view()),
    path("grants/<uuid:id>", OneGrantView.as_view()),
    path("grants/<uuid:id>/confirm", GrantConfirmView.as_view()),
    path("grants/<uuid:id>/end", GrantEndView.as_view()),
    path("me", MeView.as_view()),
    path("memberships/<uuid:id>/end", MembershipEndView.as_view()),
    path("memberships/<uuid:id>/change_role", ChangeRoleView.as_view()),
    path("teams/<uuid:id>/close", TeamCloseView.as_view()),
    path("teams/<uuid:id>/sheet", TeamSheetView.as_view()),
    path("users/<uuid:id>/sheet", UserSheetView.as_view()),
    path("areas/<uuid:id>/sheets", AreaSheetsView.as_view()),
    path("areas/merge", AreaMergeView.as_view()),
    path("areas/<uuid:id>/rename", AreaRenameView.as_view()),
    path("areas/<uuid:id>/regrade", AreaRegradeView.as_view()),
    path("areas/<uuid:id>/move", AreaMoveView.as_view()),
    path("areas/<uuid:id>/split", AreaSplitView.as_view()),
    path("sheet_prints/<uuid:id>", SheetPrintView.as_view()),
    path("sheet_prints/<uuid:id>/fetch", SheetPrintFetchView.as_view()),
    path("users", UsersView.as_view()),
    path("users/move", MoveUsersView.as_view()),
    path("users/deactivate", DeactivateUsersView.as_view()),
    path("users/<uuid:id>", OneUserView.as_view()),
    path("users/<uuid:id>/issue_code", IssueCodeView.as_view()),
    path("users/<uuid:id>/deactivate", DeactivateView.as_view()),
    path("users/<uuid:id>/reactivate", ReactivateView.as_view()),
    path("users/<uuid:id>/move", MoveUserView.as_view()),
    path("users/<uuid:id>/deliveries", DeliveriesView.as_view()),
    path("webhooks", WebhooksView.as_view()),
    path("webhooks/<uuid:id>", WebhookView.as_view()),
    path("sessions", UserSessionsView.as_view()),
    path("sessions/<uuid:id>", UserSessionView.as_view()),
]
