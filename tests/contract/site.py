"""The admin site's block of the access matrix: its routes, what each role gets, and the forms that it posts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Grant, Import, Membership, SecondFactor, SheetPrint, User
from accounts.sheets.sealing import new_keys
from accounts.sheets.sealing import seal as sealed_for
from accounts.site import cookies
from accounts.site.files import hashed
from api.ids import uuid7
from api.keyed import seal
from api.localtime import LOCAL, now
from tests.browser import browser
from tests.cast import PASSWORD, Person
from tests.contract import registers

if TYPE_CHECKING:
    from tests.contract.world import World

_KEY, _PUBLIC = new_keys()
_ALL = " ".join(["{0}"] * 9)
# Strangers are led to the sign-in page, all but admins told that these pages aren't for them; Sơn is the admin.
_ADMINS = "302 403 403 403 403 403 {0} 403 403"
TABLE = {
    "GET /admin": _ALL.format(302),
    "GET /admin/": _ADMINS.format(200),
    "GET /admin/login/": _ALL.format(200),
    "POST /admin/login/": _ALL.format(302),
    "GET /admin/activate/": _ALL.format(200),
    "POST /admin/activate/": _ALL.format(401),
    "POST /admin/logout/": _ALL.format(302),
    "POST /admin/language/": _ALL.format(302),
    "GET /admin/static/{name}": _ALL.format(200),
    "GET /admin/{rest}": _ADMINS.format(404),
    "POST /admin/{rest}": _ADMINS.format(404),
    "GET /admin/people/deactivate/": _ADMINS.format(302),
    "GET /admin/people/move/": _ADMINS.format(302),
    "GET /admin/second_factor/": "302 200 200 200 200 200 200 200 200",
    "POST /admin/second_factor/": "302 200 200 200 200 200 200 200 200",
    **{
        f"GET /admin/{path}": _ADMINS.format(200)
        for path in (
            "people/",
            "people/{user_id}/",
            "grants/",
            "sessions/",
            "areas/",
            "areas/{area_id}/",
            "teams/",
            "teams/{team_id}/",
            "audit/",
            "data_requests/",
            "data_requests/{request_id}/",
            "breaches/",
            "breaches/{breach_id}/",
        )
    },
}
# Leaders and the Front's people import households; the import of the matrix is one of people, and not theirs.
_IMPORTERS = "302 403 {0} {0} 403 403 {1} 403 403"
TABLE |= {
    "GET /admin/imports/": _IMPORTERS.format(200, 200),
    "GET /admin/imports/{import_id}/": _IMPORTERS.format(404, 200),
    "GET /admin/imports/template.xlsx": _IMPORTERS.format(200, 200),
}
_DAY = "2026-03-01"
_TEAM = {"team_type": "security_team", "name": "Tổ một", "status": "suspended", "version": "1"}
_PARTS = {
    "part_0": "Đông", "kind_0": "thon", "part_1": "Tây", "kind_1": "thon", "main": "0", "on": _DAY, "sure": "1",
}  # fmt: skip
_ASKED = {
    "kind": "access", "requester": "Trần Tư", "description": "Xin xem", "subject_type": "other", "received_on": _DAY,
}  # fmt: skip
# What each form does: what it is filled in with, what it answers, and the event that it leaves in the trail.
COMMANDS: dict[str, tuple[dict[str, Any], int, str]] = {
    "people/new/": ({"full_name": "Tư", "phone": "0987000111", "role": "member"}, 302, "user.created"),
    "people/move/": ({"sure": "1", "role": "member"}, 302, "user.moved"),
    "people/deactivate/": ({"sure": "1"}, 302, "user.deactivated"),
    "people/{user_id}/code/": ({}, 200, "activation_code.issued"),
    "people/{user_id}/sheet/": ({}, 200, "activation_code.issued"),
    "people/{user_id}/lost_phone/": ({}, 200, "session.ended"),
    "people/{user_id}/edit/": ({"full_name": "Lan Một", "phone": "0987000112", "locale": "en"}, 302, "user.renamed"),
    "people/{user_id}/deactivate/": ({}, 302, "user.deactivated"),
    "people/{user_id}/reactivate/": ({}, 302, "user.reactivated"),
    "people/{user_id}/second_factor/": ({}, 302, "second_factor.reset"),
    "people/{user_id}/move/": ({"role": "member"}, 302, "user.moved"),
    "people/{user_id}/grant/": ({"role": "analyst", "ends_on": "2099-12-31"}, 302, "grant.given"),
    "memberships/{membership_id}/end/": ({}, 302, "membership.ended"),
    "memberships/{membership_id}/role/": ({"role": "deputy_leader"}, 302, "membership.began"),
    "grants/{grant_id}/end/": ({}, 302, "grant.ended"),
    "grants/{grant_id}/confirm/": ({}, 302, "grant.confirmed"),
    "sessions/{session_id}/end/": ({}, 302, "session.ended"),
    "teams/{team_id}/sheet/": ({}, 200, "activation_code.issued"),
    "areas/{area_id}/sheets/": ({}, 302, "sheets.asked"),
    "prints/{print_id}/": ({}, 200, "sheets.fetched"),
    "teams/new/": ({"team_type": "security_team", "name": "Tổ mới"}, 302, "team.created"),
    "teams/{team_id}/edit/": (_TEAM, 302, "team.updated"),
    "teams/{team_id}/close/": ({}, 302, "team.closed"),
    "areas/{parent_id}/new/": ({"kind": "thon", "name": "Mới", "sure": "1"}, 302, "area.created"),
    "areas/{parent_id}/merge/": ({"kind": "thon", "name": "Thái Hòa", "on": _DAY, "sure": "1"}, 302, "area.ended"),
    "areas/{area_id}/edit/": ({"kind": "ap", "name": "Thái Mới", "on": _DAY, "sure": "1"}, 302, "area.renamed"),
    "areas/{area_id}/households/": ({"household_count": "63", "on": _DAY, "sure": "1"}, 302, "area.counted"),
    "areas/{area_id}/move/": ({"on": _DAY, "sure": "1"}, 302, "area.moved"),
    "areas/{area_id}/split/": (_PARTS, 302, "area.ended"),
    "imports/new/": ({"kind": "people"}, 302, "import.received"),
    "imports/{import_id}/apply/": ({}, 302, "import.apply_asked"),
    "imports/{import_id}/correct/": ({"kind": "people"}, 302, "import.received"),
    "imports/{import_id}/again/": ({}, 302, "import.received"),
    "imports/{import_id}/undo/": ({}, 302, "import.deactivate_asked"),
    "imports/{import_id}/faults/": ({}, 200, "import.downloaded"),
    "data_requests/new/": (_ASKED, 302, "data_request.received"),
    "data_requests/{request_id}/answer/": ({}, 302, "data_request.answered"),
    "data_requests/{request_id}/extend/": ({"because": "Hồ sơ ở nhiều nơi"}, 302, "data_request.extended"),
    "data_requests/{request_id}/complete/": ({"outcome": "Đã gửi bản sao"}, 302, "data_request.done"),
    "data_requests/{request_id}/refuse/": ({"outcome": "Không phải dữ liệu của họ"}, 302, "data_request.refused"),
    "breaches/new/": ({"description": "Mất máy", "noticed_at": "2026-03-01T08:00"}, 302, "breach.noticed"),
    "breaches/{breach_id}/report/": ({"reference": "A05-17"}, 302, "breach.reported"),
    "breaches/{breach_id}/close/": ({"outcome": "Đã tìm lại được"}, 302, "breach.closed"),
}
DOORS = {
    "login/": "session.started",
    "activate/": "activation_code.used",
    "logout/": "session.ended",
    "second_factor/": "second_factor.enrolled",
    "language/": "",
    "{rest}": "",
}
"""The forms beside them, with their events: a language is kept by the browser alone, what isn't there does nothing."""
TABLE |= {f"POST /admin/{path}": _ADMINS.format(answer) for path, (_, answer, _) in COMMANDS.items()}
# The import of the matrix was applied: there is nothing to correct.
TABLE |= {f"POST /admin/imports/{{import_id}}/{path}/": _ADMINS.format(409) for path in ("correct", "again")}
TABLE = {f"GET /admin/{path}": _ADMINS.format(200) for path in COMMANDS} | TABLE
TABLE |= {
    route: _IMPORTERS.format(404, answers.split()[6])
    for route, answers in TABLE.items()
    if "imports/{import_id}/" in route
}
TABLE |= {
    "GET /admin/imports/new/": _IMPORTERS.format(200, 200),
    "POST /admin/imports/new/": _IMPORTERS.format(422, 302),
}


def _switched_off(world: World) -> None:
    User.objects.filter(id=world.cast.lan.user_id).update(is_active=False)


def _with_second_factor(world: World) -> None:
    SecondFactor.objects.create(
        user_id=world.cast.lan.user_id, sealed_secret=b"sealed", last_step=0, created_at=now(), confirmed_at=now()
    )


def _proposed(world: World) -> None:
    proposed = {"role": "police_officer", "confirmed_at": None, "granted_by": world.cast.bao.user_id}
    Grant.objects.filter(user_id=world.cast.minh.user_id).update(**proposed)


def _checked(world: World) -> None:
    from tests.contract import imports

    Import.objects.filter(id=imports.made(world)).update(status="ready", applied_at=None)


def _faulty(world: World) -> None:
    from tests.contract import imports

    Import.objects.filter(id=imports.made(world)).update(status="faulty", applied_at=None)


PREPARED: dict[str, Callable[[World], None]] = {
    "people/{user_id}/reactivate/": _switched_off,
    "people/{user_id}/second_factor/": _with_second_factor,
    "grants/{grant_id}/confirm/": _proposed,
    "imports/{import_id}/apply/": _checked,
    "imports/{import_id}/correct/": _faulty,
    "imports/{import_id}/again/": _faulty,
}
"""What must have happened before a form has something to do; in the matrix it holds already, and nothing changes."""


def form(world: World, path: str) -> dict[str, Any]:
    """What a form is filled in with; about Lan or her hamlet where it is about one."""
    cast = world.cast
    doors: dict[str, dict[str, Any]] = {
        "/admin/login/": {"phone": cast.lan.phone, "password": PASSWORD},
        "/admin/activate/": {"code": "0000-0000-0000", "password": PASSWORD},
        "/admin/language/": {"language": "en"},
        "/admin/second_factor/": {"password": PASSWORD},
    }
    if path in doors:
        return doors[path]
    from tests.contract import imports

    short = path.removeprefix("/admin/")
    filled = dict(COMMANDS.get(short, ({}, 0, ""))[0])
    more: dict[str, dict[str, Any]] = {
        "people/new/": {"team_id": str(cast.teams[0])},
        "people/move/": {"chosen": [str(cast.lan.user_id)], "team_id": str(cast.teams[1])},
        "people/deactivate/": {"chosen": [str(cast.lan.user_id)]},
        "people/{user_id}/move/": {"team_id": str(cast.teams[1])},
        "people/{user_id}/grant/": {"area_id": str(cast.hamlets[0])},
        "teams/new/": {"area_id": str(cast.hamlets[0]), "id": str(uuid7())},
        "areas/{parent_id}/merge/": {"area_ids": [str(each) for each in cast.hamlets[:2]]},
        "areas/{area_id}/move/": {"parent_id": str(cast.communes[1])},
        "data_requests/new/": {"area_id": str(cast.hamlets[0]), "id": str(uuid7())},
        "breaches/new/": {"area_id": str(cast.hamlets[0]), "id": str(uuid7())},
        "breaches/{breach_id}/report/": {"reported_at": now().astimezone(LOCAL).isoformat()},
        "imports/new/": {"area_id": str(cast.province), "file": SimpleUploadedFile("to.csv", imports.PEOPLE)},
    }
    more["imports/{import_id}/correct/"] = {
        "area_id": str(cast.hamlets[0]),
        "file": SimpleUploadedFile("to.csv", imports.PEOPLE),
    }
    return filled | more.get(short, {})


def ids(world: World) -> dict[str, uuid.UUID]:
    """What an address is about, by its parameter."""
    from tests.contract import imports

    cast = world.cast
    assert cast.lan.team_id and cast.lan.area_id
    return {
        "user_id": cast.lan.user_id,
        "session_id": cast.lan.session_id,
        "team_id": cast.lan.team_id,
        "area_id": cast.lan.area_id,
        "parent_id": cast.communes[0],
        "membership_id": Membership.objects.get(user_id=cast.lan.user_id).id,
        "grant_id": Grant.objects.get(user_id=cast.minh.user_id).id,
        "import_id": imports.made(world),
        "print_id": _printed(world),
        "request_id": _entry(world, "data_requests"),
        "breach_id": _entry(world, "breaches"),
    }


def _entry(world: World, register: str) -> uuid.UUID:
    """What the registers of this world hold about Lan's hamlet."""
    if register not in world.others:
        world.others |= registers.things(world.cast)
    return world.others[register]


def _printed(world: World) -> uuid.UUID:
    """Sơn's print, made anew under its id as the import is."""
    print_id, moment = world.ids.setdefault("print", uuid7()), now()
    if not SheetPrint.objects.filter(id=print_id).exists():
        SheetPrint.objects.create(
            id=print_id,
            area_id=world.cast.hamlets[0],
            user_id=world.cast.son.user_id,
            session_id=world.cast.son.session_id,
            request_id=uuid7(),
            server="http://testserver",
            public_key=_PUBLIC,
            sealed=sealed_for(b"%PDF-1.4", _PUBLIC),
            people=1,
            status="ready",
            created_at=moment,
            ready_at=moment,
        )
    return print_id


def address(world: World, path: str, record_id: uuid.UUID | None = None) -> str:
    """A route's path, about Lan and her hamlet or another id."""
    filled = path.replace("{name}", hashed("site/site.css")).replace("{rest}", "nothing/")
    if "_id}" not in filled:
        return filled
    for name, own in ids(world).items():
        filled = filled.replace(f"{{{name}}}", str(record_id or own))
    return filled


def ask(world: World, route: str, person: Person | None, record_id: uuid.UUID | None = None) -> Any:
    """A request by a browser that would succeed for whoever may."""
    verb, path = route.split()
    client, where = browser(person), address(world, path, record_id)
    if "{print_id}" in path:
        kept = seal(cookies.PRINT, b"", world.ids["print"].bytes + _KEY.encode())
        client.cookies[cookies.PRINT] = kept
    return client.get(where) if verb == "GET" else client.post(where, form(world, path))
