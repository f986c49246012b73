"""The admin site's block of the access matrix: its routes, what each role gets, and the forms that it posts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from accounts.site.files import hashed
from tests.browser import browser
from tests.cast import PASSWORD, Person

if TYPE_CHECKING:
    from tests.contract.world import World

_ALL_200, _ALL_302 = " ".join(["200"] * 9), " ".join(["302"] * 9)
# Strangers are led to the sign-in page, all but admins told that these pages aren't for them.
_ADMINS = "302 403 403 403 403 403 200 403 403"
_POSTED = "302 403 403 403 403 403 302 403 403"
TABLE = {
    "GET /admin": _ALL_302,
    "GET /admin/": _ADMINS,
    "GET /admin/login/": _ALL_200,
    "POST /admin/login/": _ALL_302,
    "GET /admin/activate/": _ALL_200,
    "POST /admin/activate/": " ".join(["401"] * 9),
    "POST /admin/logout/": _ALL_302,
    "POST /admin/language/": _ALL_302,
    "GET /admin/static/{name}": _ALL_200,
    "GET /admin/{rest}": "302 403 403 403 403 403 404 403 403",
    "POST /admin/{rest}": "302 403 403 403 403 403 404 403 403",
}


def forms(world: World) -> dict[str, dict[str, Any]]:
    """What each form is filled in with; about Lan or her hamlet where it is about one."""
    return {
        "/admin/login/": {"phone": world.cast.lan.phone, "password": PASSWORD},
        "/admin/activate/": {"code": "0000-0000-0000", "password": PASSWORD},
        "/admin/language/": {"language": "en"},
    }


def address(world: World, path: str, record_id: uuid.UUID | None = None) -> str:
    """A route's path, about Lan and her hamlet or another id."""
    filled = path.replace("{name}", hashed("site/site.css")).replace("{rest}", "nothing/")
    lan = world.cast.lan
    known = {
        "user_id": lan.user_id,
        "session_id": lan.session_id,
        "team_id": lan.team_id,
        "area_id": lan.area_id,
    }
    for name, own in known.items():
        filled = filled.replace(f"{{{name}}}", str(record_id or own))
    return filled


def ask(world: World, route: str, person: Person | None, record_id: uuid.UUID | None = None) -> Any:
    """A request by a browser that would succeed for whoever may."""
    verb, path = route.split()
    client = browser(person)
    if verb == "GET":
        return client.get(address(world, path, record_id))
    return client.post(address(world, path, record_id), forms(world).get(path, {}))
