"""The audit trail as it is read: by whom, where, by which filters, page by page, and at what cost."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit, events
from accounts.events import audit_statement
from api.actors import Event
from api.ids import uuid7
from api.localtime import LOCAL, now
from tests.cast import Cast, Person, add_area, add_grant
from tests.client import signed_in

pytestmark = pytest.mark.django_db


_BEGAN, _TICKS = now(), itertools.count()


def happen(
    name: str = "user.renamed", area: uuid.UUID | None = None, at: dt.datetime | None = None, **more: Any
) -> uuid.UUID:
    """An event; the id of what it happened to."""
    by = more.pop("by", None)
    at = at or _BEGAN + dt.timedelta(milliseconds=next(_TICKS))
    event = Event(name, area, more.pop("subject_type", "thing"), more.pop("subject_id", uuid7()), more)
    with connection.cursor() as cursor:
        cursor.execute(*audit_statement([event], user_id=by, at=at))
    assert event.subject_id
    return event.subject_id


def seen(who: Person, **query: object) -> list[str]:
    """The ids of what events that somebody sees happened to; that the trail was looked at stands in it as well."""
    answer = signed_in(who).get("/v1/audit_events", {name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.content
    return [item["subject_id"] for item in answer.json()["items"] if item["name"] != "audit.viewed"]


def test_an_admin_sees_what_happened_in_the_own_areas_and_nothing_else(cast: Cast) -> None:
    other = add_area("province", "province", "Khánh Hòa", None)
    add_grant(cast.khach, "admin", cast.communes[1])
    here, next_door = happen(area=cast.hamlets[0]), happen(area=cast.hamlets[2])
    elsewhere, nowhere = happen(area=other), happen()
    assert seen(cast.son) == [str(next_door), str(here)]
    assert seen(cast.khach) == [str(next_door)]
    add_grant(cast.son, "admin", other)
    assert seen(cast.son) == [str(each) for each in (nowhere, elsewhere, next_door, here)]


@pytest.mark.parametrize("narrow", [0, 300], ids=["by time", "by area"])
class TestFilters:
    @pytest.fixture(autouse=True)
    def way(self, monkeypatch: pytest.MonkeyPatch, narrow: int) -> None:
        monkeypatch.setattr(audit, "NARROW", narrow)

    @pytest.fixture
    def cast(self, cast: Cast) -> Cast:
        add_area("province", "province", "Khánh Hòa", None)  # so that Sơn isn't everybody's admin
        return cast

    def test_each_filter_leaves_what_it_names(self, cast: Cast) -> None:
        one = happen("grant.given", cast.hamlets[0], by=cast.lan.user_id, user_id=cast.bao.user_id)
        two = happen("grant.ended", cast.hamlets[1], subject_type="grant", by=cast.bao.user_id)
        assert seen(cast.son, area=cast.hamlets[1]) == [str(two)]
        assert seen(cast.son, area=cast.communes[0]) == [str(two), str(one)]
        assert seen(cast.son, user=cast.lan.user_id) == [str(one)]
        assert seen(cast.son, about=cast.bao.user_id) == [str(one)]
        assert seen(cast.son, name="grant.ended") == [str(two)]
        assert seen(cast.son, subject_type="grant") == [str(two)]
        assert seen(cast.son, subject_id=one) == [str(one)]
        assert seen(cast.son, subject_id=one, name="grant.ended") == []

    def test_no_filter_reaches_out_of_the_own_areas(self, cast: Cast) -> None:
        add_grant(cast.khach, "admin", cast.communes[1])
        thing = happen("grant.given", cast.hamlets[0], by=cast.lan.user_id, user_id=cast.bao.user_id)
        for query in (
            {"area": cast.hamlets[0]},
            {"area": cast.province},
            {"user": cast.lan.user_id},
            {"about": cast.bao.user_id},
            {"name": "grant.given"},
            {"subject_id": thing},
        ):
            assert seen(cast.son, **query) == [str(thing)]
            assert seen(cast.khach, **query) == []

    def test_days_are_local_and_inclusive(self, cast: Cast) -> None:
        def at(day: int, hour: int) -> dt.datetime:
            return dt.datetime(2026, 11, day, hour, 59, 59, 999_000, LOCAL)

        before, first, last, after = (
            str(happen(area=cast.hamlets[0], at=at(*when))) for when in ((9, 23), (10, 0), (11, 23), (12, 0))
        )
        assert seen(cast.son, since="2026-11-10", until="2026-11-11") == [last, first]
        assert seen(cast.son, since="2026-11-11") == [after, last]
        assert seen(cast.son, until="2026-11-10") == [first, before]

    def test_pages_hold_everything_once_across_months(self, cast: Cast) -> None:
        moments = [now() - dt.timedelta(days=11 * n // 3) for n in range(25)]
        made = [str(happen(area=cast.hamlets[n % 4], at=at)) for n, at in enumerate(moments)]
        found, cursor = [], ""
        while cursor is not None:
            query = {"limit": "7"} | ({"cursor": cursor} if cursor else {})
            page = signed_in(cast.son).get("/v1/audit_events", query).json()
            found += [item["subject_id"] for item in page["items"]]
            cursor = page["next_cursor"]
        by_time = sorted(zip(moments, range(25), strict=True), key=lambda each: (each[0], each[1]), reverse=True)
        assert found == [made[n] for _, n in by_time]

    def test_a_page_makes_as_many_queries_for_200_as_for_one(self, cast: Cast) -> None:
        def queries(count: int) -> int:
            for _ in range(count + 1):
                happen(area=cast.hamlets[0])
            with CaptureQueriesContext(connection) as captured:
                assert len(seen(cast.son, limit=count, name="user.renamed")) == count
            return len(captured)

        assert queries(1) == queries(200) == 4  # the last says that one looked


def test_a_walk_that_found_too_few_ends_early_and_its_cursor_goes_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_grant(cast.khach, "admin", cast.communes[1])
    wanted = str(happen(area=cast.hamlets[2]))
    for _ in range(7):
        happen(area=cast.hamlets[0])
    monkeypatch.setattr(audit, "NARROW", 0)
    for name in ("_WIDE", "_WALK_ENDED"):
        monkeypatch.setattr(audit, name, getattr(audit, name).replace("50000", "3").replace("49999", "2"))
    found, pages, query = [], 0, {}
    while query is not None:
        page = signed_in(cast.khach).get("/v1/audit_events", query).json()
        found += [item["subject_id"] for item in page["items"]]
        pages += 1
        query = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert (found, pages) == ([wanted], 3)


@pytest.mark.parametrize("who", ["lan", "bao", "minh", "hoa", "linh", "khach"])
def test_whoever_is_no_admin_is_refused(cast: Cast, who: str) -> None:
    answer = signed_in(cast.people[who]).get("/v1/audit_events")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_police_see_the_looks_at_tips_of_their_own_commune_and_nothing_else(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_names", {*events._names})
    monkeypatch.setattr(events, "_for_police", set())
    events.register_events("tip.read", police=True)
    own = happen("tip.read", cast.communes[0], subject_type="tip")
    happen("tip.read", cast.communes[1], subject_type="tip")
    happen("grant.given", cast.communes[0])
    for narrow in (0, 300):
        monkeypatch.setattr(audit, "NARROW", narrow)
        assert seen(cast.dung) == [str(own)]
        assert seen(cast.dung, name="grant.given") == []
        assert seen(cast.dung, area=cast.communes[1]) == []
    events.event_names.cache_clear()


def test_an_event_about_a_person_belongs_to_their_home(cast: Cast) -> None:
    from accounts.models import User

    User.objects.filter(id=cast.lan.user_id).update(area_id=cast.hamlets[0])
    add_grant(cast.khach, "admin", cast.hamlets[0])
    renamed = happen("user.renamed", subject_type="user", subject_id=cast.lan.user_id)
    session = happen("session.started", subject_type="session", user_id=cast.lan.user_id)
    happen("user.renamed", subject_type="user", subject_id=cast.linh.user_id)
    assert seen(cast.khach) == [str(session), str(renamed)]


@pytest.mark.parametrize(
    "query",
    [{"name": "grant.stolen"}, {"area": "x"}, {"user": "1"}, {"since": "11/2026"}, {"limit": "201"}, {"page": "2"}],
)
def test_a_filter_that_is_none_is_400(cast: Cast, query: dict[str, str]) -> None:
    assert signed_in(cast.son).get("/v1/audit_events", query).status_code == 400


def test_a_cursor_is_good_for_its_own_user_and_filters_only(cast: Cast) -> None:
    add_grant(cast.khach, "admin", cast.province)
    for _ in range(3):
        happen(area=cast.hamlets[0])
    cursor = signed_in(cast.son).get("/v1/audit_events", {"limit": 1}).json()["next_cursor"]
    assert cursor
    for who, more in ((cast.khach, {}), (cast.son, {"area": str(cast.hamlets[0])})):
        answer = signed_in(who).get("/v1/audit_events", {"cursor": cursor, **more})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")
