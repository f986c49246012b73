"""The tests' small API as a server process loads it: the product's front, settings and middleware, other routes."""

from django.conf import settings

from api.front import application

__all__ = ["application"]

settings.ROOT_URLCONF = "tests.api.wire"
