"""All routes, in one place."""

from django.urls import URLPattern, URLResolver, include, path

from api.resources import record_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("api.sync.urls")),
    path("v1/", include("accounts.urls")),
    path("", include("media.urls")),
    path("", include("activities.patrols.urls")),
    *record_urls(),
]
