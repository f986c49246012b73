"""How the tests of sync speak: mutations as a phone writes them, and its requests over HTTP."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from django.test import Client

from api.actors import Actor
from api.ids import uuid7
from api.localtime import now, wire
from api.sync import push as pushing
from api.sync.envelope import Item
from tests.cast import Cast, Person

Wire = dict[str, Any]


def client(person: Person) -> Client:
    """Somebody's phone, signed in."""
    from accounts.tokens import access_token

    token = access_token(user_id=person.user_id, session_id=person.session_id)
    return Client(headers={"authorization": f"Bearer {token}"})


def push_as(actor: Actor, mutations: Sequence[Wire], sent_at: dt.datetime | None = None) -> list[Item]:
    """What became of a push of somebody's, without HTTP between."""
    items = pushing.open_items(mutations, {})
    who = actor.again(lambda held: pushing.known_along(held, items))
    return pushing.push(who, items, sent_at or now()).items


def lamp(cast: Cast, place: int = 0, **fields: object) -> Wire:
    """A working lamp of a hamlet's team."""
    return {
        "area_id": str(cast.hamlets[place]), "team_id": str(cast.teams[place]), "recorded_at": wire(now()),
        "name": "Đèn ngõ 1", "state": "working", **fields,
    }  # fmt: skip


def mutation(op: str, record_id: object, data: object = None, base: int | None = None, **more: object) -> Wire:
    """One mutation about a lamp, unless `more` says otherwise."""
    return {
        "mutation_id": str(uuid7()), "type": "lamp", "id": str(record_id), "op": op, "base_version": base, "data": data,
        **more,
    }  # fmt: skip


def put(data: Wire, record_id: object = None, base: int | None = None, **more: object) -> Wire:
    return mutation("put", record_id or uuid7(), data, base, **more)


def patch(record_id: object, data: Wire, base: int | None = None, **more: object) -> Wire:
    return mutation("patch", record_id, data, base, **more)


def delete(record_id: object, base: int | None = None, **more: object) -> Wire:
    return mutation("delete", record_id, None, base, **more)


def body(*mutations: object, **more: object) -> bytes:
    """A push as it goes over the wire."""
    return orjson.dumps({"sent_at": wire(now()), "mutations": list(mutations), **more})


def push(person: Person, *mutations: object, **more: object) -> Wire:
    """What the server answers to a push."""
    response = client(person).post("/v1/sync/push", body(*mutations, **more), content_type="application/json")
    assert response.status_code == 200, response.content
    return response.json()


def results(person: Person, *mutations: object) -> list[Wire]:
    return push(person, *mutations)["results"]


def one(person: Person, change: object) -> Wire:
    """The result of a push of one."""
    [result] = results(person, change)
    return result


def pull(person: Person, cursor: str | None = None, **parameters: object) -> Wire:
    """One page."""
    asked = {**({"cursor": cursor} if cursor else {}), **parameters}
    response = client(person).get("/v1/sync/pull", asked)
    assert response.status_code == 200, response.content
    return response.json()


def drain(person: Person, cursor: str | None = None, **parameters: object) -> tuple[list[Wire], str]:
    """All changes to the end, and the last cursor."""
    changes: list[Wire] = []
    while True:
        page = pull(person, cursor, **parameters)
        changes += page["changes"]
        cursor = page["cursor"]
        if not page["has_more"]:
            return changes, cursor


def digest(person: Person, cursor: str | None, areas: Wire) -> Wire:
    response = client(person).post(
        "/v1/sync/digest", {"cursor": cursor, "areas": areas}, content_type="application/json"
    )
    assert response.status_code == 200, response.content
    return response.json()


def read(person: Person, record_id: object) -> Wire:
    """A lamp by REST."""
    response = client(person).get(f"/v1/lamps/{record_id}")
    assert response.status_code == 200, response.content
    return response.json()


def revisions(person: Person, record_id: object, **parameters: object) -> list[Wire]:
    response = client(person).get(f"/v1/lamps/{record_id}/revisions", parameters)
    assert response.status_code == 200, response.content
    return response.json()["items"]


def code(result: Wire) -> str:
    """The code of a result's problem."""
    return str(result["problem"]["code"])


def some_id() -> str:
    return str(uuid.uuid4())


def light(cast: Cast, place: int = 0, count: int = 1, by: Person | None = None) -> list[str]:
    """The ids of new lamps in a hamlet, in the order of its stream."""
    maker = by or {0: cast.lan, 2: cast.linh}[place]
    made = [put(lamp(cast, place, name=f"Đèn {n}")) for n in range(count)]
    assert all(r["status"] == "applied" for r in push(maker, *made)["results"])
    return [m["id"] for m in made]


def lamps(changes: list[Wire]) -> list[str]:
    """The ids of the lamps among changes, in their order."""
    return [change["id"] for change in changes if change["type"] == "lamp"]


def at(cast: Cast, place: int = 0) -> str:
    """The id of one of the cast's hamlets."""
    return str(cast.hamlets[place])
