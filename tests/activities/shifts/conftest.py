"""What the tests of shifts share: Bảo's shift of Lan and himself, and how phones write to it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from api.ids import uuid7
from api.localtime import now, wire
from tests.cast import Cast, Person, add_member, add_person, raise_cast
from tests.client import signed_in

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
Wire = dict[str, Any]
Plan = Callable[..., str]


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, and Mai and Tư in Lan's team."""
    cast = raise_cast()
    for number, key in enumerate(("mai", "tu"), 20):
        cast.people[key] = add_person(key, number)
        add_member(cast.people[key], cast.hamlets[0], cast.teams[0], "member")
    return cast


@pytest.fixture
def plan(cast: Cast) -> Plan:
    """`plan("lan", "bao", hours=-6)`: Bảo makes a shift of four hours for these, that many hours from now; its id."""

    def make(*keys: str, hours: float = 24, **fields: Any) -> str:
        begins = now() + dt.timedelta(hours=hours)
        body = {
            "id": str(uuid7()), "area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]),
            "starts_at": wire(begins), "ends_at": wire(begins + dt.timedelta(hours=4)),
            "assignee_ids": [str(cast.people[key].user_id) for key in keys], **fields,
        }  # fmt: skip
        answer = signed_in(cast.bao).post("/v1/shifts", body, JSON)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    return make


def shift_of(person: Person, shift: str) -> Wire:
    answer = signed_in(person).get(f"/v1/shifts/{shift}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def edit(person: Person, shift: str, **fields: Any) -> Any:
    return signed_in(person).patch(f"/v1/shifts/{shift}", fields, MERGE_PATCH, headers={"If-Match": "*"})


def edits(shift: str, base: int = 1, **fields: Any) -> Wire:
    """One mutation, as a phone queues it at night."""
    return {"mutation_id": str(uuid7()), "type": "shift", "id": shift, "op": "patch", "base_version": base,
            "data": fields}  # fmt: skip


def push(person: Person, *mutations: Wire) -> list[Wire]:
    body = {"sent_at": wire(now()), "mutations": list(mutations)}
    answer = signed_in(person).post("/v1/sync/push", body, JSON)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def came(person: Person, who: Person | None = None, event: str = "check_in", **more: Any) -> Wire:
    """An entry that somebody came, signed by a person: by themself unless `who` is named."""
    return {"id": str(uuid7()), "user_id": str((who or person).user_id), "event": event, "at": wire(now()),
            "by_id": str(person.user_id), **more}  # fmt: skip


def voice(
    by: Person, giver: Person, taker: Person, answer: str = "agree", back: str | None = None, **more: Any
) -> Wire:
    return {"id": str(uuid.uuid4()), "giver_id": str(giver.user_id), "taker_id": str(taker.user_id),
            "return_shift_id": back, "answer": answer, "at": wire(now()), "by_id": str(by.user_id),
            **more}  # fmt: skip


def names(cast: Cast, ids: list[str]) -> set[str]:
    """Who these are."""
    known = {str(person.user_id): key for key, person in cast.people.items()}
    return {known[each] for each in ids}
