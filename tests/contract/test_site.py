"""The admin site held against the same scope and the same trail as the API: an admin of one commune sees no other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.issuing import issue_activation_code
from accounts.models import (
    ActivationCode,
    Area,
    AuditEvent,
    Breach,
    DataRequest,
    Grant,
    Import,
    Membership,
    Session,
    Team,
    User,
)
from accounts.scoping import SystemActor
from api.ids import uuid7
from tests.accounts.site.test_second_factor import set_up
from tests.browser import browser
from tests.cast import Person, add_grant, add_member, add_person, add_team
from tests.contract import registers, site
from tests.contract.world import World, make_world, undone

OF_ONE = sorted(route for route in site.TABLE if "_id}" in route)


LISTS = ("", "people/", "teams/", "grants/", "sessions/", "imports/", "audit/", "data_requests/", "breaches/")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def hien(world: World) -> Person:
    """An admin of the other commune alone."""
    person = add_person("hien", 50)
    add_grant(person, "admin", world.cast.communes[1])
    return person


def test_what_is_lans_is_to_the_other_communes_admin_as_what_is_not_there(world: World, hien: Person) -> None:
    for route in OF_ONE:
        with undone():
            hers = site.ask(world, route, hien)
        with undone():
            none = site.ask(world, route, hien, uuid7())
        assert hers.status_code == none.status_code == 404, route
        told = [answer.content.replace(answer.headers["X-Request-Id"].encode(), b"-") for answer in (hers, none)]
        assert _without_token(told[0]) == _without_token(told[1]), route


def _without_token(page: bytes) -> bytes:
    """A page without what differs by the address asked and by chance."""
    page = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page)
    return re.sub(rb'name="next" value="[^"]*"', b"", page)


def state(world: World) -> list[Any]:
    """All about Lan, her team, her hamlet's import and Minh's role that a form could change."""
    lan = world.cast.lan.user_id
    rows: list[Any] = [
        User.objects.filter(id=lan),
        Session.objects.filter(user_id=lan),
        Membership.objects.filter(user_id=lan),
        Grant.objects.filter(user_id__in=(lan, world.cast.minh.user_id)),
        Team.objects.filter(area_id=world.cast.hamlets[0]),
        Area.objects.filter(parent_id=world.cast.communes[0]),
        Import.objects.filter(id=world.ids["import"]),
        ActivationCode.objects.filter(user_id=lan),
        DataRequest.objects.filter(area_id=world.cast.hamlets[0]),
        Breach.objects.filter(area_id=world.cast.hamlets[0]),
    ]
    return [list(each.order_by("pk").values()) for each in rows]


NEIGHBOUR = {
    "POST /admin/people/new/": 404,  # the team isn't there
    "POST /admin/teams/new/": 404,  # nor the hamlet
    "POST /admin/data_requests/new/": 404,
    "POST /admin/breaches/new/": 404,
    "POST /admin/people/move/": 200,  # nobody of those chosen is there, so nothing is done
    "POST /admin/people/deactivate/": 200,
    "POST /admin/imports/new/": 422,  # the province isn't among the areas on offer
}
# A print is for whoever asked for it alone.
OWN_COMMUNE = {
    "POST /admin/imports/new/": 422,
    "POST /admin/areas/{area_id}/move/": 404,  # the other commune isn't there
    "GET /admin/prints/{print_id}/": 404,
    "POST /admin/prints/{print_id}/": 404,
}


@pytest.mark.parametrize("commune", [0, 1])
def test_an_admin_of_one_commune_gets_what_they_should_from_every_route(world: World, commune: int) -> None:
    """Sơn, who looks after the whole country, and everybody else stand in the access matrix."""
    admin, own = add_person("hien", 50), commune == 0
    add_grant(admin, "admin", world.cast.communes[commune])
    site.ids(world)
    before = state(world)
    for route, answers in site.TABLE.items():
        as_son = int(answers.split()[6])
        wanted = OWN_COMMUNE.get(route, as_son) if own else NEIGHBOUR.get(route, 404 if route in OF_ONE else as_son)
        with undone():
            assert site.ask(world, route, admin).status_code == wanted, route
            assert own or route == "POST /admin/login/" or state(world) == before, route


def test_where_a_second_step_is_required_no_page_opens_without_it(world: World, settings: LazySettings) -> None:
    settings.SECOND_FACTOR = "required"
    site.ids(world)
    before = state(world)
    for route, answers in site.TABLE.items():
        if answers.split()[1] != "403":
            continue  # for everybody who is signed in, or at the door
        answer = site.ask(world, route, world.cast.son)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/second_factor/"), route
    assert state(world) == before


@pytest.mark.parametrize("who", ["son", "lan", None])
def test_every_page_says_what_browsers_may_do_with_it(world: World, who: str | None) -> None:
    person = world.cast.people[who] if who else None
    for route in site.TABLE:
        with undone():
            answer = site.ask(world, route, person)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", route
        if "static" in route:
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';"), route
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "*" not in policy, route
        assert answer.headers["Cache-Control"] == "no-store", route
        assert answer.headers["Referrer-Policy"] == "same-origin", route
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", route
        for name, cookie in answer.cookies.items():
            assert (cookie["path"], cookie["samesite"]) == ("/admin", "Lax"), (route, name)
            assert cookie["httponly"] or not cookie.value, (route, name)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "people/",
        "teams/",
        "grants/",
        "sessions/",
        "imports/",
        "audit/",
        "areas/?q=thai",
        "data_requests/",
        "breaches/",
    ],
)
def test_lists_of_the_other_communes_admin_hold_nothing_of_lans(world: World, hien: Person, page: str) -> None:
    site.ids(world)
    answer = browser(hien).get(f"/admin/{page}")
    assert answer.status_code == 200
    told = answer.content.decode()
    mine = browser(world.cast.son).get(f"/admin/{page}").content.decode()
    for name in ("Tổ tự quản 1", "Thái An", "Hồng Thái", str(world.cast.lan.user_id), str(world.cast.hamlets[0])):
        assert name not in told
    if page:
        assert "Thái An" in mine or "Hồng Thái" in mine or str(world.cast.lan.user_id) in mine


@pytest.mark.parametrize("page", ["people/", "teams/", "sessions/", "grants/", "data_requests/", "breaches/"])
def test_a_filter_by_an_area_beyond_shows_nothing(world: World, hien: Person, page: str) -> None:
    told = browser(hien).get(f"/admin/{page}?area={world.cast.hamlets[0]}").content.decode()
    assert "an-nothing" in told
    assert "Thái An" not in told


def test_every_form_is_known_with_the_event_that_it_leaves() -> None:
    posted = {route.removeprefix("POST /admin/") for route in site.TABLE if route.startswith("POST ")}
    assert posted == {*site.COMMANDS, *site.DOORS}
    assert all(event for _, _, event in site.COMMANDS.values())
    assert {path for path, event in site.DOORS.items() if not event} == {"language/", "{rest}"}


def test_every_form_leaves_its_event_by_who_posted_it(world: World) -> None:
    son = world.cast.son
    site.ids(world)
    before = set(AuditEvent.objects.values_list("id", flat=True))
    for path, (_, status, event) in site.COMMANDS.items():
        with undone():
            site.PREPARED.get(path, lambda _: None)(world)
            answer = site.ask(world, f"POST /admin/{path}", son)
            assert answer.status_code == status, f"{path}: {answer.content.decode()}"
            left = AuditEvent.objects.filter(user_id=son.user_id).exclude(id__in=before)
            assert event in set(left.values_list("name", flat=True)), path


# Each of these is meant again when it is sent again: new codes in place of the last ones, a file as another import.
_AGAIN = {"imports/new/", "areas/{area_id}/sheets/"}
MEANT_AGAIN = {path for path, (_, status, _) in site.COMMANDS.items() if status == 200} | _AGAIN


def test_a_form_that_is_sent_twice_is_done_once(world: World) -> None:
    site.ids(world)
    doings = AuditEvent.objects.exclude(name__endswith=".viewed")  # a form that comes back shows the person
    for path in sorted({*site.COMMANDS} - MEANT_AGAIN):
        with undone():
            site.PREPARED.get(path, lambda _: None)(world)
            client, address = browser(world.cast.son), f"/admin/{path}"
            where, body = site.address(world, address), site.form(world, address)
            assert client.post(where, body).status_code == 302, path
            done = doings.count()
            assert client.post(where, body).status_code in (302, 404, 409, 422), path
            assert doings.count() == done, path


@pytest.mark.parametrize("path", sorted(site.DOORS))
def test_the_doors_leave_theirs(world: World, path: str) -> None:
    son, lan = world.cast.son, world.cast.lan
    code = issue_activation_code(actor=SystemActor("tests"), user_id=lan.user_id)
    before = set(AuditEvent.objects.values_list("id", flat=True))
    match path:
        case "second_factor/":
            set_up(browser(son), son)
        case "activate/":
            browser(None).post("/admin/activate/", {"code": code, "password": "bếp lửa hồng sớm mai"})
        case _:
            site.ask(world, f"POST /admin/{path}", son)
    left = AuditEvent.objects.exclude(id__in=before)
    assert site.DOORS[path] in set(left.values_list("name", flat=True)) or not (site.DOORS[path] or left)
    assert {event.user_id for event in left} <= {son.user_id, lan.user_id}


def test_asking_alone_changes_nothing(world: World) -> None:
    site.ids(world)
    doings = AuditEvent.objects.exclude(name__endswith=".viewed")
    before = doings.count()
    for path in site.COMMANDS:
        site.ask(world, f"GET /admin/{path}", world.cast.son)
        assert doings.count() == before, path


@pytest.mark.parametrize("who", ["son", "lan", None])
def test_no_form_does_anything_without_its_token(world: World, who: str | None) -> None:
    site.ids(world)
    person = world.cast.people[who] if who else None
    before = AuditEvent.objects.count()
    for path in (*site.COMMANDS, *site.DOORS):
        where, body = site.address(world, f"/admin/{path}"), site.form(world, f"/admin/{path}")
        answer = browser(person, enforce_csrf_checks=True).post(where, body)
        assert answer.status_code == 403, path
        assert "an-card" in answer.content.decode(), path
        assert AuditEvent.objects.count() == before, path


def test_what_is_wrong_stands_in_the_form_and_nothing_is_written(world: World) -> None:
    son, where = world.cast.son, f"/admin/people/{world.cast.lan.user_id}/edit/"
    for body, status in (
        ({"full_name": "", "phone": "0987000112", "locale": "vi"}, 422),
        ({"full_name": "Lan", "phone": "not a number", "locale": "vi"}, 422),
        ({"full_name": "Lan", "phone": world.cast.bao.phone, "locale": "vi"}, 422),
    ):
        answer = browser(son).post(where, body)
        assert answer.status_code == status
        assert "an-errors" in answer.content.decode()
    assert User.objects.get(id=world.cast.lan.user_id).phone == world.cast.lan.phone


def test_nobody_ends_the_own_session_or_account_as_an_admin(world: World) -> None:
    son = world.cast.son
    add_grant(world.cast.bao, "admin", world.cast.province)  # or Sơn would be kept as the last admin
    for command in ("deactivate", "code", "sheet", "edit", "grant", "move", "lost_phone", "second_factor"):
        body = {"role": "analyst", "area_id": str(world.cast.province)}
        answer = browser(son).post(f"/admin/people/{son.user_id}/{command}/", body)
        assert answer.status_code == 403, command
    assert User.objects.get(id=son.user_id).is_active
    browser(son).post("/admin/people/deactivate/", {"chosen": [str(son.user_id)], "sure": "1"})
    assert User.objects.get(id=son.user_id).is_active


def test_several_are_switched_off_after_a_look_at_who(world: World) -> None:
    son, lan, bao = world.cast.son, world.cast.lan, world.cast.bao
    chosen = [str(lan.user_id), str(bao.user_id), str(uuid7()), "nonsense"]
    page = browser(son).post("/admin/people/deactivate/", {"chosen": chosen}).content.decode()
    assert "lan" in page and "bao" in page
    assert User.objects.filter(id__in=[lan.user_id, bao.user_id], is_active=True).count() == 2
    answer = browser(son).post("/admin/people/deactivate/", {"chosen": chosen, "sure": "1"})
    assert answer.status_code == 302
    assert not User.objects.filter(id__in=[lan.user_id, bao.user_id], is_active=True).exists()
    assert not Session.objects.filter(user_id=lan.user_id, ended_at=None).exists()


def test_probing_parameters_find_nothing(world: World) -> None:
    client = browser(world.cast.son)
    for query in ("password__startswith=a", "area=x", "cursor=x", "q=%00", "role=boss", "status=%27"):
        assert client.get(f"/admin/people/?{query}").status_code in (200, 404), query


@pytest.mark.parametrize(
    "page",
    ["people/", "teams/", "grants/", "sessions/", "imports/", "audit/", "areas/", "data_requests/", "breaches/", ""],
)
def test_a_page_of_many_makes_the_queries_of_a_page_of_few(world: World, page: str) -> None:
    site.ids(world)
    client = browser(world.cast.son)
    client.get(f"/admin/{page}")
    few = _queries(client, page)
    for number in range(30):
        person = add_person(f"person {number}", 100 + number)
        add_member(person, world.cast.hamlets[0], add_team(world.cast.hamlets[0], f"Tổ {number}"), "member")
        add_grant(person, "analyst", world.cast.communes[0])
        registers.things(world.cast)
    assert Membership.objects.count() > 30
    assert _queries(client, page) <= few + 1


def _queries(client: Client, page: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/admin/{page}").status_code == 200
    return len(captured)


def test_a_person_of_long_standing_costs_the_queries_of_a_newcomer(world: World) -> None:
    client, lan = browser(world.cast.son), world.cast.lan
    page = f"people/{lan.user_id}/"
    client.get(f"/admin/{page}")
    few = _queries(client, page)
    for number in range(10):
        add_grant(lan, f"role {number}", world.cast.hamlets[0])
        lan.on_another_phone()
    assert _queries(client, page) <= few + 1
