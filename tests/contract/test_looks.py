"""Every look at personal data leaves an event: a table says for every route that reads which one, or why none.

A new route without a row fails the run.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

import orjson
import pytest

from accounts.models import AuditEvent, ImportRow, User
from activities.patrols.models import Track
from api.localtime import now
from api.problems import Problem
from api.records import record_types
from tests.browser import browser
from tests.cast import Person, add_member, add_person, raise_cast
from tests.client import signed_in
from tests.contract import imports, site
from tests.contract.test_access import ROUTES, ask
from tests.contract.world import World, make_world, undone

POLICE = ("track", "/households", "/pledges", "/v1/tips")
"""What admins don't see, and the police do."""
_IDS = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""Ids are chance: one night in a few hundred, some of them have a phone number's digits in them."""
NONE, OWN, COMMAND = "nothing of persons", "one's own alone", "told by the event of the command"
ROSTER = "what all phones of the hamlet sync: name, role, badge"
WORK = "the work itself, which all phones of the team sync"
EVIDENCE = "evidence, whose chain of custody is told apart"
FIGURES = "counts, or places without names"
LOOKS = {
    "GET /v1/users": "users.viewed",
    "GET /v1/users/{id}": "user.viewed",
    "GET /v1/users/{id}/deliveries": "user.viewed",
    "GET /v1/grants": "users.viewed",
    "GET /v1/grants/{id}": "user.viewed",
    "GET /v1/sessions": "users.viewed",
    "GET /v1/audit_events": "audit.viewed",
    "GET /v1/imports/{id}/rows": "import.viewed",
    "GET /v1/imports/{id}/file": "import.downloaded",
    "GET /v1/imports/{id}/faults.xlsx": "import.downloaded",
    "GET /v1/imports/{id}/faults.csv": "import.downloaded",
    "GET /v1/patrols/{id}/track": "track.viewed",
    "GET /v1/data_requests": "data_requests.viewed",
    "GET /v1/data_requests/{id}": "data_requests.viewed",
    "GET /v1/households/doubles": "households.viewed",
    "GET /v1/pledges/expiring": "pledges.viewed",
    "GET /v1/pledges/{id}/agreement": "pledges.viewed",
    "GET /v1/pledges/{id}/sheet": "pledges.viewed",
    "GET /v1/households/{id}/id_number": "id_number.viewed",
    "GET /v1/tips": "tips.listed",
    "GET /v1/tips/{id}": "tip.viewed",
    "GET /admin/people/": "users.viewed",
    "GET /admin/people/{user_id}/": "user.viewed",
    "GET /admin/grants/": "users.viewed",
    "GET /admin/sessions/": "users.viewed",
    "GET /admin/teams/{team_id}/": "users.viewed",
    "GET /admin/imports/{import_id}/": "import.viewed",
    "GET /admin/audit/": "audit.viewed",
    "GET /admin/memberships/{membership_id}/end/": "user.viewed",
    "GET /admin/memberships/{membership_id}/role/": "user.viewed",
    "GET /admin/grants/{grant_id}/end/": "user.viewed",
    "GET /admin/grants/{grant_id}/confirm/": "user.viewed",
    "GET /admin/sessions/{session_id}/end/": "user.viewed",
    **{f"GET /admin/{path}": "user.viewed" for path in site.COMMANDS if path.startswith("people/{user_id}/")},
    "GET /admin/data_requests/": "data_requests.viewed",
    "GET /admin/data_requests/{request_id}/": "data_requests.viewed",
    **{
        f"GET /admin/{path}": "data_requests.viewed"
        for path in site.COMMANDS
        if path.startswith("data_requests/{request_id}/")
    },
}
NO_LOOKS = {
    "GET /v1/me": OWN,
    "GET /v1/auth/sessions": OWN,
    "GET /v1/auth/security_events": OWN,
    "GET /v1/sheet_prints/{id}": OWN,
    "GET /v1/exports/{id}": OWN,
    "GET /v1/exports/{id}/content": OWN,  # `export.fetched` once there is a file: tests.accounts.test_exports
    "GET /v1/sync/pull": WORK,
    "GET /v1/media/{id}/content": EVIDENCE,
    "GET /v1/media/{id}/upload": OWN,
    "GET /v1/imports": FIGURES,
    "GET /v1/imports/{id}": FIGURES,
    "GET /v1/imports/{id}/things": FIGURES,
    "GET /v1/retention": FIGURES,
    "GET /v1/breaches": FIGURES,
    "GET /v1/breaches/{id}": FIGURES,
    "GET /v1/tips/counts": FIGURES,
    "GET /v1/tips/receipts/{code}": OWN,
    "GET /v1/tip_keys": NONE,
    "GET /v1/public/tip_keys": NONE,
    "GET /v1/public/tips/challenge": NONE,
    "GET /v1/patrols/{id}/checkpoints": WORK,
    "GET /v1/teams/{id}/roster": WORK,
    "GET /v1/teams/{id}/roster.pdf": WORK,
    "GET /v1/absences": WORK,
    "GET /v1/shifts/figures": FIGURES,
    "GET /v1/routes/figures": FIGURES,
    "GET /v1/webhooks": NONE,
    "GET /v1/webhooks/{id}": NONE,
    "GET /v1/pledges/coverage": FIGURES,
    "GET /v1/pledges/{id}/verify": NONE,
    "GET /v1/pledge_templates/{id}/forms": NONE,  # without names; with them: tests.activities.test_pledge_printing
    "GET /admin/": FIGURES,
    "GET /admin/areas/": FIGURES,
    "GET /admin/areas/{area_id}/": FIGURES,
    **{f"GET /admin/{path}": FIGURES for path in site.COMMANDS if path.startswith("areas/")},
    "GET /admin/data_requests/new/": NONE,
    "GET /admin/breaches/": FIGURES,
    "GET /admin/breaches/{breach_id}/": FIGURES,
    **{f"GET /admin/{path}": FIGURES for path in site.COMMANDS if path.startswith("breaches/")},
    "GET /admin/imports/": FIGURES,
    "GET /admin/imports/new/": FIGURES,
    "GET /admin/imports/{import_id}/apply/": FIGURES,
    "GET /admin/imports/{import_id}/undo/": FIGURES,
    "GET /admin/imports/{import_id}/correct/": FIGURES,
    "GET /admin/imports/{import_id}/again/": FIGURES,
    "GET /admin/imports/{import_id}/faults/": COMMAND,
    "GET /admin/teams/": ROSTER,
    "GET /admin/teams/{team_id}/sheet/": FIGURES,
    "GET /admin/teams/{team_id}/close/": FIGURES,
    "GET /admin/teams/{team_id}/edit/": NONE,
    "GET /admin/teams/new/": NONE,
    "GET /admin/prints/{print_id}/": OWN,
    "GET /admin/people/new/": NONE,
    "GET /admin/people/move/": NONE,
    "GET /admin/people/deactivate/": NONE,
    "GET /admin/second_factor/": OWN,
    **dict.fromkeys(
        (
            "GET /", "GET /docs", "GET /docs/reference", "GET /docs/reference/{tag}", "GET /docs/{name}",
            "GET /healthz", "GET /metrics", "GET /problems", "GET /problems/{code}", "GET /readyz", "GET /v1/meta",
            "GET /v1/openapi.json", "GET /v1/openapi.yaml", "GET /.well-known/jwks.json",
            "GET /.well-known/audit-heads.json", "GET /v1/imports/templates/{kind}.xlsx",
            "GET /v1/imports/templates/{kind}.csv", "GET /admin", "GET /admin/login/", "GET /admin/activate/",
            "GET /admin/static/{name}", "GET /admin/{rest}", "GET /admin/imports/template.xlsx",
        ),
        NONE,
    ),
}  # fmt: skip
for kind in record_types().values():
    why = ROSTER if kind.name in ("area", "team", "membership") else WORK
    for path in (f"/v1/{kind.collection}", f"/v1/{kind.collection}/{{id}}", f"/v1/{kind.collection}/{{id}}/revisions"):
        if kind.seen:
            LOOKS[f"GET {path}"] = f"{kind.collection}.viewed"
        else:
            NO_LOOKS[f"GET {path}"] = EVIDENCE if kind.name == "media" else why


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    cast = world.cast
    for person in (cast.lan, cast.minh):
        User.objects.filter(id=person.user_id).update(area_id=person.area_id)
    piece = {"t0": "2026-11-22T15:00:00.000Z"} | {name: [1] for name in ("dt_s", "lon_e6", "lat_e6", "accuracy_m")}
    Track.objects.create(
        id=world.ids["patrol"],
        area_id=cast.hamlets[0],
        data=zlib.compress(orjson.dumps(piece)),
        received_at=now(),
    )
    return world


def left(who: Person, work: Any) -> list[AuditEvent]:
    """The looks that a request left, and the downloads."""
    before = set(AuditEvent.objects.values_list("id", flat=True))
    with undone():
        work()
        made = AuditEvent.objects.exclude(id__in=before).filter(user_id=who.user_id)
        return [each for each in made if each.name.endswith((".viewed", ".downloaded", ".listed"))]


def test_the_table_knows_every_route_that_reads_and_no_other() -> None:
    reading = [route for route in ROUTES if route.startswith("GET ")]
    assert sorted({**LOOKS, **NO_LOOKS}) == reading
    assert not set(LOOKS) & set(NO_LOOKS)


def test_each_look_leaves_its_event_and_no_other(world: World) -> None:
    son, dung = world.cast.son, world.cast.dung
    _rows(world)
    for route, name in LOOKS.items():
        who = dung if any(word in route for word in POLICE) else son
        events = left(who, lambda route=route, who=who: ask(world, route, who))
        assert [event.name for event in events] == [name], route
        [event] = events
        assert event.session_id == who.session_id
        assert event.area_id is not None, "somebody is responsible for it"
        told = _IDS.sub("", str(event.details))
        assert "+849" not in told and "0912" not in told and "Lan" not in told, route
        if name == "user.viewed":
            assert event.subject_type == "user"
            assert event.subject_id in (world.cast.lan.user_id, world.cast.minh.user_id), route
        elif name == "users.viewed":
            ids = event.details["user_ids"]
            assert len(ids) == event.details["count"] > 0 and str(who.user_id) not in ids, route


def _rows(world: World) -> None:
    ImportRow.objects.create(
        import_id=imports.made(world), no=1, kind="people", sheet="", line=2, status="create", label="Lan 0912345678"
    )


def test_all_else_leaves_none(world: World, s3: object) -> None:
    for route, why in NO_LOOKS.items():
        for who in (world.cast.son,) if why == NONE else (world.cast.son, world.cast.lan):
            assert left(who, lambda route=route, who=who: ask(world, route, who)) == [], route


def test_what_is_not_shown_leaves_none(world: World) -> None:
    """Neither a stranger's look, nor one at what isn't there."""
    for route in LOOKS:
        for who in (world.cast.linh, world.cast.khach):
            assert left(who, lambda route=route, who=who: ask(world, route, who)) == [], route


def test_nobody_looks_at_oneself(world: World) -> None:
    son = world.cast.son
    client, page = signed_in(son), browser(son)
    for address in (f"/v1/users/{son.user_id}", f"/v1/users/{son.user_id}/deliveries", "/v1/users?q=son"):
        assert left(son, lambda address=address: client.get(address)) == []
    assert left(son, lambda: page.get(f"/admin/people/{son.user_id}/")) == []


def test_what_was_searched_for_is_not_told_but_that_it_was(world: World) -> None:
    [event] = left(
        world.cast.son,
        lambda: signed_in(world.cast.son).get("/v1/users", {"q": "0900000000", "area": str(world.cast.hamlets[0])}),
    )
    assert event.details == {
        "what": "users_list",
        "count": 1,
        "user_ids": [str(world.cast.lan.user_id)],
        "filter": {"area": str(world.cast.hamlets[0])},
        "searched": True,
    }


def test_a_leader_looks_at_the_own_team_once_a_session_and_day(world: World) -> None:
    bao = world.cast.bao
    client = signed_in(bao)

    def thrice() -> None:
        for _ in range(3):
            client.get("/v1/users")
            client.get(f"/v1/users/{world.cast.lan.user_id}")

    assert sorted(each.name for each in left(bao, thrice)) == ["user.viewed", "users.viewed"]

    def with_a_newcomer() -> None:
        client.get("/v1/users")
        add_member(add_person("tu", 77), world.cast.hamlets[0], world.cast.teams[0], "member")
        client.get("/v1/users")

    assert [each.details["count"] for each in left(bao, with_a_newcomer)] == [2, 3]


@pytest.mark.parametrize(
    ("verb", "path", "body", "headers", "status"),
    [
        ("patch", "", {"full_name": "X"}, {"If-Match": '"stale"'}, 412),
        ("patch", "", {}, {"If-Match": "*"}, 200),
        ("post", "/reactivate", {}, {}, 200),
    ],
)
def test_a_write_that_only_shows_is_a_look(
    world: World, verb: str, path: str, body: Any, headers: Any, status: int
) -> None:
    """Else a refused or empty change would be the way to look unseen."""
    son = world.cast.son
    media = "application/merge-patch+json" if verb == "patch" else "application/json"

    def write() -> None:
        address = f"/v1/users/{world.cast.lan.user_id}{path}"
        answer = getattr(signed_in(son), verb)(address, body, content_type=media, headers=headers)
        assert answer.status_code == status
        assert world.cast.lan.phone in answer.content.decode()

    assert [each.name for each in left(son, write)] == ["user.viewed"]


def test_a_change_tells_itself_and_is_no_look_besides(world: World) -> None:
    son = world.cast.son
    address = f"/v1/users/{world.cast.lan.user_id}"
    media = {"content_type": "application/merge-patch+json", "headers": {"If-Match": "*"}}
    assert left(son, lambda: signed_in(son).patch(address, {"full_name": "Lan Hai"}, **media)) == []
    preview = {"chosen": [str(world.cast.lan.user_id)]}
    assert [e.name for e in left(son, lambda: browser(son).post("/admin/people/deactivate/", preview))] == [
        "users.viewed"
    ]


def test_people_see_who_looked_at_their_account(world: World) -> None:
    signed_in(world.cast.son).get(f"/v1/users/{world.cast.lan.user_id}")
    [newest, *_] = signed_in(world.cast.lan).get("/v1/auth/security_events").json()["items"]
    assert (newest["name"], newest["by_name"]) == ("user.viewed", "son")


def test_no_answer_goes_out_whose_look_could_not_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise Problem("database_unavailable")

    monkeypatch.setattr("accounts.looks.record", fail)
    for answer in (
        signed_in(world.cast.son).get(f"/v1/users/{world.cast.lan.user_id}"),
        browser(world.cast.son).get(f"/admin/people/{world.cast.lan.user_id}/"),
    ):
        assert answer.status_code == 503
        assert world.cast.lan.phone[-4:] not in answer.content.decode()


@pytest.mark.usefixtures("clean_db")
def test_a_look_is_written_though_the_request_can_only_read() -> None:
    cast = raise_cast()
    assert signed_in(cast.son).get(f"/v1/users/{cast.lan.user_id}").status_code == 200
    assert AuditEvent.objects.get(name="user.viewed").subject_id == cast.lan.user_id
