"""Observations: whose they are, and how two phones' edits of one meet."""

import pytest

from activities.observations.models import Observation
from api.ids import uuid7
from tests.activities.conftest import Send
from tests.cast import Cast


def test_lan_writes_what_her_team_saw_and_it_can_be_found_without_accents(cast: Cast, send: Send):
    id = uuid7()
    outcome = send(cast.lan, "observation", id, note="Đèn đường hỏng", place_text="Ngõ 3")
    assert outcome.status == "applied"
    assert Observation.objects.filter(id=id, text_fold__contains="den duong hong").exists()


def test_an_observation_may_come_before_its_patrol(cast: Cast, send: Send):
    patrol = str(uuid7())
    assert send(cast.lan, "observation", uuid7(), patrol_id=patrol).record["patrol_id"] == patrol


def test_bao_tells_the_police_while_lan_adds_a_note(cast: Cast, send: Send):
    id = uuid7()
    send(cast.lan, "observation", id, severity="urgent")
    send(cast.bao, "observation", id, "patch", base=1, reported_at="2026-11-22T13:00:00Z", police_reference="CA-12/26")
    outcome = send(cast.lan, "observation", id, "patch", base=1, note="Công an đã tới")
    assert (outcome.status, outcome.version) == ("merged", 3)
    assert outcome.record["reported_at"] == "2026-11-22T13:00:00.000Z"
    assert outcome.record["note"] == "Công an đã tới"


def test_a_point_is_taken_or_refused_as_a_whole(cast: Cast, send: Send):
    id, here, there = uuid7(), {"lon": 108.1, "lat": 10.9, "accuracy_m": 5}, {"lon": 108.2, "lat": 10.8}
    send(cast.lan, "observation", id)
    send(cast.bao, "observation", id, "patch", base=1, location=here)
    outcome = send(cast.lan, "observation", id, "patch", base=1, location=there)
    assert outcome.status == "conflict"
    assert outcome.record["location"] == {"lon": 108.1, "lat": 10.9, "accuracy_m": 5.0}


@pytest.mark.parametrize(("who", "code"), [("linh", "not_found"), ("hoa", "forbidden"), ("minh", "forbidden")])
def test_who_may_not_write_an_observation(cast: Cast, send: Send, who: str, code: str):
    assert send(cast.people[who], "observation", uuid7()).problem.code == code


def test_lan_may_not_write_for_another_team(cast: Cast, send: Send):
    id = uuid7()
    assert send(cast.lan, "observation", id, team_id=str(cast.teams[1])).problem.code == "forbidden"
    send(cast.lan, "observation", id)
    assert send(cast.lan, "observation", id, "patch", base=1, team_id=str(cast.teams[1])).problem.code == "forbidden"
