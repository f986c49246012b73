"""The routes of the admin site."""

from django.urls import include, path

from accounts.site.files import StaticFile
from accounts.site.page import NotFoundPage, RootPage
from accounts.site.sign_in import ActivatePage, LanguagePage, SignInPage, SignOutPage
from accounts.site.start import StartPage

app_name = "admin"

_pages = [
    path("static/<path:name>", StaticFile.as_view(), name="static"),
    path("login/", SignInPage.as_view(), name="login"),
    path("activate/", ActivatePage.as_view(), name="activate"),
    path("logout/", SignOutPage.as_view(), name="logout"),
    path("language/", LanguagePage.as_view(), name="language"),
    path("", StartPage.as_view(), name="index"),
    path("<path:rest>", NotFoundPage.as_view(), name="nothing"),
]
urlpatterns = [path("", RootPage.as_view(), name="root"), path("/", include(_pages))]
