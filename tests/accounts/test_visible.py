"""Who sees whom: accounts, roles and sessions within one's areas, gathered or walked to the same end."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import visible
from accounts.models import Grant, Membership, Session, User
from accounts.names import name_sort
from accounts.scoping import SystemActor
from api.actors import Actor
from api.ids import uuid7
from api.localtime import now
from tests.cast import Cast, Person, add_grant, add_member, add_person

pytestmark = pytest.mark.django_db
HOUSE = SystemActor("test")


@pytest.fixture(params=["gathered", "walked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of finding people must tell the same."""
    if request.param == "walked":
        monkeypatch.setattr(visible, "MANY_AREAS", 0)
        monkeypatch.setattr(visible, "MANY_PLACES", 0)
    return str(request.param)


@pytest.fixture
def hien(cast: Cast) -> Person:
    """An admin of Lan's commune alone."""
    person = add_person("hien", 50)
    add_grant(person, "admin", cast.communes[0])
    return person


def seen(cast: Cast, actor: Actor, within: uuid.UUID | None = None) -> str:
    keys = {person.user_id: key for key, person in cast.people.items()}
    found = visible.users(actor, within=within).values_list("id", flat=True)
    return " ".join(sorted(keys[id_] for id_ in found if id_ in keys))


def test_everyone_sees_whom_they_look_after(cast: Cast, hien: Person, way: str) -> None:
    assert seen(cast, cast.son.actor()) == "bao dung hoa khach lan linh minh son"
    assert seen(cast, hien.actor()) == "bao dung khach lan minh"
    assert seen(cast, cast.bao.actor()) == "bao lan"
    assert seen(cast, HOUSE) == "bao dung hoa khach lan linh minh son"
    for person in (cast.lan, cast.minh, cast.dung, cast.hoa, cast.linh, cast.khach):
        assert seen(cast, person.actor()) == ""


def test_an_area_leaves_those_who_belong_to_it_or_below(cast: Cast, hien: Person, way: str) -> None:
    son = cast.son.actor()
    assert seen(cast, son, cast.hamlets[0]) == "bao lan"
    assert seen(cast, son, cast.communes[0]) == "bao dung lan minh"
    assert seen(cast, hien.actor(), cast.province) == "bao dung lan minh"
    assert seen(cast, hien.actor(), cast.communes[1]) == ""
    assert seen(cast, hien.actor(), uuid7()) == ""
    assert seen(cast, HOUSE, cast.communes[1]) == "linh"


def test_who_moved_home_is_seen_there_and_whose_membership_ended_only_at_home(
    cast: Cast, hien: Person, way: str
) -> None:
    User.objects.filter(id=cast.lan.user_id).update(area_id=cast.hamlets[2])
    assert "lan" in seen(cast, hien.actor()).split()
    Membership.objects.filter(user_id=cast.lan.user_id).update(ends_at=now())
    assert seen(cast, hien.actor()) == "bao dung khach minh"
    assert seen(cast, cast.bao.actor()) == "bao"
    assert "lan" in seen(cast, cast.son.actor(), cast.communes[1])


def test_a_role_that_waits_for_a_second_person_shows_nobody(cast: Cast, hien: Person, way: str) -> None:
    add_grant(cast.linh, "police_officer", cast.communes[0])
    assert "linh" in seen(cast, hien.actor()).split()
    Grant.objects.filter(user_id=cast.linh.user_id).update(confirmed_at=None)
    assert "linh" not in seen(cast, hien.actor()).split()


def test_one_acts_on_those_who_belong_nowhere_else(cast: Cast, hien: Person, way: str) -> None:
    def acts_on(who: Person) -> set[uuid.UUID]:
        return set(visible.manageable(who.actor()).values_list("id", flat=True))

    assert cast.lan.user_id in acts_on(hien)
    add_member(cast.lan, cast.hamlets[2], cast.teams[2], "member")
    assert cast.lan.user_id not in acts_on(hien) and cast.lan.user_id in acts_on(cast.son)
    User.objects.filter(id=cast.minh.user_id).update(area_id=cast.communes[1])
    assert cast.minh.user_id not in acts_on(hien)
    add_grant(cast.dung, "analyst", cast.province)
    assert cast.dung.user_id not in acts_on(hien)
    assert acts_on(cast.bao) == acts_on(cast.minh) == set()


def test_sessions_are_seen_by_admins_of_those_they_act_on(cast: Cast, hien: Person, way: str) -> None:
    def owners(who: Person, within: uuid.UUID | None = None) -> set[uuid.UUID]:
        return set(visible.sessions(who.actor(), within=within).values_list("user_id", flat=True))

    assert owners(hien) == {cast.people[key].user_id for key in ("bao", "dung", "khach", "lan", "minh")} | {
        hien.user_id
    }
    assert owners(hien, cast.hamlets[0]) == {cast.lan.user_id, cast.bao.user_id}
    assert owners(cast.bao) == owners(cast.dung) == set()
    assert visible.sessions(HOUSE).count() == Session.objects.count()


def test_roles_are_seen_by_admins_and_those_of_the_police_by_the_police(cast: Cast, hien: Person, way: str) -> None:
    add_grant(cast.linh, "police_officer", cast.hamlets[0])

    def roles(who: Person, within: uuid.UUID | None = None) -> list[str]:
        return sorted(visible.grants(who.actor(), within=within).values_list("role", flat=True))

    assert roles(cast.son) == ["admin", "admin", "analyst", "front_officer", "police_officer", "police_officer"]
    assert roles(hien) == ["admin", "front_officer", "police_officer", "police_officer"]
    assert roles(hien, cast.hamlets[0]) == ["police_officer"]
    assert roles(cast.dung) == ["police_officer", "police_officer"]
    assert roles(cast.minh) == roles(cast.bao) == roles(cast.lan) == []


def test_a_list_costs_as_many_queries_for_one_as_for_many(cast: Cast, way: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(visible.users(actor, within=cast.communes[0]).order_by("name_sort", "id")[:51])
        return len(captured)

    actor = cast.son.actor()
    before = queries()
    for number in range(60, 70):
        add_member(add_person(f"p{number}", number), cast.hamlets[0], cast.teams[0], "member")
    assert queries() == before == 3


def test_names_sort_by_the_given_name_with_its_tones_then_by_the_family() -> None:
    names = ["Ngô Đạt", "Đỗ Thị Hoa", "Bùi Hạ", "Trần Hà", "Lê Hà", "Phạm Ân", "Hồ Văn Dũng", "Trần An", "Lê An"]
    assert sorted(names, key=name_sort) == [
        "Lê An", "Trần An", "Phạm Ân", "Hồ Văn Dũng", "Ngô Đạt", "Lê Hà", "Trần Hà", "Bùi Hạ", "Đỗ Thị Hoa",
    ]  # fmt: skip


def test_what_has_not_begun_or_has_ended_holds_not(cast: Cast) -> None:
    later, before = now() + dt.timedelta(days=1), now() - dt.timedelta(days=1)
    grant = Grant.objects.filter(user_id=cast.minh.user_id)
    for change, holds, unended in (
        ({}, 1, 1),
        ({"starts_at": later}, 0, 1),
        ({"starts_at": before, "ends_at": later}, 1, 1),
        ({"confirmed_at": None}, 0, 1),
        ({"confirmed_at": before, "ends_at": before}, 0, 0),
    ):
        grant.update(**change)
        assert (grant.holding().count(), grant.unended().count()) == (holds, unended), change
