"""What people get about themselves holds what the field day kept of them, and nothing of others."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.exports.own_data import _lists
from accounts.models import Export
from activities.observations.models import Alert
from activities.patrols.models import Patrol
from activities.shifts.models import Shift
from api.ids import uuid7
from api.localtime import now, wire
from api.records import record_types
from tests.accounts.test_exports import fetched
from tests.contract.world import World, make, make_world

OTHERS = "Trần Văn Hải"


def live(world: World) -> None:
    """An evening: Lan missed a shift that Bảo had given her and came to another; both walked; she took a pledge."""
    cast, kinds = world.cast, record_types()
    ago = lambda hours: wire(now() - dt.timedelta(hours=hours))  # noqa: E731
    both = [str(cast.lan.user_id), str(cast.bao.user_id)]
    came = {"id": str(uuid7()), "user_id": both[0], "event": "check_in", "at": ago(20), "by_id": both[0]}
    his = came | {"id": str(uuid7()), "user_id": both[1], "by_id": both[1]}
    make(cast, kinds["shift"], starts_at=ago(8), ends_at=ago(4), assignee_ids=both)
    kept = make(cast, kinds["shift"], starts_at=ago(20), ends_at=ago(16), assignee_ids=both)
    Shift.objects.filter(id=kept).update(attendance=[came, his])
    visits = [
        {"id": str(uuid7()), "checkpoint_id": str(uuid7()), "visited_at": ago(3), "user_id": who, "method": "qr"}
        for who in both
    ]
    Patrol.objects.filter(id=world.ids["patrol"]).update(
        participant_ids=[cast.lan.user_id, cast.bao.user_id], checkpoint_visits=visits
    )
    make(cast, kinds["alert"], cast.bao)
    make(cast, kinds["day_off"], cast.lan)


def test_lan_gets_what_the_field_day_kept_of_her(db: None) -> None:
    world = make_world()
    live(world)
    lan = world.cast.lan
    Export.objects.all().delete()  # the world's own, which nobody writes
    raw = fetched(lan, kind="own_data", format="json").decode()
    told = json.loads(raw)
    assert {name: len(told[name]) for name in _lists} == {
        "shifts": 3, "days_off": 2, "patrols": 1, "checkpoint_visits": 1, "alerts": 1, "pledges_taken": 2,
    }  # fmt: skip
    missed = [shift["absent"] for shift in told["shifts"]]
    assert missed == [False, True, False]  # the last is now: she has half an hour
    assert [entry["event"] for entry in told["shifts"][0]["attendance"]] == ["check_in"]
    assert told["alerts"][0]["did"] == ["raised"]
    assert told["alerts"][0]["id"] == str(world.ids["alert"])
    assert str(world.ids["pledge"]) in {pledge["id"] for pledge in told["pledges_taken"]}
    assert told["patrols"][0]["id"] == str(world.ids["patrol"])
    for other in (world.cast.bao, world.cast.son):
        assert str(other.user_id) not in raw and other.phone not in raw
    assert OTHERS not in raw and "tip" not in {record["type"] for record in told["records"]}


def test_bao_gets_nothing_of_lans(db: None) -> None:
    world = make_world()
    live(world)
    told: dict[str, Any] = {name: list(own(world.cast.bao.user_id)) for name, own in _lists.items()}
    assert [each["id"] for each in told["alerts"]] == list(
        Alert.objects.filter(author_id=world.cast.bao.user_id).values_list("id", flat=True)
    )
    assert (len(told["days_off"]), len(told["pledges_taken"]), len(told["checkpoint_visits"])) == (0, 0, 1)
    assert str(world.cast.lan.user_id) not in str(told)


def test_each_list_is_one_look_however_long_it_is(db: None) -> None:
    world = make_world()
    live(world)
    for name, own in _lists.items():
        with CaptureQueriesContext(connection) as captured:
            list(own(world.cast.lan.user_id))
        assert len([q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 2, name
