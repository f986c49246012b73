"""`POST /v1/users`: who takes whom in, and what a repeat or a mistake is answered."""

import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, Membership, User
from api.ids import uuid7
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_person
from tests.client import signed_in


def create(who: Person, **body: Any) -> Any:
    whole = {"phone": "0987 000 111", "full_name": "Trần Văn Tư"} | body
    sent = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in whole.items()}
    return signed_in(who).post("/v1/users", sent, content_type="application/json")


@pytest.mark.django_db
class TestCreating:
    def test_son_makes_an_account_that_waits(self, cast: Cast) -> None:
        answer = create(cast.son, area_id=cast.hamlets[0])
        body = answer.json()
        assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/users/{body['id']}")
        assert (body["status"], body["phone"], body["full_name"]) == ("waiting", "+84987000111", "Trần Văn Tư")
        assert (body["area_id"], body["memberships"], body["locale"]) == (str(cast.hamlets[0]), [], "vi")
        event = AuditEvent.objects.get(name="user.created")
        assert (event.subject_id, event.area_id) == (uuid.UUID(body["id"]), cast.hamlets[0])
        assert "987000111" not in str(event.details)

    def test_bao_takes_a_member_into_his_team_and_gives_the_code(self, cast: Cast) -> None:
        body = create(cast.bao, team_id=cast.teams[0], badge_number="07").json()
        assert [(m["team_name"], m["role"], m["badge_number"]) for m in body["memberships"]] == [
            ("Tổ tự quản 1", "member", "07")
        ]
        assert body["area_id"] == str(cast.hamlets[0])
        code = signed_in(cast.bao).post(f"/v1/users/{body['id']}/issue_code", content_type="application/json")
        assert code.status_code == 200 and code.json()["purpose"] == "activate"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"team_id": "own", "role": "leader"}, 403),
            ({"team_id": "other"}, 404),
            ({"team_id": "none"}, 404),
            ({"area_id": "own"}, 403),
            ({"area_id": "other"}, 404),
            ({"team_id": "own", "area_id": "next"}, 404),
        ],
    )
    def test_bao_takes_in_nobody_else(self, cast: Cast, body: dict[str, str], status: int) -> None:
        places = {
            "team_id": {"own": cast.teams[0], "other": cast.teams[2], "none": uuid7()},
            "area_id": {"own": cast.hamlets[0], "next": cast.hamlets[1], "other": cast.hamlets[2]},
        }
        sent = {name: places[name][value] if name in places else value for name, value in body.items()}
        assert create(cast.bao, **sent).status_code == status
        assert not User.objects.filter(phone="+84987000111").exists()

    def test_an_admin_takes_in_within_the_own_areas(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[0])
        assert create(hien, area_id=cast.communes[1]).status_code == 404
        assert create(hien, team_id=cast.teams[2]).status_code == 404
        assert create(hien, team_id=cast.teams[1], role="leader").status_code == 201

    @pytest.mark.parametrize("who", ["lan", "minh", "dung", "hoa", "linh", "khach"])
    def test_others_take_in_nobody(self, cast: Cast, who: str) -> None:
        assert create(cast.people[who], team_id=cast.teams[0]).status_code == 403

    def test_a_repeat_makes_nothing_and_another_content_is_409(self, cast: Cast) -> None:
        new = {"id": uuid7(), "team_id": cast.teams[0], "role": "leader"}
        first = create(cast.son, **new)
        signed_in(cast.son).patch(
            f"/v1/users/{new['id']}",
            {"full_name": "Trần Văn Tứ"},
            content_type="application/json",
            headers={"If-Match": "*"},
        )
        again = create(cast.son, **new, phone="+84987000111")
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json()["full_name"] == "Trần Văn Tứ"
        for other in ({"full_name": "Ai đó"}, {"phone": "0987000222"}, {"role": "member"}):
            answer = create(cast.son, **new | other)
            assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
        assert Membership.objects.filter(user_id=new["id"]).count() == 1

    def test_an_id_of_somebody_elses_is_409_and_shows_nothing(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[1])
        answer = create(hien, id=cast.lan.user_id, area_id=cast.communes[1])
        assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
        assert "current" not in answer.json()

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"phone": "0900 000 000"}, "/phone"),
            ({"phone": "12"}, "/phone"),
            ({"full_name": ""}, "/full_name"),
            ({"locale": "fr"}, "/locale"),
            ({"role": "king"}, "/role"),
            ({"password": "secret"}, "/password"),
            ({"area_id": None}, "/area_id"),
        ],
    )
    def test_what_is_wrong_is_named(self, cast: Cast, body: dict[str, Any], pointer: str) -> None:
        answer = create(cast.son, **{"area_id": cast.hamlets[0]} | body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    def test_an_account_needs_a_place(self, cast: Cast) -> None:
        answer = create(cast.son)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "required")

    def test_a_key_gives_the_same_answer_twice(self, cast: Cast) -> None:
        sent = {"phone": "0987000111", "full_name": "Trần Văn Tư", "area_id": str(cast.hamlets[0])}
        answers = [
            signed_in(cast.son).post(
                "/v1/users", sent, content_type="application/json", headers={"Idempotency-Key": "one"}
            )
            for _ in range(2)
        ]
        assert answers[0].content == answers[1].content and answers[1].headers["Idempotent-Replayed"] == "true"


@pytest.mark.usefixtures("clean_db")
def test_the_same_wish_eight_times_at_once_makes_one_account() -> None:
    cast = cast_in_streams()
    new = {"id": uuid7(), "team_id": cast.teams[0]}
    answers = at_once(8, lambda: create(cast.son, **new))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert Membership.objects.filter(user_id=new["id"]).count() == 1


@pytest.mark.usefixtures("clean_db")
def test_two_admins_with_one_number_at_once_make_one_account() -> None:
    cast = cast_in_streams()
    answers = at_once(2, lambda: create(cast.son, id=uuid7(), area_id=cast.hamlets[0]))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert User.objects.filter(phone="+84987000111").count() == 1
