"""Accounts, teams and roles: who may change them, and what a change means at the next request."""

import datetime as dt

import pytest

from accounts.grants import end_grant, give_grant
from accounts.memberships import add_member, change_role, end_membership
from accounts.models import AuditEvent, Grant, Membership, User
from accounts.scoping import SystemActor
from accounts.teams import create_team
from accounts.users import create_user, deactivate_user, rename_user
from api.ids import uuid7
from api.localtime import now
from api.problems import Problem
from api.sync.models import StreamEntry
from tests.accounts.phone import Phone
from tests.cast import Cast, Person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

HOUSE = SystemActor("test")


YESTERDAY = now() - dt.timedelta(days=1)


def membership_of(person: Person) -> Membership:
    return Membership.objects.get(user_id=person.user_id, ends_at=None)


@pytest.fixture
def tu(cast: Cast) -> Person:
    """Khách, who joined Bảo's team by the services."""
    add_member(actor=HOUSE, team_id=cast.teams[0], user_id=cast.khach.user_id, starts_at=YESTERDAY)
    return cast.khach


def refuses(code: str, pointer: str | None = None) -> pytest.RaisesExc[Problem]:
    def fits(problem: Problem) -> bool:
        return problem.code == code and (pointer is None or problem.errors[0].pointer == pointer)

    return pytest.RaisesExc(Problem, check=fits)


def test_son_makes_an_account_a_team_and_a_member_and_phones_get_both(cast: Cast) -> None:
    son = cast.son.actor()
    user = create_user(actor=son, phone="0987 000 111", full_name="Trần Văn Tư")
    team = create_team(actor=son, area_id=cast.hamlets[1], team_type="security_team", name="Tổ bảo vệ Thái Bình")
    membership = add_member(actor=son, team_id=team, user_id=user.id, role="leader", badge_number="07")
    entries = StreamEntry.objects.filter(area_id=cast.hamlets[1]).values_list("type", "record_id")
    assert set(entries) == {("team", team), ("membership", membership)}
    assert Membership.objects.get(id=membership).full_name == "Trần Văn Tư"
    names = set(AuditEvent.objects.values_list("name", flat=True))
    assert {"user.created", "team.created", "membership.began"} <= names


def test_bao_adds_members_to_his_own_team_and_nothing_else(cast: Cast) -> None:
    bao = cast.bao.actor()
    assert add_member(actor=bao, team_id=cast.teams[0], user_id=cast.khach.user_id)
    with refuses("forbidden"):
        add_member(actor=bao, team_id=cast.teams[0], user_id=cast.linh.user_id, role="deputy_leader")
    with refuses("not_found"):
        add_member(actor=bao, team_id=cast.teams[2], user_id=cast.khach.user_id)
    with refuses("not_found"):
        add_member(actor=bao, team_id=uuid7(), user_id=cast.khach.user_id)
    with refuses("forbidden"):
        create_user(actor=bao, phone="0987000111", full_name="Ai đó")
    with refuses("forbidden"):
        give_grant(actor=bao, user_id=cast.lan.user_id, role="front_work_head", area_id=cast.hamlets[0])


def test_nobody_gives_anything_to_themself(cast: Cast) -> None:
    son = cast.son.actor()
    for refused in (
        lambda: give_grant(actor=son, user_id=cast.son.user_id, role="analyst", area_id=cast.province),
        lambda: add_member(actor=son, team_id=cast.teams[0], user_id=cast.son.user_id),
    ):
        with refuses("invalid", "/user_id"):
            refused()


def test_what_is_wrong_with_a_wish_is_named(cast: Cast) -> None:
    son = cast.son.actor()
    with refuses("invalid", "/phone"):
        create_user(actor=son, phone=cast.lan.phone, full_name="Lan khác")
    with refuses("invalid", "/password"):
        create_user(actor=son, phone="0987000111", full_name="Ai đó", password="ngắn")
    with refuses("invalid", "/user_id"):
        add_member(actor=son, team_id=cast.teams[0], user_id=cast.lan.user_id)
    with refuses("invalid", "/user_id"):
        add_member(actor=son, team_id=cast.teams[0], user_id=uuid7())
    with refuses("invalid", "/role"):
        add_member(actor=son, team_id=cast.teams[0], user_id=cast.khach.user_id, role="king")
    with refuses("invalid", "/area_id"):
        create_team(actor=son, area_id=cast.communes[0], team_type="security_team", name="Tổ")
    with refuses("invalid", "/role"):
        give_grant(actor=son, user_id=cast.hoa.user_id, role="analyst", area_id=cast.province)


def test_an_admin_alone_makes_no_police_officer(cast: Cast) -> None:
    wish = {"user_id": cast.khach.user_id, "role": "police_officer"}
    with refuses("forbidden"):
        give_grant(actor=cast.dung.actor(), area_id=cast.hamlets[0], **wish)
    give_grant(actor=cast.son.actor(), area_id=cast.communes[0], **wish, starts_at=YESTERDAY)
    assert cast.khach.actor().holdings == ()
    give_grant(actor=HOUSE, area_id=cast.communes[1], **wish, starts_at=YESTERDAY)
    assert [holding.area_id for holding in cast.khach.actor().holdings] == [cast.communes[1]]


def test_a_change_of_role_ends_one_membership_and_begins_another(cast: Cast, tu: Person, phone: Phone) -> None:
    phone.sign_in(tu)
    before = membership_of(tu)
    change_role(actor=cast.son.actor(), membership_id=before.id, role="leader")
    after = membership_of(tu)
    before.refresh_from_db()
    assert before.role == "member" and before.ends_at == after.starts_at and after.role == "leader"
    # The test is one transaction, and to the database it is still the moment that it began at.
    Membership.objects.filter(id=after.id).update(starts_at=YESTERDAY)
    assert [m["role"] for m in phone.get("/v1/me").body["memberships"]] == ["leader"]
    assert change_role(actor=cast.son.actor(), membership_id=after.id, role="leader") == after.id


def test_an_ended_membership_is_gone_from_the_next_request(cast: Cast, tu: Person, phone: Phone) -> None:
    phone.sign_in(tu)
    assert len(phone.get("/v1/me").body["areas"]) == 3
    end_membership(actor=cast.bao.actor(), membership_id=membership_of(tu).id)
    me = phone.get("/v1/me").body
    assert me["memberships"] == me["areas"] == me["capabilities"] == []
    end_membership(actor=HOUSE, membership_id=Membership.objects.get(user_id=tu.user_id).id)
    assert AuditEvent.objects.filter(name="membership.ended").count() == 1


def test_me_says_who_what_and_where(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.minh)
    me = phone.get("/v1/me").body
    assert set(me) == {"user", "memberships", "grants", "capabilities", "areas", "second_factor"}
    assert [(grant["role"], grant["area_name"]) for grant in me["grants"]] == [("front_officer", "Hồng Thái")]
    own = {area["name"] for area in me["areas"] if area["own"]}
    assert own == {"Hồng Thái", "Thái An", "Thái Bình"}
    assert [area["name"] for area in me["areas"] if not area["own"]] == ["Lâm Đồng"]
    assert "patrol.read" in me["capabilities"] and "patrol.write" not in me["capabilities"]


def test_me_costs_the_same_number_of_queries_for_everyone(cast: Cast, django_assert_max_num_queries: object) -> None:
    for person in (cast.lan, cast.minh, cast.son):
        phone = Phone()
        phone.sign_in(person)
        with django_assert_max_num_queries(8):  # type: ignore[operator]
            assert phone.get("/v1/me").status == 200


def test_a_new_name_reaches_the_rosters(cast: Cast, tu: Person) -> None:
    rename_user(actor=cast.son.actor(), user_id=tu.user_id, full_name="Nguyễn Văn Tú")
    assert User.objects.get(id=tu.user_id).name_fold == "nguyen van tu"
    membership = membership_of(tu)
    assert membership.full_name == "Nguyễn Văn Tú" and membership.version == 2
    entry = StreamEntry.objects.get(record_id=membership.id)
    assert entry.version == 2


def test_the_last_admin_stays(cast: Cast) -> None:
    grant = Grant.objects.get(role="admin")
    with refuses("last_admin"):
        end_grant(actor=HOUSE, grant_id=grant.id)
    with refuses("last_admin"):
        deactivate_user(actor=HOUSE, user_id=cast.son.user_id)
    give_grant(
        actor=cast.son.actor(), user_id=cast.khach.user_id, role="admin", area_id=cast.province, starts_at=YESTERDAY
    )
    end_grant(actor=cast.son.actor(), grant_id=grant.id)
    with refuses("last_admin"):
        deactivate_user(actor=HOUSE, user_id=cast.khach.user_id)


def test_admins_act_within_their_own_area_only(cast: Cast) -> None:
    give_grant(actor=HOUSE, user_id=cast.khach.user_id, role="admin", area_id=cast.communes[0], starts_at=YESTERDAY)
    khach = cast.khach.actor()
    with refuses("not_found"):
        deactivate_user(actor=khach, user_id=cast.linh.user_id)
    with refuses("not_found"):
        give_grant(actor=khach, user_id=cast.lan.user_id, role="analyst", area_id=cast.communes[1])
    with refuses("not_found"):
        deactivate_user(actor=khach, user_id=cast.hoa.user_id)
    deactivate_user(actor=khach, user_id=cast.lan.user_id)
    deactivate_user(actor=khach, user_id=cast.lan.user_id)
    assert AuditEvent.objects.filter(name="user.deactivated").count() == 1
