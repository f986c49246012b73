"""What the admin of one commune, a leader, or two accounts of one person can't make of what they are given."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.imports.accounts_undoing import look_at
from accounts.imports.switching import switch_off
from accounts.issuing import issue_code
from accounts.models import ActivationCode, AuditEvent, Grant, Import, ImportThing, Membership, SecondFactor, User
from accounts.scoping import SystemActor, pseudonym
from api.ids import uuid7
from api.localtime import now
from tests.accounts.imports.conftest import Province, faults, province, sheet  # noqa: F401 - a fixture
from tests.accounts.people.entered import enter_all
from tests.accounts.phone import Phone
from tests.cast import PASSWORD, Cast, Person, add_area, add_grant, add_member, add_person, add_team, raise_cast
from tests.client import signed_in

GRANTS = ["Số điện thoại", "Vai trò", "Mã xã", "Thôn", "Từ ngày", "Đến ngày"]


@pytest.fixture
def cast(db: None) -> Cast:
    cast = raise_cast()
    enter_all()
    return cast


@pytest.fixture
def tam(cast: Cast) -> Person:
    """The admin of the first commune alone."""
    person = add_person("tam", 60)
    add_grant(person, "admin", cast.communes[0])
    User.objects.filter(id=person.user_id).update(area_id=cast.communes[0])
    return person


def post(who: Person, path: str, body: Any = None) -> Any:
    return signed_in(who).post(f"/v1/{path}", body or {}, content_type="application/json")


def test_an_admin_of_a_commune_reaches_nothing_of_another(cast: Cast, tam: Person) -> None:
    theirs, team = cast.hamlets[2], cast.teams[2]
    linh, beyond = str(cast.linh.user_id), {"area_id": str(cast.communes[1])}
    own_member, day = str(cast.lan.user_id), {"on": "2026-03-01"}
    hamlet = {"level": "hamlet", "kind": "thon", "name": "Mới", "parent_id": str(cast.communes[0])}
    tries = {
        "users": {"phone": "0987000222", "full_name": "X", **beyond},
        "memberships": {"team_id": str(team), "user_id": own_member},
        "grants": {"user_id": own_member, "role": "admin", **beyond},
        "teams": {"area_id": str(theirs), "team_type": "security_team", "name": "X"},
        f"users/{linh}/move": {"team_id": str(cast.teams[0])},
        f"users/{own_member}/move": {"team_id": str(team)},
        f"users/{linh}/issue_code": {},
        f"users/{linh}/reset_second_factor": {},
        f"users/{linh}/deactivate": {},
        f"users/{linh}/sheet": {},
        f"teams/{team}/close": {},
        f"teams/{team}/sheet": {},
        f"areas/{theirs}/sheets": {},
        f"areas/{theirs}/rename": {"name": "X", **day},
        f"areas/{theirs}/move": {"parent_id": str(cast.communes[0]), **day},
        f"areas/{cast.hamlets[0]}/move": {"parent_id": str(cast.communes[1]), **day},
        f"areas/{cast.communes[0]}/move": {"parent_id": str(cast.communes[1]), **day},
        "areas": {"level": "commune", "kind": "xa", "name": "Xã Mới", "parent_id": str(cast.province)},
        "areas/merge": {"area_ids": [str(cast.hamlets[0]), str(theirs)], "into": hamlet, **day},
    }
    before = AuditEvent.objects.count()
    for path, body in tries.items():
        answer = post(tam, path, body)
        assert answer.status_code in (403, 404, 422), (path, answer.content)
    [told] = post(tam, "users/deactivate", {"user_ids": [linh]}).json()["results"]
    assert told["status"] == "refused"
    assert AuditEvent.objects.count() == before
    assert Membership.objects.unended().filter(user_id=cast.linh.user_id, area_id=theirs).exists()


@pytest.mark.parametrize("role", ["admin", "police_officer", "front_officer"])
def test_a_leader_gives_no_roles_and_makes_no_leaders(cast: Cast, role: str) -> None:
    lan, team = str(cast.lan.user_id), str(cast.teams[0])
    assert post(cast.bao, "grants", {"user_id": lan, "role": role, "area_id": str(cast.hamlets[0])}).status_code == 403
    body = {"phone": "0987000333", "full_name": "X", "team_id": team, "role": "leader"}
    assert post(cast.bao, "users", body).status_code == 403
    mine = Membership.objects.get(user_id=cast.lan.user_id)
    assert post(cast.bao, f"memberships/{mine.id}/change_role", {"role": "leader"}).status_code == 403


def test_a_leader_opens_no_account_of_who_is_more_than_a_member(cast: Cast) -> None:
    assert post(cast.bao, f"users/{cast.lan.user_id}/issue_code").status_code == 200
    add_grant(cast.lan, "police_officer", cast.communes[0])
    assert post(cast.bao, f"users/{cast.lan.user_id}/issue_code").status_code == 403


def test_nobody_gives_or_takes_by_fields_that_are_not_theirs(cast: Cast, tam: Person) -> None:
    """Mass assignment: what the server sets is refused by name."""
    url = f"/v1/users/{cast.lan.user_id}"
    for field, value in {
        "id": str(uuid7()), "area_id": str(cast.communes[1]), "is_active": False, "password": PASSWORD,
        "password_needs_device": False, "created_at": "2020-01-01T00:00:00.000Z", "grants": [], "status": "active",
    }.items():  # fmt: skip
        answer = signed_in(tam).patch(
            url, {field: value}, content_type="application/merge-patch+json", headers={"If-Match": "*"}
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    asked = {"user_id": str(cast.lan.user_id), "role": "police_officer", "area_id": str(cast.communes[0])}
    for field in ("confirmed_at", "confirmed_by", "granted_by", "status"):
        answer = post(tam, "grants", asked | {field: str(cast.son.user_id)})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


class TestPolice:
    """One person doesn't make an officer, with however many accounts."""

    def propose(self, by: Person, cast: Cast) -> str:
        asked = {"user_id": str(cast.lan.user_id), "role": "police_officer", "area_id": str(cast.communes[0])}
        answer = post(by, "grants", asked)
        assert answer.status_code == 201
        return str(answer.json()["id"])

    def made_admin(self, by: Person, cast: Cast, number: int) -> Person:
        made = add_person(f"puppet {number}", 80 + number)
        asked = {"user_id": str(made.user_id), "role": "admin", "area_id": str(cast.communes[0])}
        assert post(by, "grants", asked).status_code == 201
        Grant.objects.filter(user_id=made.user_id).update(starts_at=now() - dt.timedelta(hours=1))
        return made

    def test_not_through_a_second_account_nor_a_third_that_it_made(self, cast: Cast, tam: Person) -> None:
        grant = self.propose(tam, cast)
        second = self.made_admin(tam, cast, 1)
        third = self.made_admin(second, cast, 2)
        for who in (tam, second, third):
            answer = post(who, f"grants/{grant}/confirm")
            assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed")
        assert post(cast.son, f"grants/{grant}/confirm").status_code == 200

    def test_not_through_a_colleague_whose_account_one_opened(self, cast: Cast, tam: Person) -> None:
        other = add_person("hai", 61)
        add_grant(other, "admin", cast.communes[0])
        code = post(tam, f"users/{other.user_id}/issue_code").json()["code"]
        ActivationCode.objects.filter(user_id=other.user_id).update(used_at=now())
        assert code
        grant = self.propose(tam, cast)
        assert post(other, f"grants/{grant}/confirm").status_code == 403
        ActivationCode.objects.filter(user_id=other.user_id).update(used_at=now() - dt.timedelta(days=31))
        assert post(other, f"grants/{grant}/confirm").status_code == 200

    def test_who_opens_an_officers_account_does_not_become_the_officer(self, cast: Cast, tam: Person) -> None:
        role = Grant.objects.get(user_id=cast.dung.user_id)
        assert post(tam, f"users/{cast.dung.user_id}/issue_code").status_code == 200
        role.refresh_from_db()
        assert (role.confirmed_at, role.granted_by) == (None, tam.user_id)
        assert not cast.dung.actor().holdings
        assert post(tam, f"grants/{role.id}/confirm").status_code == 403
        assert post(cast.son, f"grants/{role.id}/confirm").status_code == 200
        assert [h.role for h in cast.dung.actor().holdings] == ["police_officer"]

    def test_nor_by_taking_the_one_time_codes_away(self, cast: Cast, tam: Person) -> None:
        SecondFactor.objects.create(user_id=cast.dung.user_id, sealed_secret=b"x", created_at=now(), confirmed_at=now())
        role = Grant.objects.get(user_id=cast.dung.user_id)
        assert post(tam, f"users/{cast.dung.user_id}/issue_code").status_code == 200
        role.refresh_from_db()
        assert role.confirmed_at is not None, "the code alone doesn't open what a second factor guards"
        assert post(tam, f"users/{cast.dung.user_id}/reset_second_factor").status_code == 204
        role.refresh_from_db()
        assert role.confirmed_at is None
        told = AuditEvent.objects.filter(name="grant.proposed", subject_id=role.id)
        assert told.count() == 1, "the police of the area see it"

    def test_a_first_sheet_leaves_the_role_alone(self, cast: Cast) -> None:
        """Nobody has used the account yet: the second person has just confirmed whom it is for."""
        User.objects.filter(id=cast.dung.user_id).update(password="")
        issue_code(actor=cast.son.actor(), user_id=cast.dung.user_id)
        assert Grant.objects.get(user_id=cast.dung.user_id).confirmed_at is not None


class TestImports:
    @pytest.fixture
    def expiring(self, province: Province) -> Grant:  # noqa: F811
        User.objects.filter(id=province.son.user_id).update(phone="+84912000001")
        tam = add_person("tam", 60)
        User.objects.filter(id=tam.user_id).update(phone="+84912000002", area_id=province.communes[0])
        add_grant(tam, "admin", province.communes[0])
        Grant.objects.filter(user_id=tam.user_id).update(ends_at=now() + dt.timedelta(days=2))
        self.tam = tam
        return Grant.objects.get(user_id=tam.user_id)

    def grants(self, phone: str, role: str) -> bytes:
        return sheet(Quyền=[GRANTS, [phone, role, "22000", "", "", dt.date(2031, 12, 31)]])

    def test_nobody_prolongs_the_own_role_by_a_file(self, province: Province, expiring: Grant) -> None:  # noqa: F811
        found = province.bring(self.grants("0912000002", "Quản trị viên"), by=self.tam)
        assert [code for *_, code in faults(found)] == ["own_account"], faults(found)
        before = expiring.ends_at
        expiring.refresh_from_db()
        assert expiring.ends_at == before

    def test_no_file_prolongs_a_police_role(self, province: Province, expiring: Grant) -> None:  # noqa: F811
        dung = add_person("dung", 61)
        User.objects.filter(id=dung.user_id).update(phone="+84912000003", area_id=province.communes[0])
        add_grant(dung, "police_officer", province.communes[0])
        Grant.objects.filter(user_id=dung.user_id).update(ends_at=now() + dt.timedelta(days=2))
        found = province.bring(self.grants("0912000003", "Công an xã"), by=self.tam)
        assert [code for *_, code in faults(found)] == ["police_prolonged"], faults(found)

    def test_taking_an_import_back_leaves_what_was_moved_out_of_ones_areas(self, cast: Cast, tam: Person) -> None:
        found = Import.objects.create(
            kind="people", area_id=cast.communes[0], author_id=tam.user_id, session_id=tam.session_id,
            content_type="text/csv", size=1, sha256="0" * 64, status="applied", created_at=now(), applied_at=now(),
        )  # fmt: skip
        hamlet = add_area("hamlet", "thon", "Thôn Đi", cast.communes[1])  # it was the first commune's when it came
        team = add_team(hamlet, "Tổ Đi")
        person = add_person("di", 70)
        User.objects.filter(id=person.user_id).update(area_id=hamlet)
        membership = add_member(person, hamlet, team, "member")
        grant = add_grant(person, "analyst", hamlet)
        things = {"area": hamlet, "team": team, "user": person.user_id, "membership": membership, "grant": grant}
        for number, (kind, id_) in enumerate(things.items()):
            ImportThing.objects.create(import_id=found.id, type=kind, subject_id=id_, no=number)
        kept = look_at(found.id, tam.actor()).counts()
        assert {kind: each["deactivate"] for kind, each in kept.items()} == dict.fromkeys(things, 0)
        all_of_it = look_at(found.id, SystemActor(reason="tests")).counts()
        assert all_of_it["user"]["deactivate"] == all_of_it["membership"]["deactivate"] == 1
        assert look_at(found.id, cast.son.actor()).counts()["user"]["deactivate"] == 1


def test_a_pdf_is_named_without_what_a_header_could_not_hold(cast: Cast) -> None:
    from tests.browser import browser

    name = 'Lan"; filename=x.html 名 🙂'
    User.objects.filter(id=cast.lan.user_id).update(full_name=name, name_fold=name.lower())
    answer = browser(cast.son).post(f"/admin/people/{cast.lan.user_id}/sheet/")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="an-thon-lan-filename-x.html-.pdf"'


def test_a_lost_phone_is_enrolled_no_longer(cast: Cast) -> None:
    """Whoever found it and saw the next password, which may be short, still doesn't get in with it."""
    lost, new = Phone(), Phone()
    lan = cast.lan.user_id
    assert lost.activate(issue_code(actor=cast.son.actor(), user_id=lan).code, "ngắn gọn 1").status == 200
    code = issue_code(actor=cast.son.actor(), user_id=lan, sessions_too=True).code
    assert lost.sign_in(cast.lan, "ngắn gọn 1").code == "device_not_enrolled"
    assert new.activate(code, "ngắn gọn 2").status == 200
    assert lost.sign_in(cast.lan, "ngắn gọn 2").code == "device_not_enrolled"
    assert new.sign_in(cast.lan, "ngắn gọn 2").status == 200


def test_who_is_left_out_by_a_file_is_named_in_the_trail_by_a_pseudonym(cast: Cast) -> None:
    switch_off(cast.son.actor(), [cast.lan.user_id])
    [event] = AuditEvent.objects.filter(name="session.ended")
    assert event.details["user_id"] == str(cast.lan.user_id)
    assert event.details["device_id"] == str(pseudonym(cast.lan.device_id))


def test_a_code_is_good_once_and_guesses_run_dry(cast: Cast) -> None:
    code = issue_code(actor=cast.son.actor(), user_id=cast.lan.user_id).code
    assert Phone().activate(code).status == 200
    assert Phone().activate(code).status == 401
