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
from api.job_models import Outbox
from api.jobs import run_due
from api.localtime import now
from media import storage
from media.erasing import TOPIC
from media.uploads import acknowledge
from tests.api.sync.talk import pull, push
from tests.cast import Cast, raise_cast
from tests.client import signed_in
from tests.media import http
from tests.media.photos import Photo, after_leaving, bring, completed, declaration, photograph

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


def erase(cast: Cast, kind: str, id: str) -> None:
    """Have somebody erased on a request that Sơn enters."""
    asked = {
        "area_id": str(cast.hamlets[0]), "kind": "deletion", "subject_type": kind, "subject_id": id,
        "requester": "Chủ hộ", "description": "Xin xóa",
    }  # fmt: skip
    client = signed_in(cast.son)
    request = client.post("/v1/data_requests", asked, content_type=JSON).json()
    path = f"/v1/data_requests/{request['id']}/complete"
    done = client.post(path, {"outcome": "Đã xóa", "erase": True}, content_type=JSON)
    assert done.status_code == 200 and done.json()["erased_at"], done.content


def on_paper(cast: Cast, household: str | None, scan: uuid.UUID, **more: Any) -> dict[str, Any]:
    data = {"area_id": str(cast.hamlets[0]), "template_id": str(uuid7()), "signer_type": "household"}
    data |= {"household_id": household, "method": "paper", "scan_media_id": str(scan), "signer_name": NAME}
    data |= {"signed_on": "2026-11-20", "status": "signed"} | more
    return {"mutation_id": str(uuid7()), "type": "pledge", "id": str(uuid7()), "op": "put", "data": data}


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

    erase(cast, "household", id)
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

    # What a phone signed before it heard of that comes too late, also from who left and meets no rows of others.
    for _ in ("a member", "who was one"):
        late = paper | {"mutation_id": str(uuid7()), "id": str(uuid7()), "elapsed_ms": 7_200_000}
        [answer] = push(cast.lan, late)["results"]
        faults = [(each["pointer"], each["code"]) for each in answer["problem"]["errors"]]
        assert (answer["status"], faults) == ("rejected", [("/household_id", "household_erased")])
        after_leaving(cast.lan)
    assert anywhere(NAME) == []


@pytest.mark.usefixtures("s3")
def test_the_scan_of_a_signed_paper_goes_with_it_and_what_belongs_to_others_stays(cast: Cast) -> None:
    lan, id, neighbour, area = cast.lan.actor(), str(uuid7()), str(uuid7()), cast.hamlets[0]
    push(cast.lan, put(cast, id), put(cast, neighbour))
    patrols = {"subject": {"type": "patrol", "id": str(uuid7())}}
    scan, shared, walk = photograph(lan, area), photograph(lan, area), photograph(lan, area, **patrols)
    twin = photograph(lan, area, scan.content)
    link = acknowledge(lan, [scan.id])[scan.id]["upload"]["put"]
    for photo in (scan, shared, walk):
        bring(lan, photo)
        assert isinstance(completed(lan, photo), dict)
    papers = [on_paper(cast, id, photo.id) for photo in (scan, shared, walk)]
    assert {each["status"] for each in push(cast.lan, *papers, on_paper(cast, neighbour, shared.id))["results"]} == {
        "applied"
    }
    cursor = pull(cast.lan)["cursor"]

    erase(cast, "household", id)
    client = signed_in(cast.bao)
    told = [client.get(f"/v1/media/{photo.id}").status_code for photo in (scan, twin, shared, walk)]
    assert told == [410, 410, 200, 200]
    assert client.get(f"/v1/media/{scan.id}/content").status_code == 410
    assert {str(scan.id), str(twin.id)} <= {
        each["id"] for each in pull(cast.lan, cursor)["changes"] if each["op"] == "delete"
    }
    assert run_due(TOPIC) == 2
    assert [storage.look_up(key_of(cast, photo)) is None for photo in (scan, shared, walk)] == [True, False, False]
    call_command("keeper", "--once")
    assert anywhere(scan.facts["sha256"]) == ["outbox"]

    # A link to bring the bytes is good for a day, whoever kept it.
    assert http.put(link["url"], link["headers"], scan.content) == 200
    Outbox.objects.filter(topic=TOPIC, done_at=None).update(due_at=now())
    for job in Outbox.objects.filter(topic=TOPIC, done_at=None):
        job.payload["asked_at"] = "2026-01-01T00:00:00.000Z"
        job.save(update_fields=["payload"])
    assert run_due(TOPIC) == 2
    assert storage.look_up(key_of(cast, scan)) is None
    for name in ("media.erased", "media.bytes_erased"):
        assert {event.subject_id for event in AuditEvent.objects.filter(name=name)} == {scan.id, twin.id}

    late = declaration(photograph(lan, area)) | {
        "id": str(uuid7()),
        "subject": {"type": "pledge", "id": papers[0]["id"]},
    }
    refused = signed_in(cast.lan).post("/v1/media", late, content_type=JSON)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/subject", "subject_erased")]


def key_of(cast: Cast, photo: Photo) -> str:
    return storage.original_key(cast.lan.user_id, photo.facts["sha256"])


def test_who_signed_for_a_school_can_be_erased_alone(cast: Cast) -> None:
    paper = on_paper(cast, None, uuid7(), signer_type="school", witness_name=HOUSE)
    push(cast.lan, paper)
    erase(cast, "pledge", paper["id"])
    call_command("keeper", "--once")
    assert (anywhere(NAME), anywhere(HOUSE)) == ([], [])
    assert [each["status"] for each in push(cast.lan, paper)["results"]] == ["gone"]
    assert signed_in(cast.bao).get(f"/v1/pledges/{paper['id']}").status_code == 410


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
