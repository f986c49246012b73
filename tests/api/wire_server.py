"""The tests' small API as a server process loads it: the product's settings and middleware, other routes."""

from django.conf import settings

from api.wsgi import application

__all__ = ["application"]

settings.ROOT_URLCONF = "tests.api.wire"
