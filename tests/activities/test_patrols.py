"""Patrols: their rules, how two phones' edits meet, their closing and their track."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from activities.patrols import services
from activities.patrols.rules import began_at, derive, faults
from activities.patrols.services import close_patrol, track_of
from api.ids import uuid7
from api.localtime import local_day, now, wire
from api.problems import Problem
from api.records import record_type
from api.sync.changes import Change, Clock, Outcome
from api.sync.engine import write
from tests.activities.conftest import BASICS, Send
from tests.activities.test_track import piece_of, walk
from tests.cast import Cast, Person
from tests.client import CheckedClient

As = Callable[[Person], CheckedClient]

JSON = "application/json"
START, END = "2026-11-22T12:30:00.000Z", "2026-11-22T16:30:00.000Z"


def whole(**fields: object) -> dict:
    """A patrol in wire form, as the rules see it."""
    return {
        "started_at": START, "ended_at": None, "status": "ongoing", "flags": [], "clock_skew_s": 0,
        "recorded_at": START, "occurred_at": START, "received_at": END, **fields,
    }  # fmt: skip


# Rules


def test_a_patrol_that_is_over_has_an_end():
    for status in ("completed", "abandoned"):
        assert [(e.pointer, e.code) for e in faults(whole(status=status), {})] == [("/ended_at", "end_missing")]
        assert faults(whole(status=status, ended_at=END), {}) == []


def test_an_end_shortly_before_the_start_is_a_slip_and_long_before_it_a_clock_that_was_reset():
    slip = whole(ended_at="2026-11-22T12:29:59.999Z")
    assert [e.code for e in faults(slip, {})] == ["ends_before_it_begins"]
    reset = whole(ended_at="1970-01-01T03:00:00.000Z")
    assert faults(reset, {}) == []
    assert derive(reset, {})["flags"] == ["times_disagree"]
    assert derive(whole(ended_at=END, flags=["late", "times_disagree"]), {})["flags"] == ["late"]


def test_a_patrol_counts_on_the_local_day_it_began():
    before_midnight, after_midnight = "2026-11-22T16:59:59.000Z", "2026-11-22T17:00:00.000Z"
    assert derive(whole(started_at=before_midnight), {})["local_day"] == "2026-11-22"
    assert derive(whole(started_at=after_midnight), {})["local_day"] == "2026-11-23"


def test_a_patrol_in_the_last_hours_of_the_calendar_still_has_a_day():
    end = "9999-12-31T23:59:59.999Z"
    last = whole(started_at=end, ended_at=end, recorded_at=end, occurred_at=end)
    assert derive(last, {})["local_day"] == "9999-12-31"


def test_a_night_by_a_clock_of_1970_counts_on_its_true_day():
    skew = int((dt.datetime.fromisoformat(START) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds())
    night = whole(started_at="1970-01-01T00:00:00.000Z", recorded_at="1970-01-01T00:00:05.000Z")
    assert derive(night | {"clock_skew_s": skew}, {})["local_day"] == "2026-11-22"
    # The clock was set right in the morning, before the phone sent: only the monotonic clock knows.
    assert began_at(night | {"occurred_at": "2026-11-22T12:30:05.000Z"}) == dt.datetime.fromisoformat(START)


# Two phones


def test_lan_and_bao_add_visits_and_members_and_nothing_is_lost(cast: Cast, send: Send, patrol: uuid.UUID):
    def visit() -> dict:
        return {"id": str(uuid7()), "checkpoint_id": str(uuid7()), "visited_at": START}

    send(cast.lan, "patrol", patrol, "patch", base=1, checkpoint_visits=[visit()], participant_ids=[str(uuid7())])
    outcome = send(
        cast.bao, "patrol", patrol, "patch", base=1, checkpoint_visits=[visit()], participant_ids=[str(uuid7())]
    )
    assert outcome.status == "merged"
    assert len(outcome.record["checkpoint_visits"]) == len(outcome.record["participant_ids"]) == 2


def test_two_different_closings_conflict_as_a_whole(cast: Cast, send: Send, patrol: uuid.UUID):
    ended = wire(now() + dt.timedelta(hours=1))
    assert send(cast.lan, "patrol", patrol, "patch", base=1, status="completed", ended_at=ended).status == "applied"
    outcome = send(cast.bao, "patrol", patrol, "patch", base=1, status="abandoned", ended_at=wire(now()))
    assert outcome.status == "conflict"
    assert (outcome.record["status"], outcome.record["ended_at"]) == ("completed", ended)
    assert {each["field"] for each in outcome.conflicts} == {"status", "ended_at"}


def test_linh_of_another_team_and_minh_who_only_reads_may_not_write(cast: Cast, send: Send, patrol: uuid.UUID):
    assert send(cast.linh, "patrol", uuid7()).problem.code == "not_found"
    assert send(cast.minh, "patrol", uuid7()).problem.code == "forbidden"
    assert send(cast.lan, "patrol", uuid7(), team_id=str(cast.teams[1])).problem.code == "forbidden"


# Closing


def close(who: Person, patrol: uuid.UUID, **fields: str) -> dict:
    return close_patrol(actor=who.actor(), patrol_id=patrol, **fields)


def test_closing_what_is_closed_with_the_same_content_changes_nothing(cast: Cast, patrol: uuid.UUID):
    ended = wire(now() + dt.timedelta(hours=1))
    once = close(cast.lan, patrol, ended_at=ended, outcome="Bình yên")
    assert (once["status"], once["ended_at"], once["outcome"], once["version"]) == ("completed", ended, "Bình yên", 2)
    assert close(cast.bao, patrol, ended_at=ended, outcome="Bình yên") == once
    assert close(cast.bao, patrol, ended_at=ended) == once


def test_closing_what_is_closed_with_other_content_is_refused_with_what_stands(cast: Cast, patrol: uuid.UUID):
    once = close(cast.lan, patrol, ended_at=wire(now() + dt.timedelta(hours=1)))
    with pytest.raises(Problem) as refused:
        close(cast.bao, patrol, ended_at=once["ended_at"], status="abandoned")
    assert refused.value.code == "patrol_closed"
    assert refused.value.extra["current"] == once


def test_closing_obeys_the_rules(cast: Cast, patrol: uuid.UUID):
    with pytest.raises(Problem) as refused:
        close(cast.lan, patrol, ended_at=wire(now() - dt.timedelta(hours=1)))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/ended_at", "ends_before_it_begins")]


@pytest.mark.parametrize(
    ("who", "code"),
    [("linh", "not_found"), ("khach", "not_found"), ("minh", "forbidden"), ("dung", "forbidden"), ("hoa", "forbidden")],
)
def test_who_may_not_close(cast: Cast, patrol: uuid.UUID, who: str, code: str):
    with pytest.raises(Problem) as refused:
        close(cast.people[who], patrol, ended_at=END)
    assert refused.value.code == code
    if code == "not_found":
        with pytest.raises(Problem) as unknown:
            close(cast.people[who], uuid7(), ended_at=END)
        assert (unknown.value.code, unknown.value.extra) == (refused.value.code, refused.value.extra)


def test_who_may_not_close_may_not_repeat_a_closing_either(cast: Cast, patrol: uuid.UUID):
    once = close(cast.lan, patrol, ended_at=wire(now() + dt.timedelta(hours=1)))
    with pytest.raises(Problem, match="forbidden"):
        close(cast.minh, patrol, ended_at=once["ended_at"])


def test_a_deleted_patrol_is_gone_for_those_who_saw_it(as_: As, cast: Cast, send: Send, patrol: uuid.UUID):
    assert send(cast.lan, "patrol", patrol, "delete", base=1).status == "applied"
    for who, status in ((cast.lan, 410), (cast.minh, 410), (cast.hoa, 403), (cast.linh, 404)):
        assert as_(who).post(f"/v1/patrols/{patrol}/close", {"ended_at": END}, JSON).status_code == status
        assert as_(who).get(f"/v1/patrols/{patrol}/track").status_code == status


def test_hoa_who_only_counts_gets_403_for_a_patrol_and_its_track(as_: As, cast: Cast, patrol: uuid.UUID):
    for path in (f"/v1/patrols/{patrol}", f"/v1/patrols/{patrol}/track"):
        assert as_(cast.hoa).get(path).status_code == 403
    assert as_(cast.hoa).post(f"/v1/patrols/{patrol}/close", {"ended_at": END}, JSON).status_code == 403


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """`meanwhile(work)`: done by somebody else just after the next closing has looked at its patrol."""

    def arrange(work: Callable[[], object]) -> None:
        def read_then_work(*args: object) -> tuple[str, int]:
            monkeypatch.undo()
            found = services.read_one(*args)
            work()
            return found

        monkeypatch.setattr(services, "read_one", read_then_work)

    return arrange


def test_a_visit_that_comes_while_a_patrol_is_closed_is_kept(meanwhile, cast: Cast, send: Send, patrol: uuid.UUID):
    visit = {"id": str(uuid7()), "checkpoint_id": str(uuid7()), "visited_at": START}
    meanwhile(lambda: send(cast.bao, "patrol", patrol, "patch", base=1, checkpoint_visits=[visit]))
    closed = close(cast.lan, patrol, ended_at=wire(now() + dt.timedelta(hours=1)))
    assert (closed["status"], closed["version"], len(closed["checkpoint_visits"])) == ("completed", 3, 1)


def test_of_two_closings_at_once_the_second_is_refused_unless_it_is_the_same(
    meanwhile, cast: Cast, send: Send, patrol: uuid.UUID
):
    ended = wire(now() + dt.timedelta(hours=1))
    meanwhile(lambda: close(cast.bao, patrol, ended_at=ended))
    assert close(cast.lan, patrol, ended_at=ended)["version"] == 2
    other = uuid7()
    send(cast.lan, "patrol", other)
    meanwhile(lambda: close(cast.bao, other, ended_at=ended, status="abandoned"))
    with pytest.raises(Problem, match="patrol_closed") as refused:
        close(cast.lan, other, ended_at=ended)
    assert refused.value.extra["current"]["status"] == "abandoned"


# Tracks


def add_piece(who: Person, patrol: uuid.UUID, area_id: uuid.UUID, piece: dict) -> Outcome:
    return write(who.actor(), [Change("track", patrol, "put", area_id, piece)])[0]


def test_pieces_of_two_phones_become_one_track_and_the_patrol_knows(cast: Cast, patrol: uuid.UUID):
    for who, rows in ((cast.lan, walk(10)), (cast.bao, walk(10, start=walk(10)[-1][0] + 5))):
        assert add_piece(who, patrol, cast.hamlets[0], piece_of(rows)).status == "applied"
    got = track_of(actor=cast.dung.actor(), patrol_id=patrol)
    assert (got["patrol_id"], got["points"]) == (str(patrol), 20)
    known = close(cast.lan, patrol, ended_at=wire(now() + dt.timedelta(hours=1)))
    assert known["track_points"] == 20
    assert known["distance_m"] > 100
    assert known["bounding_box"]["south"] == 10.93


def test_a_piece_that_comes_again_changes_nothing(cast: Cast, patrol: uuid.UUID):
    first = add_piece(cast.lan, patrol, cast.hamlets[0], piece_of(walk(10)))
    again = add_piece(cast.lan, patrol, cast.hamlets[0], piece_of(walk(10)))
    assert (first.status, first.version) == ("applied", 2)
    assert (again.status, again.version) == ("unchanged", 2)


def test_a_track_may_come_before_its_patrol(cast: Cast, send: Send):
    patrol = uuid7()
    assert add_piece(cast.lan, patrol, cast.hamlets[0], piece_of(walk(10))).status == "applied"
    with pytest.raises(Problem, match="not_found"):
        track_of(actor=cast.lan.actor(), patrol_id=patrol)
    outcome = send(cast.lan, "patrol", patrol)
    assert (outcome.status, outcome.record["track_points"], outcome.record["duration_s"]) == ("applied", 10, 45)
    assert track_of(actor=cast.lan.actor(), patrol_id=patrol)["points"] == 10


def test_a_patrol_without_a_track_has_an_empty_one(cast: Cast, patrol: uuid.UUID):
    got = track_of(actor=cast.lan.actor(), patrol_id=patrol)
    assert (got["points"], got["t0"], got["dt_s"]) == (0, None, [])


@pytest.mark.parametrize("who", ["linh", "khach"])
def test_who_may_not_see_a_track_gets_the_same_as_for_no_patrol(cast: Cast, patrol: uuid.UUID, who: str):
    for id in (patrol, uuid7()):
        with pytest.raises(Problem, match="not_found"):
            track_of(actor=cast.people[who].actor(), patrol_id=id)


def test_the_night_of_a_phone_whose_clock_says_1970_is_dated_right(cast: Cast):
    id, received = uuid7(), now()
    skew = int(received.timestamp())
    raw = BASICS["patrol"](cast) | {
        "id": str(id), "recorded_at": "1970-01-01T00:00:00.000Z", "started_at": "1970-01-01T00:00:00.000Z",
    }  # fmt: skip
    clock = Clock(occurred_at=received, received_at=received, skew_s=skew, estimated=True)
    data = record_type("patrol").shape.decode(raw)
    [outcome] = write(cast.lan.actor(), [Change("patrol", id, "put", cast.hamlets[0], data, clock=clock)])
    assert outcome.record["local_day"] == local_day(received).isoformat()
    assert outcome.record["started_at"] == "1970-01-01T00:00:00.000Z"
