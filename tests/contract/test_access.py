"""The access matrix: every route × every role. A route that the matrix doesn't know fails the run.

The routes of record types follow from what each type declares; all others stand in the table. What lies outside one's
areas answers exactly as what isn't there.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.models import Session
from api.ids import uuid7
from api.localtime import now, wire
from api.records import RecordType, record_types
from tests.cast import PASSWORD, Person
from tests.client import signed_in
from tests.contract import (
    alerts,
    checkpoints,
    households,
    imports,
    organising,
    people,
    pledges,
    registers,
    shifts,
    site,
    tips,
    trust,
)
from tests.contract.world import PATCHES, World, make_world, routes, sample, undone

OTHER_WORDS = {"name": "page.css", "code": "not_found", "tag": "sync"}
"""For what a path names but records."""
ROLES = ("anonymous", "lan", "bao", "minh", "dung", "hoa", "son", "linh", "khach")
INSIDE = {
    "lan": "member",
    "bao": "leader",
    "minh": "front_officer",
    "dung": "police_officer",
    "hoa": "analyst",
    "son": "admin",
}
"""Everyone's role over Lan's hamlet; Linh and Khách have none."""

_ANYONE, _SIGNED_IN = "200 200 200 200 200 200 200 200 200", "401 200 200 200 200 200 200 200 200"
# The last answer in the order of ROLES.
TABLE = {
    "GET /.well-known/jwks.json": _ANYONE,
    "GET /": _ANYONE,
    "GET /docs": _ANYONE,
    "GET /docs/reference": _ANYONE,
    "GET /docs/reference/{tag}": _ANYONE,
    "GET /docs/{name}": _ANYONE,
    "GET /healthz": _ANYONE,
    "GET /metrics": _ANYONE,  # from loopback, where these tests are
    "GET /problems": _ANYONE,
    "GET /problems/{code}": _ANYONE,
    "GET /readyz": _ANYONE,
    "GET /v1/meta": _ANYONE,
    "GET /v1/openapi.json": _ANYONE,
    "GET /v1/openapi.yaml": _ANYONE,
    "POST /v1/auth/token": _ANYONE,
    "POST /v1/auth/activate": "401 401 401 401 401 401 401 401 401",
    "POST /v1/auth/refresh": "401 401 401 401 401 401 401 401 401",
    "POST /v1/auth/logout": "401 204 204 204 204 204 204 204 204",
    "POST /v1/auth/password": "401 204 204 204 204 204 204 204 204",
    "GET /v1/auth/sessions": _SIGNED_IN,
    "DELETE /v1/auth/sessions/{session_id}": "401 204 404 404 404 404 404 404 404",
    "GET /v1/me": _SIGNED_IN,
    "GET /v1/sync/pull": _SIGNED_IN,
    "POST /v1/sync/pull": _SIGNED_IN,
    "POST /v1/sync/push": _SIGNED_IN,
    "POST /v1/sync/digest": _SIGNED_IN,
    "POST /v1/media/complete": _SIGNED_IN,
    "GET /v1/media/{id}/content": "401 302 302 302 302 403 403 404 404",
    "GET /v1/media/{id}/upload": "401 200 200 403 403 403 403 404 404",
    "POST /v1/media/{id}/complete": "401 200 200 403 403 403 403 404 404",
    "POST /v1/patrols/{id}/close": "401 200 200 403 403 403 403 404 404",
    "POST /v1/teams/{id}/sheet": "401 403 200 403 403 403 200 404 404",
    "POST /v1/users/{id}/sheet": "401 403 200 403 403 403 200 404 404",
    "POST /v1/areas/{id}/sheets": "401 403 403 403 403 403 202 404 404",
    "GET /v1/sheet_prints/{id}": "401 404 404 404 404 404 200 404 404",
    "POST /v1/sheet_prints/{id}/fetch": "401 404 404 404 404 404 200 404 404",
    "GET /v1/patrols/{id}/track": "401 200 200 200 200 403 403 404 404",
}
TABLE |= shifts.TABLE | site.TABLE | organising.TABLE | people.TABLE | imports.TABLE | trust.TABLE
TABLE |= checkpoints.TABLE
TABLE |= households.TABLE | pledges.TABLE | registers.TABLE
TABLE |= alerts.TABLE | tips.TABLE
LASTING = {"alert"}
"""What nobody takes away."""


def of_records() -> dict[str, RecordType]:
    """The routes that every record type has."""
    found = {}
    for kind in record_types().values():
        base, item = f"/v1/{kind.collection}", f"/v1/{kind.collection}/{{id}}"
        found |= {f"GET {path}": kind for path in (base, item, f"{item}/revisions")}
        if kind.writable:
            found |= {f"POST {path}": kind for path in (base, f"{item}/resolve")}
            found |= {f"{verb} {item}": kind for verb in ("PUT", "PATCH")}
            found |= {f"DELETE {item}": kind} if kind.name not in LASTING else {}
    return found


OF_RECORDS = of_records()
ROUTES = sorted({*TABLE, *OF_RECORDS})


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_the_matrix_knows_every_route_and_no_other() -> None:
    assert routes() == ROUTES


def expected(route: str, who: str) -> int:
    """What a role gets; for a type's own routes it follows from the type's declaration."""
    if route in TABLE:
        return int(TABLE[route].split()[ROLES.index(who)])
    kind, (verb, path) = OF_RECORDS[route], route.split()
    listing = path == f"/v1/{kind.collection}"
    if who == "anonymous":
        return 401
    if who not in INSIDE:
        return 200 if listing and verb == "GET" else 404
    access, role = kind.access, INSIDE[who]
    if verb == "GET":
        counts_only = role in access.count and not kind.downward
        seen = role in access.read or kind.downward
        return 200 if seen or (listing and not counts_only) else 403
    if role not in access.write | access.team_write:
        return 403
    return {"DELETE": 204, "POST": 201}.get(verb, 200) if listing or not path.endswith("/resolve") else 404


@pytest.mark.parametrize("route", ROUTES)
def test_every_role_gets_what_it_should(world: World, route: str, request: pytest.FixtureRequest) -> None:
    if route == "GET /readyz":
        request.getfixturevalue("s3")
    got = {}
    for who in ROLES:
        with undone():
            got[who] = ask(world, route, None if who == "anonymous" else world.cast.people[who]).status_code
    assert got == {who: expected(route, who) for who in ROLES}


def ask(world: World, route: str, person: Person | None, record_id: uuid.UUID | None = None, **more: Any) -> Any:
    """A request that would succeed for whoever may."""
    verb, path = route.split()
    if route in site.TABLE:
        return site.ask(world, route, person, record_id)
    if route in imports.TABLE:
        return imports.ask(world, route, person, record_id, **more)
    if verb == "DELETE" and route in OF_RECORDS:
        record_id = record_id or world.deletable.get(OF_RECORDS[route].name)
    address = (
        world.address(path, record_id)
        .replace("receipts/{code}", f"receipts/{tips.CODE}")
        .replace("{name}", "page.css")
        .replace("{code}", "not_found")
        .replace("{tag}", "sync")
    ) + tips.query(world.cast, route)
    address += pledges.QUERIES.get(route, "").format(hamlet=world.cast.hamlets[0])
    body = more.pop("body", body_of(world, verb, path, record_id))
    if verb in ("PUT", "PATCH", "DELETE"):
        more.setdefault("headers", {"If-Match": "*"})
    media_type = "application/merge-patch+json" if verb == "PATCH" else "application/json"
    sent = {"data": "" if body is None else body, "content_type": media_type} if verb != "GET" else {}
    return getattr(signed_in(person), verb.lower())(address, **sent, **more)


def body_of(world: World, verb: str, path: str, record_id: uuid.UUID | None) -> Any:
    """The body of a request, by its route; about Lan's hamlet where it is about one."""
    cast = world.cast
    device = {"id": str(uuid7())}
    if f"{verb} {path}" in organising.TABLE:
        return organising.body_of(cast, path)
    kind = OF_RECORDS.get(f"{verb} {path}")
    if kind and verb in ("POST", "PUT") and not path.endswith("/resolve"):
        new = sample(cast, kind.name)
        if verb == "POST":
            return new
        unaltered = {"sha256": "0" * 64} if kind.name == "media" else {}  # a receipt vouches for it
        return new | unaltered | {"id": str(record_id or world.ids[kind.name])}
    if kind and verb == "PATCH":
        return PATCHES[kind.name]
    if path in checkpoints.BODIES:
        return checkpoints.BODIES[path]
    if about := shifts.body(cast, verb, path):
        return about
    if path in pledges.BODIES:
        return pledges.BODIES[path]
    if about := households.body(verb, path, world.others["other_household"]):
        return about
    if calling := alerts.body(cast, f"{verb} {path}"):
        return calling
    if asked := registers.body(cast, verb, path):
        return asked
    if told := tips.body(cast, verb, path):
        return told
    if proof := trust.body(path):
        return proof
    if about := people.body(cast, verb, path):
        return about
    return {
        "/v1/auth/token": {"phone": cast.lan.phone, "password": PASSWORD, "device": device},
        "/v1/auth/activate": {"code": "0000-0000-0000", "password": PASSWORD, "device": device},
        "/v1/auth/refresh": {"refresh": "x" * 60, "device_id": device["id"]},
        "/v1/auth/password": {"current_password": PASSWORD, "new_password": PASSWORD + " mới"},
        "/v1/sync/pull": {},
        "/v1/sync/push": {"sent_at": wire(now()), "mutations": []},
        "/v1/sync/digest": {"areas": {}},
        "/v1/media/complete": {"ids": [str(record_id or world.ids["media"])]},
        "/v1/patrols/{id}/close": {"ended_at": wire(now())},
    }.get(path, {"revision_id": str(uuid7()), "choose": "sent"} if path.endswith("/resolve") else None)


OF_ONE = [
    route
    for route in ROUTES
    if "{id}" in route and route not in pledges.FOR_ANYONE
    # What exists without an id in the path, or whoever signs in, isn't a thing of Lan's.
]
VARIANTS: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "without If-Match": {"headers": {"X-Nothing": "here"}},
    "with a stale If-Match": {"headers": {"If-Match": '"7"'}},
    "with a body that is wrong": {"body": {"nonsense": True}},
    "in English": {"headers": {"Accept-Language": "en", "If-Match": "*"}},
}


@pytest.mark.parametrize("route", OF_ONE)
def test_lans_thing_is_to_linh_and_khach_as_one_that_is_not_there(world: World, route: str) -> None:
    for who in (world.cast.linh, world.cast.khach):
        for name, variant in VARIANTS.items():
            with undone():
                hers = ask(world, route, who, **variant)
            with undone():
                none = ask(world, route, who, uuid7(), **variant)
            assert told(hers) == told(none), f"{who.key}, {name}"
            assert hers.status_code == 404 or name == "with a body that is wrong"


def test_lans_session_is_to_others_as_one_that_is_not_there(world: World) -> None:
    route = "DELETE /v1/auth/sessions/{session_id}"
    assert told(ask(world, route, world.cast.linh)) == told(ask(world, route, world.cast.linh, uuid7()))
    assert Session.objects.filter(id=world.cast.lan.session_id, ended_at=None).exists()


def told(response: Any) -> tuple[int, bytes, dict[str, str]]:
    """An answer without the request's own id, byte for byte."""
    request_id = response.headers["X-Request-Id"]
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return response.status_code, response.content.replace(request_id.encode(), b"-"), headers


@pytest.mark.parametrize("name", ["patrols", "observations", "lamps", "media"])
@pytest.mark.parametrize("filter", ["area", "team"])
def test_a_list_of_lans_hamlet_is_as_one_of_no_hamlet(world: World, name: str, filter: str) -> None:
    known = {"area": world.cast.hamlets[0], "team": world.cast.teams[0]}[filter]
    for who in (world.cast.linh, world.cast.khach):
        hers, none = (signed_in(who).get(f"/v1/{name}", {filter: str(value)}) for value in (known, uuid7()))
        assert told(hers) == told(none)


TAKEN = dict.fromkeys(("pledge_template", "campaign"), (403, "forbidden"))
"""Types that members write nowhere: to Linh an id that is taken is as one that is free."""


@pytest.mark.parametrize("kind", [kind for kind in record_types().values() if kind.writable], ids=lambda k: k.name)
class TestTakenIds:
    def test_a_create_with_lans_id_is_409_and_shows_nothing(self, world: World, kind: RecordType) -> None:
        body = sample(world.cast, kind.name, world.cast.linh) | {"id": str(world.ids[kind.name])}
        for verb, path, headers in (
            ("post", f"/v1/{kind.collection}", {}),
            ("put", f"/v1/{kind.collection}/{body['id']}", {"If-None-Match": "*"}),
        ):
            with undone():
                answer = getattr(signed_in(world.cast.linh), verb)(
                    path, body, content_type="application/json", headers=headers
                )
            assert (answer.status_code, answer.json()["code"]) == TAKEN.get(kind.name, (409, "already_exists"))
            assert "current" not in answer.json()
            assert str(world.cast.lan.user_id) not in answer.content.decode()

    @pytest.mark.parametrize("place", ["nowhere", "Lan's hamlet", "Linh's hamlet"])
    @pytest.mark.parametrize("op", ["patch", "delete"])
    def test_a_push_for_lans_id_is_answered_as_for_none(
        self, world: World, kind: RecordType, op: str, place: str
    ) -> None:
        hamlet = {"Lan's hamlet": world.cast.hamlets[0], "Linh's hamlet": world.cast.hamlets[2]}.get(place)
        data = PATCHES[kind.name] | ({"area_id": str(hamlet)} if hamlet else {})
        for who in (world.cast.linh, world.cast.khach):
            hers, none = (self.pushed(who, kind, op, record_id, data) for record_id in (world.ids[kind.name], uuid7()))
            assert hers == none
            assert "current" not in hers

    def test_a_push_that_creates_lans_id_is_rejected_without_current(self, world: World, kind: RecordType) -> None:
        body = sample(world.cast, kind.name, world.cast.linh) | {"id": str(world.ids[kind.name])}
        result = self.pushed(world.cast.linh, kind, "put", world.ids[kind.name], body)
        _, code = TAKEN.get(kind.name, (409, "already_exists"))
        assert (result["status"], result["problem"]["code"]) == ("rejected", code)
        assert "current" not in result

    def test_what_linh_deletes_under_lans_id_stays_with_lan(self, world: World, kind: RecordType) -> None:
        path = f"/v1/{kind.collection}/{world.ids[kind.name]}"
        before = signed_in(world.cast.lan).get(path).content
        mutation = {"mutation_id": str(uuid7()), "type": kind.name, "id": str(world.ids[kind.name]), "op": "delete"}
        push(world.cast.linh, mutation)
        assert signed_in(world.cast.lan).get(path).content == before

    @staticmethod
    def pushed(who: Person, kind: RecordType, op: str, record_id: uuid.UUID, data: dict[str, Any]) -> dict[str, Any]:
        """The result of one mutation without its ids."""
        sent = {"mutation_id": str(uuid7()), "type": kind.name, "id": str(record_id), "op": op, "base_version": 1}
        with undone():
            result = push(who, sent | {"data": data})
        result.get("problem", {}).pop("request_id", None)
        return {name: value for name, value in result.items() if name not in ("mutation_id", "id")}


def push(who: Person, mutation: dict[str, Any]) -> dict[str, Any]:
    body = {"sent_at": wire(now()), "mutations": [mutation]}
    answer = signed_in(who).post("/v1/sync/push", body, content_type="application/json")
    return answer.json()["results"][0]  # type: ignore[no-any-return]


def test_a_batch_of_photos_says_of_lans_what_it_says_of_none(world: World) -> None:
    for who in (world.cast.linh, world.cast.khach):
        lans, none = str(world.ids["media"]), str(uuid7())
        answer = signed_in(who).post("/v1/media/complete", {"ids": [lans, none]}, content_type="application/json")
        [hers, other] = answer.json()["results"]
        assert hers | {"id": none} == other
        assert other["problem"]["code"] == "not_found"


# To whom /metrics isn't shown, it isn't there for any method; the admin site answers in HTML (tests.accounts.site).
@pytest.mark.parametrize("path", sorted({route.split()[1] for route in {*ROUTES} - {*site.TABLE}} - {"/metrics"}))
def test_a_method_that_a_path_does_not_take_is_405(world: World, path: str) -> None:
    address = (
        world.address(path, uuid7())
        .replace("receipts/{code}", f"receipts/{tips.CODE}")
        .replace("{kind}", "people")
        .replace("{name}", "page.css")
        .replace("{code}", "not_found")
        .replace("{tag}", "sync")
    )
    for verb in ("POST", "PUT", "PATCH", "DELETE", "GET", "TRACE", "PURGE"):
        if f"{verb} {path}" in ROUTES:
            continue
        answer = signed_in(world.cast.lan).generic(verb, address)
        assert answer.status_code == 405, verb
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert verb not in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/patrols/", "/v1/patrols/7", "/v1/tip", "/adm", "/v2/me"])
def test_an_unknown_route_is_404(path: str, db: None) -> None:
    for verb in ("GET", "POST", "DELETE"):
        answer = signed_in(None).generic(verb, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"
