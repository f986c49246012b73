"""The tests' small API as a server process loads it: the product's settings and middleware, other routes."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = "tests.api.wire"
application = get_wsgi_application()
