"""Late delivery: what was made during a membership still arrives after it ended, and nothing else does."""

import datetime as dt

import pytest

from accounts.models import Membership
from activities.patrols.models import Patrol
from api.localtime import now, wire
from tests.api.sync.talk import (
    client,
    code,
    delete,
    lamp,
    mutation,
    one,
    patch,
    pull,
    push,
    push_as,
    put,
    read,
    results,
    some_id,
)
from tests.cast import Cast, add_member, add_team

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def ended(cast: Cast) -> dt.datetime:
    """Lan's membership ended this morning, six hours ago."""
    moment = now() - 6 * HOUR
    Membership.objects.filter(user_id=cast.lan.user_id).update(ends_at=moment)
    return moment


def last_night(cast: Cast, **fields: object) -> dict:
    return lamp(cast, recorded_at=wire(now() - 12 * HOUR), **fields)


def patrol(cast: Cast, began: dt.datetime) -> dict:
    data = {
        "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]), "recorded_at": wire(began),
        "started_at": wire(began), "status": "ongoing",
    }  # fmt: skip
    return mutation("put", some_id(), data, type="patrol")


def photo(cast: Cast, taken: dt.datetime) -> dict:
    data = {
        "area_id": str(cast.hamlets[0]), "recorded_at": wire(taken), "captured_at": wire(taken), "kind": "photo",
        "content_type": "image/jpeg", "sha256": "ab" * 32, "size": 1000,
    }  # fmt: skip
    return mutation("put", some_id(), data, type="media")


def test_what_was_made_last_night_is_taken_and_flagged_late(cast: Cast, ended: dt.datetime) -> None:
    made = put(last_night(cast))
    answer = push(cast.lan, made)
    [result] = answer["results"]
    assert result["status"] == "applied" and "current" not in result
    assert read(cast.bao, made["id"])["flags"] == ["late"]


def test_what_was_made_this_noon_is_refused(cast: Cast, ended: dt.datetime) -> None:
    for change in (put(lamp(cast)), put(lamp(cast), elapsed_ms=1000)):
        result = one(cast.lan, change)
        assert (result["status"], code(result)) == ("rejected", "membership_ended")


def test_the_monotonic_clock_decides_when_it_was_made(cast: Cast, ended: dt.datetime) -> None:
    night = put(lamp(cast, recorded_at="1970-01-01T00:00:00Z"), elapsed_ms=12 * 3_600_000)
    noon = put(last_night(cast), elapsed_ms=1000)
    assert [r["status"] for r in results(cast.lan, night, noon)] == ["applied", "rejected"]


def test_nothing_is_pulled_by_who_left(cast: Cast, ended: dt.datetime) -> None:
    one(cast.bao, put(lamp(cast)))
    assert pull(cast.lan)["changes"] == []


def test_after_thirty_days_nothing_is_taken_any_more(cast: Cast) -> None:
    Membership.objects.filter(user_id=cast.lan.user_id).update(
        starts_at=now() - dt.timedelta(days=60), ends_at=now() - dt.timedelta(days=30, minutes=1)
    )
    result = one(cast.lan, put(lamp(cast, recorded_at=wire(now() - dt.timedelta(days=40)))))
    assert (result["status"], code(result)) == ("rejected", "not_found")


def test_own_records_are_edited_late_and_others_records_are_not(cast: Cast) -> None:
    mine, theirs = put(lamp(cast)), put(lamp(cast))
    one(cast.lan, mine)
    one(cast.bao, theirs)
    Membership.objects.filter(user_id=cast.lan.user_id).update(ends_at=now() - 6 * HOUR)
    age = {"elapsed_ms": 12 * 3_600_000}
    edits = [patch(m["id"], {"watt": 9, "area_id": str(cast.hamlets[0])}, 1, **age) for m in (mine, theirs)]
    own, other = results(cast.lan, *edits)
    assert own["status"] == "applied" and "current" not in own
    assert code(other) == "membership_ended"
    assert read(cast.bao, mine["id"])["flags"] == ["late"]
    assert code(one(cast.lan, delete(theirs["id"], 1, **age))) == "membership_ended"


def test_what_others_wrote_meanwhile_is_not_shown_to_who_left(cast: Cast) -> None:
    made = put(lamp(cast))
    one(cast.lan, made)
    one(cast.bao, patch(made["id"], {"name": "Đèn đình"}, 1))
    Membership.objects.filter(user_id=cast.lan.user_id).update(ends_at=now() - 6 * HOUR)
    age = {"elapsed_ms": 12 * 3_600_000}
    merged, conflict = results(
        cast.lan, patch(made["id"], {"watt": 9}, 1, **age), patch(made["id"], {"name": "Đèn chợ"}, 1, **age)
    )
    assert (merged["status"], conflict["status"]) == ("merged", "conflict")
    assert "current" not in merged and "current" not in conflict


def test_another_teams_record_is_not_delivered_late(cast: Cast, ended: dt.datetime) -> None:
    assert code(one(cast.lan, put(last_night(cast, team_id=some_id())))) == "membership_ended"


def test_a_patrol_with_its_track_and_photo_is_delivered_late(cast: Cast, ended: dt.datetime) -> None:
    began = now() - 12 * HOUR
    walk = patrol(cast, began)
    piece = {"t0": wire(began), "dt_s": [0, 5], "lon_e6": [108102345, 9], "lat_e6": [10928111, 9], "accuracy_m": [8, 8]}
    track = mutation("put", walk["id"], {**piece, "area_id": str(cast.hamlets[0])}, type="track")
    assert [r["status"] for r in results(cast.lan, track, walk, photo(cast, began))] == ["applied"] * 3
    noon = {**piece, "t0": wire(now()), "area_id": str(cast.hamlets[0])}
    assert code(one(cast.lan, mutation("put", walk["id"], noon, type="track"))) == "membership_ended"


def test_who_left_can_neither_take_nor_see_anothers_photo(cast: Cast, ended: dt.datetime) -> None:
    taken = photo(cast, now())
    assert one(cast.bao, taken)["status"] == "applied"
    result = one(cast.lan, photo(cast, now() - 12 * HOUR) | {"id": taken["id"]})
    assert (result["status"], code(result)) == ("rejected", "already_exists") and "current" not in result
    for op in ("patch", "delete"):
        there, age = {"area_id": str(cast.hamlets[0])}, 12 * 3_600_000
        assert one(cast.lan, mutation(op, taken["id"], there, 1, type="media", elapsed_ms=age))["status"] == "rejected"


def test_who_moved_to_another_team_of_the_hamlet_still_delivers_for_the_first(cast: Cast, ended: dt.datetime) -> None:
    second = add_team(cast.hamlets[0], "Tổ mới")
    add_member(cast.lan, cast.hamlets[0], second, "member", starts_at=now() - 5 * HOUR)
    made = put(last_night(cast))
    assert one(cast.lan, made)["status"] == "applied"
    assert read(cast.bao, made["id"])["flags"] == ["late"]
    assert one(cast.lan, put(lamp(cast, team_id=str(second))))["status"] == "applied"
    assert code(one(cast.lan, put(lamp(cast)))) == "membership_ended"


def test_a_repeat_of_a_late_delivery_is_unchanged(cast: Cast, ended: dt.datetime) -> None:
    made = put(last_night(cast))
    one(cast.lan, made)
    again = one(cast.lan, made)
    assert (again["status"], again["was"]) == ("unchanged", "applied")


def test_a_night_of_1970_is_delivered_late_by_its_age(cast: Cast, ended: dt.datetime) -> None:
    """The phone's clock says 1970, now as then; its night was twelve hours ago."""
    began = dt.datetime(1970, 1, 1, 0, 0, tzinfo=dt.UTC)
    walk = patrol(cast, began)
    [item] = push_as(cast.lan.actor(), [walk], began + 12 * HOUR)
    assert item.outcome is not None and item.outcome.status == "applied"
    kept = Patrol.objects.get(id=walk["id"])
    assert abs(kept.occurred_at - (now() - 12 * HOUR)) < dt.timedelta(minutes=1)
    assert set(kept.flags) == {"estimated", "late"}


def test_nor_by_making_the_same_record_again_over_rest(cast: Cast) -> None:
    """A repeat is answered with what it sent, another content with nothing of what stands."""
    made = put(last_night(cast))
    one(cast.lan, made)
    one(cast.bao, patch(made["id"], {"name": "Đèn đình"}, 1))
    Membership.objects.filter(user_id=cast.lan.user_id).update(ends_at=now() - 6 * HOUR)
    sent = made["data"] | {"id": made["id"]}
    answers = [
        client(cast.lan).post("/v1/lamps", body, "application/json") for body in (sent, sent | {"name": "Đèn chợ"})
    ]
    again, other = answers
    assert (again.status_code, again.json()["name"], other.status_code) == (200, sent["name"], 409)
    assert not any("Đèn đình" in answer.content.decode() for answer in answers)
    assert "current" not in other.json()
