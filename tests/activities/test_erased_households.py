"""Erasing a household: nothing of it is found in any table, phones drop it, and its id is gone for ever."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.models import AuditEvent
from accounts.sealer import seal_leftovers, verify_seals
from activities.pledges.households.id_numbers import hash_of, set_id_number
from activities.pledges.households.merging import merge_households
from api.ids import uuid7
from tests.api.sync.talk import pull, push
from tests.cast import Cast, raise_cast
from tests.client import signed_in

NAME, HOUSE, PHONE, NUMBER = "Hoàng Thị Chim Yến", "77 Ngõ Cá Voi", "+84977665544", "079198700321"
JSON = "application/json"


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def anywhere(text: str) -> list[str]:
    """The tables in which a text stands, as their owner sees them."""
    found = []
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            # Bytes are shown in hexadecimal.
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s OR t::text LIKE %s',
                [f"%{text}%", f"%{text.encode().hex()}%"],
            )
            found += [table] if cursor.fetchone() != (0,) else []
    return found


def put(cast: Cast, id: str, **more: Any) -> dict[str, Any]:
    data = {"area_id": str(cast.hamlets[0]), "householder": NAME, "house_number": HOUSE, "phone": PHONE}
    data |= {"residence_status": "permanent"} | more
    return {"mutation_id": str(uuid7()), "type": "household", "id": id, "op": "put", "data": data}


def test_an_erased_household_is_found_nowhere_and_its_id_is_gone(cast: Cast) -> None:
    id, other = str(uuid7()), str(uuid7())
    sent = put(cast, id)
    assert [each["status"] for each in push(cast.lan, sent, put(cast, other))["results"]] == ["applied"] * 2
    pledge = {"template_id": str(uuid7()), "signer_type": "household", "household_id": id, "method": "paper"}
    pledge |= {"area_id": str(cast.hamlets[0]), "signer_name": NAME, "signed_on": "2026-11-20", "status": "signed"}
    paper = {"mutation_id": str(uuid7()), "type": "pledge", "id": str(uuid7()), "op": "put", "data": pledge}
    assert [each["status"] for each in push(cast.lan, paper)["results"]] == ["applied"]
    once = {"headers": {"If-Match": "*", "Idempotency-Key": "k" * 20}}
    signed_in(cast.bao).patch(f"/v1/households/{id}", {"size": 4}, "application/merge-patch+json", **once)
    set_id_number(actor=cast.bao.actor(), household_id=uuid.UUID(id), number=NUMBER)
    merge_households(actor=cast.bao.actor(), household_id=uuid.UUID(id), other_id=uuid.UUID(other))
    assert {"household", "pledge", "revision", "idempotency_key"} <= set(anywhere(NAME))
    cursor = pull(cast.lan)["cursor"]

    asked = {
        "area_id": str(cast.hamlets[0]), "kind": "deletion", "subject_type": "household", "subject_id": id,
        "requester": "Chủ hộ", "description": "Xin xóa",
    }  # fmt: skip
    client = signed_in(cast.son)
    request = client.post("/v1/data_requests", asked, content_type=JSON).json()
    path = f"/v1/data_requests/{request['id']}/complete"
    done = client.post(path, {"outcome": "Đã xóa", "erase": True}, content_type=JSON)
    assert done.status_code == 200 and done.json()["erased_at"]
    call_command("keeper", "--once")

    for text in (NAME, HOUSE, PHONE, hash_of(NUMBER).hex(), "0321"):
        assert anywhere(text) in ([], ["audit_event"] if text == "0321" else []), text
    deleted = {
        each["id"] for each in pull(cast.lan, cursor)["changes"] if each["op"] == "delete" and "data" not in each
    }
    assert {id, paper["id"]} <= deleted
    assert [each["status"] for each in push(cast.lan, sent, put(cast, id), paper)["results"]] == ["gone"] * 3
    assert signed_in(cast.bao).get(f"/v1/households/{id}").status_code == 410
    erased = AuditEvent.objects.filter(name="household.erased")
    assert {event.subject_id for event in erased} == {uuid.UUID(id), uuid.UUID(other)}
    assert all(event.user_id == cast.son.user_id for event in erased)
    seal_leftovers()
    assert verify_seals().fault is None

    # What a phone signed before it heard of that comes too late.
    late = paper | {"mutation_id": str(uuid7()), "id": str(uuid7())}
    [answer] = push(cast.lan, late)["results"]
    faults = [(each["pointer"], each["code"]) for each in answer["problem"]["errors"]]
    assert (answer["status"], faults) == ("rejected", [("/household_id", "household_erased")])
    assert anywhere(NAME) == []


def test_only_deletions_of_what_can_be_erased_are_carried_out(cast: Cast) -> None:
    id = str(uuid7())
    push(cast.lan, put(cast, id))
    client = signed_in(cast.son)
    asked = {"area_id": str(cast.hamlets[0]), "requester": "Chủ hộ", "description": "Xin", "subject_type": "household"}
    for more in ({"kind": "access", "subject_id": id}, {"kind": "deletion"}):
        request = client.post("/v1/data_requests", asked | more, content_type=JSON).json()
        path = f"/v1/data_requests/{request['id']}/complete"
        answer = client.post(path, {"outcome": "Đã xóa", "erase": True}, content_type=JSON)
        assert answer.json()["code"] == "cannot_erase"
    assert signed_in(cast.bao).get(f"/v1/households/{id}").status_code == 200
