"""The routes of households in the access matrix, and what the examples tell of them."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.imports.reading import CSV
from accounts.imports.states import CHECK
from api import jobs
from tests.client import CheckedClient
from tests.contract.place import Place
from tests.contract.telling import Story

_HEADS = "401 403 200 200 403 403 403 404 404"
"""Leaders, and the Front's people."""
TABLE = {
    "GET /v1/households/doubles": "401 200 200 200 200 403 200 200 200",
    "POST /v1/households/{id}/merge": _HEADS,
    "GET /v1/households/{id}/id_number": "401 403 200 200 200 403 403 404 404",
    "PUT /v1/households/{id}/id_number": _HEADS,
    "DELETE /v1/households/{id}/id_number": _HEADS.replace("200", "204"),
}


def body(verb: str, path: str, other_id: uuid.UUID) -> Any:
    """The body of a request, by its route; `other_id` is a household of the same hamlet."""
    return {
        "POST /v1/households/{id}/merge": {"other_id": str(other_id), "take": ["phone"]},
        "PUT /v1/households/{id}/id_number": {"number": "079123456789"},
    }.get(f"{verb} {path}")


def tell_households(story: Story, place: Place, lan: str, bao: str) -> None:
    """Lan and Bảo register the same house on two phones; Bảo merges what they wrote."""
    first, second = sorted((str(uuid.uuid4()), str(uuid.uuid4())))  # pairs are told in order of their ids
    common = {"area_id": str(place.hamlet), "residence_status": "permanent", "house_number": "12 Ngõ Đình"}
    of_lan = common | {"id": first, "householder": "Phạm Văn Tư", "size": 4, "recorded_at": story.at(5)}
    of_bao = common | {"id": second, "householder": "Phạm Tư", "phone": "0985 114 207", "recorded_at": story.at(9)}
    story.tell("Lan registers a house", "POST", "/v1/households", of_lan, token=lan, expect=201)
    _tell_record(story, of_lan, lan, bao)
    story.tell("Bảo registers it too", "POST", "/v1/households", of_bao, token=bao, expect=201)
    story.tell("Two that look like one", "GET", f"/v1/households/doubles?area={place.hamlet}&limit=10", token=bao)
    _tell_list(story, place, bao)
    number = f"/v1/households/{first}/id_number"
    story.tell("The householder shows an ID card", "PUT", number, {"number": "068079001234"}, token=bao)
    story.tell("Its last digits", "GET", number, token=bao)
    merging = {"other_id": second, "take": ["phone"]}
    story.tell("They are one", "POST", f"/v1/households/{first}/merge", merging, token=bao)
    story.tell("The number is forgotten", "DELETE", number, token=bao, expect=204)


def _tell_record(story: Story, made: dict[str, Any], lan: str, bao: str) -> None:
    """What every record type has: read, changed by two phones at once, chosen, made at its address, deleted."""
    path, item, new = "/v1/households", f"/v1/households/{made['id']}", str(uuid.uuid4())
    story.tell("The same again", "POST", path, made, token=lan)
    story.tell("Those of a lane", "GET", f"{path}?q=ngo+dinh&area={made['area_id']}&limit=1", token=bao)
    tag = story.tell("One of them", "GET", item, token=bao).headers["ETag"]
    story.tell("It hasn't changed", "GET", item, token=bao, headers={"If-None-Match": tag}, expect=304)
    tag = story.tell("A child was born", "PATCH", item, {"size": 5}, token=lan, headers={"If-Match": tag}).headers[
        "ETag"
    ]
    answer = story.tell("Replace it", "PUT", item, made, token=lan, headers={"If-Match": tag})
    there = {"If-None-Match": "*"}
    copy = made | {"id": new, "house_number": "14 Ngõ Đình"}
    gone = story.tell("At its address", "PUT", f"{path}/{new}", copy, token=lan, headers=there, expect=201).headers
    held = {"If-Match": gone["ETag"]}
    story.tell("Written down by mistake", "DELETE", f"{path}/{new}", token=lan, headers=held, expect=204)
    for who, size in ((bao, 6), (lan, 5)):
        change = {"mutation_id": str(uuid.uuid4()), "type": "household", "id": made["id"], "op": "patch"}
        change |= {"base_version": answer.json()["version"], "data": {"size": size}}
        sent = {"sent_at": story.at(0), "mutations": [change]}
        CheckedClient(headers={"Authorization": f"Bearer {who}"}).post("/v1/sync/push", sent, "application/json")
    waiting = story.tell("What waits for a choice", "GET", f"{item}/revisions?status=conflict", token=bao).json()
    choice = {"revision_id": waiting["items"][0]["id"], "choose": "sent"}
    story.tell("Lan was right", "POST", f"{item}/resolve", choice, token=bao)


def _tell_list(story: Story, place: Place, bao: str) -> None:
    """Bảo brings the list that the hamlet keeps; one house of it stands already."""
    lines = "Số nhà,Chủ hộ,Số nhân khẩu,SĐT\n12 Ngõ Đình,Phạm Văn Tu,5,\n14 Ngõ Đình,Huỳnh Thị Lài,3,0985 114 208\n"
    asked = f"/v1/imports?kind=households&filename=ho.csv&area={place.hamlet}"
    file = ("ho.csv", CSV, lines.encode())
    made = story.tell("The hamlet's list of households", "POST", asked, token=bao, file=file, expect=201).json()
    jobs.run_due(CHECK)
    one = f"/v1/imports/{made['id']}"
    story.tell("What is worth a look in it", "GET", f"{one}/rows?warned=true", token=bao)
    story.tell("What taking it in would do", "GET", one, token=bao)
    present = f"/v1/imports/templates/households.xlsx?area={place.hamlet}"
    story.tell("The households that stand, to be corrected in Excel", "GET", present, token=bao)
    numbers = ("ho.csv", CSV, "Chủ hộ,Số CCCD\nPhạm Văn Tư,\n".encode())
    story.tell("A list with ID numbers", "POST", asked, token=bao, file=numbers, expect=422)
