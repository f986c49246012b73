"""The admin site held against the same scope and the same trail as the API: an admin of one commune sees no other."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Membership, Session, User
from api.ids import uuid7
from tests.browser import browser
from tests.cast import Person, add_grant, add_member, add_person, add_team
from tests.contract import site
from tests.contract.world import World, make_world, undone

OF_ONE = sorted(route for route in site.TABLE if "_id}" in route)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def hien(world: World) -> Person:
    """An admin of the other commune alone."""
    person = add_person("hien", 50)
    add_grant(person, "admin", world.cast.communes[1])
    return person


@pytest.mark.parametrize("route", OF_ONE)
def test_what_is_lans_is_to_the_other_communes_admin_as_what_is_not_there(
    world: World, hien: Person, route: str
) -> None:
    with undone():
        hers = site.ask(world, route, hien)
    with undone():
        none = site.ask(world, route, hien, uuid7())
    assert hers.status_code == none.status_code == 404
    told = [answer.content.replace(answer.headers["X-Request-Id"].encode(), b"-") for answer in (hers, none)]
    assert _without_token(told[0]) == _without_token(told[1])


def _without_token(page: bytes) -> bytes:
    """A page without what differs by the address asked and by chance."""
    page = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page)
    return re.sub(rb'name="next" value="[^"]*"', b"", page)


@pytest.mark.parametrize(
    "page", ["", "people/", "teams/", "grants/", "sessions/", "imports/", "audit/", "areas/?q=thai"]
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


@pytest.mark.parametrize("page", ["people/", "teams/", "sessions/", "grants/"])
def test_a_filter_by_an_area_beyond_shows_nothing(world: World, hien: Person, page: str) -> None:
    told = browser(hien).get(f"/admin/{page}?area={world.cast.hamlets[0]}").content.decode()
    assert "an-nothing" in told
    assert "Thái An" not in told


@pytest.mark.parametrize("path", sorted(path for path, (_, _, event) in site.COMMANDS.items() if event))
def test_every_form_leaves_its_event_by_who_posted_it(world: World, path: str) -> None:
    son = world.cast.son
    before = set(AuditEvent.objects.filter(user_id=son.user_id).values_list("id", flat=True))
    answer = site.ask(world, f"POST /admin/{path}", son)
    assert answer.status_code == site.COMMANDS[path][1], answer.content.decode()
    left = AuditEvent.objects.filter(user_id=son.user_id).exclude(id__in=before)
    assert site.COMMANDS[path][2] in set(left.values_list("name", flat=True))


@pytest.mark.parametrize("path", sorted(site.COMMANDS))
def test_asking_alone_changes_nothing(world: World, path: str) -> None:
    site.ids(world)
    before = AuditEvent.objects.count()
    site.ask(world, f"GET /admin/{path}", world.cast.son)
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("path", sorted(site.COMMANDS))
def test_no_form_does_anything_without_its_token(world: World, path: str) -> None:
    where, body = site.address(world, f"/admin/{path}"), site.form(world, f"/admin/{path}")
    before = AuditEvent.objects.count()
    answer = browser(world.cast.son, enforce_csrf_checks=True).post(where, body)
    assert answer.status_code == 403
    assert AuditEvent.objects.count() == before


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


@pytest.mark.parametrize("page", ["people/", "teams/", "grants/", "sessions/", "imports/", "audit/", "areas/", ""])
def test_a_page_of_many_makes_the_queries_of_a_page_of_few(world: World, page: str) -> None:
    site.ids(world)
    client = browser(world.cast.son)
    client.get(f"/admin/{page}")
    few = _queries(client, page)
    for number in range(30):
        person = add_person(f"person {number}", 100 + number)
        add_member(person, world.cast.hamlets[0], add_team(world.cast.hamlets[0], f"Tổ {number}"), "member")
        add_grant(person, "analyst", world.cast.communes[0])
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
