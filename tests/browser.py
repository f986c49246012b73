"""A browser on the admin site: Django's client with the cookies that signing in leaves behind."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client

from accounts.site import cookies
from api.keyed import seal
from tests.cast import Person


def browser(person: Person | None, *, seen: float | None = None, language: str | None = None, **kwargs: Any) -> Client:
    """A browser signed in as someone, last seen just now unless told otherwise; nobody's for None."""
    client = Client(raise_request_exception=False, **kwargs)
    if person is not None:
        raw = person.session_id.bytes + person.user_id.bytes + int(seen or time.time()).to_bytes(8, "big")
        client.cookies[cookies.VISIT] = seal(cookies.VISIT, b"", raw)
    if language:
        client.cookies[cookies.LANGUAGE] = language
    return client
