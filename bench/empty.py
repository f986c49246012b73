"""A Django that does nothing: the limit of what any view behind this server can reach. Settings, route, two entries."""

import os

SECRET_KEY = "nothing is signed here"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = __name__
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []
DATABASES: dict[str, object] = {}

if os.environ.get("DJANGO_SETTINGS_MODULE") == __name__:
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    from api import front

    def nothing(request: HttpRequest) -> HttpResponse:
        """An empty answer."""
        return HttpResponse(b"", headers={"Content-Length": "0"})

    urlpatterns = [path("", nothing)]
    application = front.application
    plain = WSGIHandler()
