"""The routes of the admin site."""

from django.urls import include, path

from accounts.models import Breach, DataRequest, Grant, Import, Session, Team, User
from accounts.site import (
    area_commands,
    area_reforms,
    breaches,
    bulk,
    data_request_commands,
    grant_commands,
    import_commands,
    person_commands,
    place_commands,
    printing,
    team_commands,
)
from accounts.site.area_page import AreaPage
from accounts.site.areas import AreasPage
from accounts.site.data_requests import DataRequestPage
from accounts.site.files import StaticFile
from accounts.site.import_page import ImportPage
from accounts.site.import_upload import UploadPage
from accounts.site.lists import ListPage
from accounts.site.page import NotFoundPage, RootPage
from accounts.site.person import PersonPage
from accounts.site.second_factor import SecondFactorPage
from accounts.site.sign_in import ActivatePage, LanguagePage, SignInPage, SignOutPage
from accounts.site.start import StartPage
from accounts.site.teams import TeamPage
from accounts.site.trail import TrailPage

app_name = "admin"

_door = [
    path("static/<path:name>", StaticFile.as_view(), name="static"),
    path("login/", SignInPage.as_view(), name="login"),
    path("activate/", ActivatePage.as_view(), name="activate"),
    path("logout/", SignOutPage.as_view(), name="logout"),
    path("second_factor/", SecondFactorPage.as_view(), name="second_factor"),
    path("language/", LanguagePage.as_view(), name="language"),
]
_people = [
    path("people/", ListPage.as_view(model=User), name="people"),
    path("people/new/", place_commands.Enrol.as_view(), name="enrol"),
    path("people/move/", bulk.MovePeople.as_view(), name="people_move"),
    path("people/deactivate/", bulk.DeactivatePeople.as_view(), name="people_deactivate"),
    path("people/<uuid:user_id>/", PersonPage.as_view(), name="person"),
    path("people/<uuid:user_id>/sheet/", printing.PrintPerson.as_view(), name="person_sheet"),
    path("people/<uuid:user_id>/code/", person_commands.IssueCode.as_view(), name="person_code"),
    path("people/<uuid:user_id>/lost_phone/", person_commands.LostPhone.as_view(), name="person_lost_phone"),
    path("people/<uuid:user_id>/edit/", person_commands.Edit.as_view(), name="person_edit"),
    path("people/<uuid:user_id>/deactivate/", person_commands.Deactivate.as_view(), name="person_deactivate"),
    path("people/<uuid:user_id>/reactivate/", person_commands.Reactivate.as_view(), name="person_reactivate"),
    path(
        "people/<uuid:user_id>/second_factor/", person_commands.ResetSecondFactor.as_view(), name="person_second_factor"
    ),
    path("people/<uuid:user_id>/move/", place_commands.Move.as_view(), name="person_move"),
    path("people/<uuid:user_id>/grant/", grant_commands.GiveGrant.as_view(), name="person_grant"),
    path("memberships/<uuid:membership_id>/end/", place_commands.EndMembership.as_view(), name="membership_end"),
    path("memberships/<uuid:membership_id>/role/", place_commands.ChangeRole.as_view(), name="membership_role"),
    path("grants/", ListPage.as_view(model=Grant), name="grants"),
    path("grants/<uuid:grant_id>/end/", grant_commands.EndGrant.as_view(), name="grant_end"),
    path("grants/<uuid:grant_id>/confirm/", grant_commands.ConfirmGrant.as_view(), name="grant_confirm"),
    path("sessions/", ListPage.as_view(model=Session), name="sessions"),
    path("sessions/<uuid:session_id>/end/", person_commands.EndSession.as_view(), name="session_end"),
]
_places = [
    path("areas/", AreasPage.as_view(), name="areas"),
    path("areas/<uuid:area_id>/", AreaPage.as_view(), name="area"),
    path("areas/<uuid:parent_id>/new/", area_commands.MakeArea.as_view(), name="area_new"),
    path("areas/<uuid:parent_id>/merge/", area_reforms.MergeAreas.as_view(), name="area_merge"),
    path("areas/<uuid:area_id>/edit/", area_commands.EditArea.as_view(), name="area_edit"),
    path("areas/<uuid:area_id>/households/", area_commands.CountHouseholds.as_view(), name="area_households"),
    path("areas/<uuid:area_id>/move/", area_commands.MoveArea.as_view(), name="area_move"),
    path("areas/<uuid:area_id>/split/", area_reforms.SplitArea.as_view(), name="area_split"),
    path("areas/<uuid:area_id>/sheets/", printing.PrintArea.as_view(), name="area_sheets"),
    path("prints/<uuid:print_id>/", printing.PrintedArea.as_view(), name="print"),
    path("teams/", ListPage.as_view(model=Team), name="teams"),
    path("teams/new/", team_commands.FoundTeam.as_view(), name="team_new"),
    path("teams/<uuid:team_id>/", TeamPage.as_view(), name="team"),
    path("teams/<uuid:team_id>/sheet/", printing.PrintTeam.as_view(), name="team_sheet"),
    path("teams/<uuid:team_id>/edit/", team_commands.EditTeam.as_view(), name="team_edit"),
    path("teams/<uuid:team_id>/close/", team_commands.CloseTeam.as_view(), name="team_close"),
]
_imports = [
    path("imports/", ListPage.as_view(model=Import, for_importers=True), name="imports"),
    path("imports/new/", UploadPage.as_view(), name="import_new"),
    path("imports/template.xlsx", import_commands.TemplateFile.as_view(), name="import_template"),
    path("imports/<uuid:import_id>/", ImportPage.as_view(), name="import"),
    path("imports/<uuid:import_id>/faults/", import_commands.FaultsFile.as_view(), name="import_faults"),
    path("imports/<uuid:import_id>/correct/", UploadPage.as_view(), name="import_correct"),
    path("imports/<uuid:import_id>/again/", import_commands.CheckAgain.as_view(), name="import_check_again"),
    path("imports/<uuid:import_id>/apply/", import_commands.ApplyImport.as_view(), name="import_apply"),
    path("imports/<uuid:import_id>/undo/", import_commands.UndoImport.as_view(), name="import_undo"),
]
_personal_data = [
    path("data_requests/", ListPage.as_view(model=DataRequest), name="data_requests"),
    path("data_requests/new/", data_request_commands.EnterRequest.as_view(), name="data_request_new"),
    path("data_requests/<uuid:request_id>/", DataRequestPage.as_view(), name="data_request"),
    path("data_requests/<uuid:request_id>/answer/", data_request_commands.Answer.as_view(), name="data_request_answer"),
    path("data_requests/<uuid:request_id>/extend/", data_request_commands.Extend.as_view(), name="data_request_extend"),
    path(
        "data_requests/<uuid:request_id>/complete/",
        data_request_commands.Complete.as_view(),
        name="data_request_complete",
    ),
    path("data_requests/<uuid:request_id>/refuse/", data_request_commands.Refuse.as_view(), name="data_request_refuse"),
    path("breaches/", ListPage.as_view(model=Breach), name="breaches"),
    path("breaches/new/", breaches.EnterBreach.as_view(), name="breach_new"),
    path("breaches/<uuid:breach_id>/", breaches.BreachPage.as_view(), name="breach"),
    path("breaches/<uuid:breach_id>/report/", breaches.Report.as_view(), name="breach_report"),
    path("breaches/<uuid:breach_id>/close/", breaches.Close.as_view(), name="breach_close"),
]
_pages = [
    *_door,
    *_people,
    *_places,
    *_imports,
    *_personal_data,
    path("audit/", TrailPage.as_view(), name="trail"),
    path("", StartPage.as_view(), name="index"),
    path("<path:rest>", NotFoundPage.as_view(), name="nothing"),
]
urlpatterns = [path("", RootPage.as_view(), name="root"), path("/", include(_pages))]
