"""What a browser keeps: which session it is in, since when it is idle, which browser it is, and its language.

The session is a row as a phone's is; the cookie names it, sealed, with the moment it was last seen.
"""

import time
import uuid
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from api.ids import uuid7
from api.keyed import decrypted, encrypted, from_base64url, seal, to_base64url, unseal
from api.negotiation import LANGUAGES, language_of
from api.problems import Problem

PATH = "/admin"
VISIT, BROWSER, LANGUAGE = "anthon_visit", "anthon_browser", "anthon_language"
DOORSTEP = "anthon_doorstep"
PRINT = "anthon_print"
DOORSTEP_S = 5 * 60
PRINT_S = 24 * 3600
IDLE_S = 30 * 60
_TOUCH_S = 60
_YEAR_S = 365 * 24 * 3600
_ID = 16


@dataclass(frozen=True)
class Visit:
    """The session that a browser is in, and when it last asked for a page."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    seen: int

    @property
    def idle(self) -> bool:
        return time.time() - self.seen > IDLE_S


def visit_of(request: HttpRequest) -> Visit | None:
    """The visit that the cookie names; None without one, or for one that isn't ours."""
    raw = _unsealed(VISIT, request)
    if raw is None or len(raw) != 2 * _ID + 8:
        return None
    return Visit(uuid.UUID(bytes=raw[:_ID]), uuid.UUID(bytes=raw[_ID : 2 * _ID]), int.from_bytes(raw[2 * _ID :]))


def begin_visit(response: HttpResponse, session_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """From now on the browser is in this session, until it is idle for too long or closed."""
    raw = session_id.bytes + user_id.bytes + int(time.time()).to_bytes(8)
    _set(response, VISIT, seal(VISIT, b"", raw))


def go_on(response: HttpResponse, visit: Visit) -> None:
    """Somebody is there: the time to be idle begins anew."""
    if time.time() - visit.seen > _TOUCH_S:
        begin_visit(response, visit.session_id, visit.user_id)


def end_visit(response: HttpResponse) -> None:
    response.delete_cookie(VISIT, path=PATH, samesite="Lax")


def browser_of(request: HttpRequest) -> uuid.UUID:
    """The device that a session is on is the browser; one that has no name yet gets one."""
    raw = _unsealed(BROWSER, request)
    return uuid.UUID(bytes=raw) if raw is not None and len(raw) == _ID else uuid7()


def keep_browser(response: HttpResponse, browser: uuid.UUID) -> None:
    _set(response, BROWSER, seal(BROWSER, b"", browser.bytes), max_age=_YEAR_S)


def wait_at_the_door(response: HttpResponse, browser: uuid.UUID, phone: str, password: str) -> None:
    """What was said already, while the one-time code is looked for: encrypted, for this browser and five minutes."""
    said = orjson.dumps([int(time.time()), phone, password])
    text = to_base64url(encrypted(DOORSTEP, browser.bytes, said))
    _set(response, DOORSTEP, text, max_age=DOORSTEP_S)


def said_at_the_door(request: HttpRequest) -> tuple[str, str] | None:
    """Phone and password of a moment ago; None if nobody waits."""
    try:
        sealed = from_base64url(request.COOKIES[DOORSTEP])
        at, phone, password = orjson.loads(decrypted(DOORSTEP, browser_of(request).bytes, sealed))
    except (KeyError, ValueError):
        return None
    return (phone, password) if time.time() - at < DOORSTEP_S else None


def leave_the_door(response: HttpResponse) -> None:
    response.delete_cookie(DOORSTEP, path=PATH, samesite="Lax")


def keep_print(response: HttpResponse, print_id: uuid.UUID, key: str) -> None:
    """What opens a print is told once; the browser that asked for it keeps it, sealed, as long as the print is kept."""
    _set(response, PRINT, seal(PRINT, b"", print_id.bytes + key.encode()), max_age=PRINT_S)


def key_of_print(request: HttpRequest, print_id: uuid.UUID) -> str:
    """What opens this print; empty in another browser, or once another was asked for."""
    raw = _unsealed(PRINT, request)
    return raw[_ID:].decode() if raw is not None and raw[:_ID] == print_id.bytes else ""


def language_asked(request: HttpRequest) -> str | None:
    """The language that was chosen in this browser, if one was."""
    chosen = request.COOKIES.get(LANGUAGE)
    return chosen if chosen in LANGUAGES else None


def language_of_stranger(request: HttpRequest) -> str:
    return language_asked(request) or language_of(request.META.get("HTTP_ACCEPT_LANGUAGE"))


def keep_language(response: HttpResponse, language: str) -> None:
    _set(response, LANGUAGE, language, max_age=_YEAR_S)


def stay_here(response: HttpResponse) -> None:
    """No cookie of the site goes with requests elsewhere; Django's own for messages would."""
    for morsel in response.cookies.values():
        morsel["path"] = PATH


def _unsealed(name: str, request: HttpRequest) -> bytes | None:
    try:
        return unseal(name, b"", request.COOKIES[name])
    except (KeyError, Problem):
        return None


def _set(response: HttpResponse, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path=PATH, secure=settings.PRODUCTION, httponly=True, samesite="Lax"
    )
