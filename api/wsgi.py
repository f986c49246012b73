"""The WSGI entry that the server process loads."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    """A request whose query is UTF-8, whatever charset its Content-Type claims for the body.

    Django decodes the query in that charset as it makes the request, before any middleware, and `charset=hex` ends it
    with a bare 500.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Application(WSGIHandler):
    request_class = Request


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
django.setup(set_prefix=False)
application = Application()
