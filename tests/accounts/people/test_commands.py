"""`/v1/users/{id}/issue_code`, `/deactivate` and `/reactivate`: each bites on the next request."""

import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, Grant, Session, User
from api.ids import uuid7
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.phone import Phone
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_member, add_person
from tests.client import signed_in

SHORT = "mưa rào 7"


def command(who: Person, user_id: uuid.UUID, verb: str, **body: Any) -> Any:
    return signed_in(who).post(f"/v1/users/{user_id}/{verb}", body, content_type="application/json")


@pytest.mark.django_db
class TestCodes:
    def test_a_code_is_told_once_and_signs_lan_in(self, cast: Cast, phone: Phone) -> None:
        answer = command(cast.son, cast.lan.user_id, "issue_code")
        body = answer.json()
        assert (answer.status_code, body["purpose"]) == (200, "activate")
        told = signed_in(cast.son).get(f"/v1/users/{cast.lan.user_id}")
        assert told.json()["code_expires_at"] == body["expires_at"]
        assert body["code"] not in told.content.decode()
        assert phone.activate(body["code"], SHORT).status == 200
        assert signed_in(cast.son).get(f"/v1/users/{cast.lan.user_id}").json()["code_expires_at"] is None

    def test_a_later_code_takes_the_place_of_an_earlier_one(self, cast: Cast, phone: Phone) -> None:
        first, second = (command(cast.bao, cast.lan.user_id, "issue_code").json()["code"] for _ in range(2))
        assert phone.activate(first, SHORT).code == "code_invalid"
        assert phone.activate(second, SHORT).status == 200

    def test_a_lost_phone_is_out_in_the_same_step(self, cast: Cast, phone: Phone) -> None:
        phone.sign_in(cast.lan)
        kept = command(cast.son, cast.lan.user_id, "issue_code")
        assert phone.get("/v1/me").status == 200
        lost = command(cast.son, cast.lan.user_id, "issue_code", end_sessions=True)
        assert phone.get("/v1/me").code == "session_ended"
        assert phone.refresh().code == "session_ended"
        assert set(Session.objects.filter(user_id=cast.lan.user_id).values_list("ended_because", flat=True)) == {"lost"}
        assert Phone().activate(kept.json()["code"], SHORT).code == "code_invalid"
        assert Phone().activate(lost.json()["code"], SHORT).status == 200

    def test_for_a_deactivated_account_it_only_delivers(self, cast: Cast, phone: Phone) -> None:
        command(cast.son, cast.lan.user_id, "deactivate")
        assert command(cast.bao, cast.lan.user_id, "issue_code").status_code == 403
        body = command(cast.son, cast.lan.user_id, "issue_code").json()
        assert body["purpose"] == "deliver"
        assert phone.activate(body["code"]).status == 200
        assert phone.get("/v1/me").body["areas"] == []
        assert Phone().sign_in(cast.lan).code == "account_inactive"

    def test_answers_with_codes_are_not_kept(self, cast: Cast) -> None:
        answers = [
            signed_in(cast.son).post(
                f"/v1/users/{cast.lan.user_id}/issue_code",
                {},
                content_type="application/json",
                headers={"Idempotency-Key": "one"},
            )
            for _ in range(2)
        ]
        assert answers[0].json()["code"] != answers[1].json()["code"]

    def test_a_leader_gives_codes_to_plain_people_of_the_own_team_alone(self, cast: Cast) -> None:
        def asks(user_id: uuid.UUID) -> int:
            return int(command(cast.bao, user_id, "issue_code").status_code)

        assert asks(cast.lan.user_id) == 200
        assert asks(cast.bao.user_id) == 403
        assert [asks(who) for who in (cast.linh.user_id, cast.hoa.user_id, uuid7())] == [404, 404, 404]
        User.objects.filter(id=cast.lan.user_id).update(area_id=cast.hamlets[3])
        assert asks(cast.lan.user_id) == 403
        User.objects.filter(id=cast.lan.user_id).update(area_id=cast.hamlets[0])
        add_grant(cast.lan, "front_work_head", cast.hamlets[0])
        assert asks(cast.lan.user_id) == 403

    def test_nobody_gives_a_code_to_themself(self, cast: Cast) -> None:
        assert command(cast.son, cast.son.user_id, "issue_code").status_code == 403

    def test_a_role_that_waits_or_is_to_come_keeps_leaders_away(self, cast: Cast) -> None:
        add_grant(cast.lan, "police_officer", cast.communes[0])
        Grant.objects.filter(user_id=cast.lan.user_id).update(confirmed_at=None)
        assert command(cast.bao, cast.lan.user_id, "issue_code").status_code == 403


@pytest.mark.django_db
class TestSwitching:
    def test_a_deactivated_account_is_out_at_the_next_request(self, cast: Cast, phone: Phone) -> None:
        phone.sign_in(cast.lan)
        answer = command(cast.son, cast.lan.user_id, "deactivate")
        assert (answer.status_code, answer.json()["status"]) == (200, "inactive")
        assert phone.get("/v1/me").code == phone.refresh().code == "account_inactive"
        assert Phone().sign_in(cast.lan).code == "account_inactive"

    def test_reactivated_it_signs_in_anew(self, cast: Cast, phone: Phone) -> None:
        phone.sign_in(cast.lan)
        command(cast.son, cast.lan.user_id, "deactivate")
        assert command(cast.son, cast.lan.user_id, "reactivate").json()["status"] == "active"
        assert phone.get("/v1/me").code == "session_ended"
        assert phone.sign_in(cast.lan).status == 200

    def test_twice_is_once(self, cast: Cast) -> None:
        for verb, name in (("deactivate", "user.deactivated"), ("reactivate", "user.reactivated")):
            assert [command(cast.son, cast.lan.user_id, verb).status_code for _ in range(2)] == [200, 200]
            assert AuditEvent.objects.filter(name=name, subject_id=cast.lan.user_id).count() == 1

    def test_rights_reach_as_far_as_the_own_areas(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[0])
        add_member(cast.linh, cast.hamlets[0], cast.teams[0], "member")
        for verb in ("deactivate", "reactivate"):
            asked = {who: command(cast.people[who], cast.lan.user_id, verb).status_code for who in cast.people}
            assert asked == {
                "son": 200, "bao": 403, "lan": 403, "minh": 403, "dung": 403, "hoa": 403, "linh": 403, "khach": 404,
            }  # fmt: skip
            assert command(hien, cast.lan.user_id, verb).status_code == 200
            assert command(hien, cast.linh.user_id, verb).status_code == 403
            assert command(hien, cast.hoa.user_id, verb).status_code == 404

    def test_the_last_admin_stays(self, cast: Cast) -> None:
        answer = command(cast.son, cast.son.user_id, "deactivate")
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
        add_grant(cast.khach, "admin", cast.province)
        assert command(cast.son, cast.son.user_id, "deactivate").status_code == 200
        assert signed_in(cast.son).get("/v1/me").json()["code"] == "account_inactive"


@pytest.mark.usefixtures("clean_db")
def test_of_two_admins_who_switch_each_other_off_at_once_one_stays() -> None:
    cast = cast_in_streams()
    add_grant(cast.khach, "admin", cast.province)
    pairs = iter([(cast.son, cast.khach), (cast.khach, cast.son)])

    def switch_off() -> int:
        by, whom = next(pairs)
        return int(command(by, whom.user_id, "deactivate").status_code)

    answers = sorted(at_once(2, switch_off))
    assert answers[0] == 200 and answers[1] in (403, 409)
    assert User.objects.filter(id__in=[cast.son.user_id, cast.khach.user_id], is_active=True).count() == 1


@pytest.mark.usefixtures("clean_db")
def test_of_codes_issued_at_once_one_is_good() -> None:
    cast = cast_in_streams()
    codes = [answer.json()["code"] for answer in at_once(4, lambda: command(cast.son, cast.lan.user_id, "issue_code"))]
    assert sorted(Phone().activate(code, SHORT).status for code in codes) == [200, 401, 401, 401]
