"""The routes of accounts alone, so that these tests stand whatever else the house serves."""

from django.urls import include, path

handler400 = "api.problems.handler.handler400"
handler404 = "api.problems.handler.handler404"
handler500 = "api.problems.handler.handler500"

urlpatterns = [path("v1/", include("accounts.urls"))]
