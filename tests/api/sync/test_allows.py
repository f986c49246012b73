"""What a type leaves to whom, beyond role and team: asked of every change but those of services."""

import dataclasses
import uuid

import pytest

from api import records
from api.actors import Actor
from api.ids import uuid7
from api.records import Wire, record_type
from api.sync.changes import Change
from api.sync.engine import write
from tests.api.sync.test_engine import lamp, send
from tests.cast import Cast, raise_cast

pytestmark = pytest.mark.django_db


def by_its_author(actor: Actor, before: Wire | None, after: Wire | None) -> bool:
    return (before or after or {})["author_id"] == str(actor.user_id) and (after or {}).get("name") != "Đèn của xã"


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setitem(records._types, "lamp", dataclasses.replace(record_type("lamp"), allows=by_its_author))
    return raise_cast()


@pytest.fixture
def lans(cast: Cast) -> uuid.UUID:
    one = uuid7()
    assert send(cast, cast.lan, "put", one, lamp(cast)).status == "applied"
    return one


def test_what_a_type_leaves_to_lan_alone_bao_can_neither_change_nor_delete(cast: Cast, lans: uuid.UUID) -> None:
    for outcome in (
        send(cast, cast.bao, "patch", lans, {"watt": 40}, 1),
        send(cast, cast.bao, "delete", lans, {}, 1),
        send(cast, cast.bao, "put", uuid7(), lamp(cast, name="Đèn của xã")),
    ):
        assert (outcome.status, outcome.problem.code) == ("rejected", "forbidden")
    assert send(cast, cast.bao, "patch", lans, {"watt": None}, 1).status == "unchanged"
    assert send(cast, cast.lan, "patch", lans, {"watt": 40}, 1).status == "applied"
    assert send(cast, cast.lan, "delete", lans, {}, 2).status == "applied"


def test_what_would_be_kept_as_a_conflict_is_asked_about_too(cast: Cast, lans: uuid.UUID) -> None:
    send(cast, cast.lan, "patch", lans, {"name": "Đèn đình"}, 1)
    assert send(cast, cast.lan, "patch", lans, {"name": "Đèn chợ"}, 1).status == "applied"
    other_phone = cast.lan.on_another_phone()
    assert send(cast, other_phone, "patch", lans, {"name": "Đèn của xã"}, 1).problem.code == "forbidden"
    assert send(cast, other_phone, "patch", lans, {"name": "Đèn cầu"}, 1).status == "conflict"


def test_a_service_of_the_server_is_not_asked(cast: Cast, lans: uuid.UUID) -> None:
    change = Change("lamp", lans, "patch", cast.hamlets[0], {"watt": 40}, base_version=1, system=True)
    assert write(cast.bao.actor(), [change])[0].status == "applied"
