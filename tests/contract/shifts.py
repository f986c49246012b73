"""Shifts in the contract: who may what, and what the evening tells of them."""

from __future__ import annotations

import uuid
from typing import Any

from api.ids import uuid7
from tests.cast import Cast
from tests.client import CheckedClient
from tests.contract.place import Place
from tests.contract.telling import Story

MONTH = "2030-03"
_WATCHES = [{"starts": "21:00", "ends": "01:00", "people": 1}]
_READS = "401 200 200 200 200 403 403 404 404"
# The last answer in the order of the matrix's roles. The roster is the leader's; members write the rest of a shift.
TABLE = {
    "POST /v1/shifts": "401 403 201 403 403 403 403 404 404",
    "PUT /v1/shifts/{id}": "401 403 200 403 403 403 403 404 404",
    "DELETE /v1/shifts/{id}": "401 403 204 403 403 403 403 404 404",
    "POST /v1/shifts/{id}/swap": "401 200 200 403 403 403 403 404 404",
    "GET /v1/shifts/figures": "401 200 200 200 200 200 200 200 200",
    "GET /v1/absences": "401 200 200 200 200 403 200 200 200",
    "GET /v1/teams/{id}/roster": _READS,
    "GET /v1/teams/{id}/roster.pdf": _READS,
    "POST /v1/teams/{id}/roster": "401 403 200 403 403 403 403 404 404",
}


def body(cast: Cast, verb: str, path: str) -> Any:
    """The body of a request, by its route."""
    return {
        "POST /v1/shifts/{id}/swap": {"giver_id": str(cast.lan.user_id), "taker_id": str(cast.bao.user_id)},
        "POST /v1/teams/{id}/roster": {"month": MONTH, "watches": _WATCHES},
    }.get(f"{verb} {path}")


def tell_shifts(story: Story, place: Place, lan: str, bao: str) -> None:
    """Lan takes days off, Bảo makes the roster of a month; she checks in, they swap, and one of them didn't come."""
    common = {"area_id": str(place.hamlet), "team_id": str(place.team)}
    away = common | {
        "id": str(uuid.uuid4()), "recorded_at": story.at(-600), "user_id": str(place.lan_id),
        "starts_on": f"{MONTH}-09", "ends_on": f"{MONTH}-10",
    }  # fmt: skip
    tonight = common | {
        "id": str(uuid.uuid4()), "recorded_at": story.at(-590), "starts_at": story.at(0), "ends_at": story.at(240),
        "assignee_ids": [str(place.lan_id), str(place.bao_id)], "handover_note": "Chìa khóa chốt ở nhà văn hóa",
    }  # fmt: skip
    one_more = {"ends_on": f"{MONTH}-11"}
    _tell_records(story, "days_off", away, (one_more, {"ends_on": f"{MONTH}-12"}), one_more, lan, bao)
    notes = tuple({"handover_note": text} for text in ("Đèn trước nhà văn hóa hỏng", "Cống đầu xóm 3 đã thông"))
    _tell_records(story, "shifts", tonight, notes, {"ends_at": story.at(245)}, bao, lan)
    _tell_night(story, place, lan, bao, tonight["id"])
    roster = f"/v1/teams/{place.team}/roster"
    wish = {"month": MONTH, "watches": _WATCHES, "weekdays": [6], "rest_h": 24}
    story.tell("A draft for the Saturdays of March", "POST", roster, wish | {"dry_run": True}, token=bao)
    story.tell("It becomes the roster", "POST", roster, wish, token=bao)
    story.tell("How the month stands", "GET", f"{roster}?month={MONTH}", token=lan)
    story.tell("For the wall", "GET", f"{roster}.pdf?month={MONTH}", token=lan)


def _tell_night(story: Story, place: Place, lan: str, bao: str, shift: str) -> None:
    came = {
        "id": str(uuid7()), "user_id": str(place.lan_id), "event": "check_in", "at": story.at(2),
        "location": {"lon": 108.448312, "lat": 11.214705, "accuracy_m": 8}, "by_id": str(place.lan_id),
    }  # fmt: skip
    any_version = {"If-Match": "*"}
    item = f"/v1/shifts/{shift}"
    story.tell("Lan checks in", "PATCH", item, {"attendance": [came]}, token=lan, headers=any_version)
    day = f"since={story.at(0)[:10]}&until={story.at(0)[:10]}"
    story.tell("Who didn't come", "GET", f"/v1/absences?team={place.team}&{day}", token=bao)
    story.tell("Last night in figures", "GET", f"/v1/shifts/figures?area={place.commune}&{day}", token=bao)
    hai = CheckedClient(headers={"Authorization": f"Bearer {bao}"}).post(
        "/v1/shifts",
        {
            "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "team_id": str(place.team),
            "recorded_at": story.at(-580), "starts_at": story.at(1440), "ends_at": story.at(1680),
            "assignee_ids": [str(place.bao_id)],
        },
        "application/json",
    ).json()["id"]  # fmt: skip
    terms = {"giver_id": str(place.bao_id), "taker_id": str(place.lan_id)}
    story.tell("Bảo asks Lan to take his shift", "POST", f"/v1/shifts/{hai}/swap", terms, token=bao)
    story.tell("She agrees, and is on duty", "POST", f"/v1/shifts/{hai}/swap", terms, token=lan)


def _tell_records(
    story: Story, name: str, made: dict[str, Any], clash: tuple[Any, ...], change: dict[str, Any], hers: str, other: str
) -> None:
    """What every record type has; `clash` are two words on one field, by the other and by whose record it is."""
    path = f"/v1/{name}"
    item, held = f"{path}/{made['id']}", {"If-None-Match": "*"}
    story.tell("Made on a web page", "POST", path, made, token=hers, expect=201)
    story.tell("The same again", "POST", path, made, token=hers)
    story.tell(f"The newest {name} of a team", "GET", f"{path}?team={made['team_id']}&limit=1", token=other)
    tag = story.tell("One of them", "GET", item, token=other).headers["ETag"]
    story.tell("It hasn't changed", "GET", item, token=other, headers={"If-None-Match": tag}, expect=304)
    tag = story.tell("A change", "PATCH", item, change, token=hers, headers={"If-Match": tag}).headers["ETag"]
    story.tell("Replace it", "PUT", item, made, token=hers, headers={"If-Match": tag})
    second = str(uuid.uuid4())
    answer = story.tell(
        "Make it at its address", "PUT", f"{path}/{second}", made | {"id": second}, token=hers, headers=held, expect=201
    )
    gone = {"If-Match": answer.headers["ETag"]}
    story.tell("Delete it for ever", "DELETE", f"{path}/{second}", token=hers, headers=gone, expect=204)
    kind = {"shifts": "shift", "days_off": "day_off"}[name]
    for who, fields in ((other, clash[0]), (hers, clash[1])):
        mutation = {"mutation_id": str(uuid.uuid4()), "type": kind, "id": made["id"], "op": "patch", "base_version": 3}
        sent = {"sent_at": story.at(0), "mutations": [mutation | {"data": fields}]}
        CheckedClient(headers={"Authorization": f"Bearer {who}"}).post("/v1/sync/push", sent, "application/json")
    versions = story.tell("What waits for a choice", "GET", f"{item}/revisions?status=conflict", token=hers).json()
    choice = {"revision_id": versions["items"][0]["id"], "choose": "sent"}
    story.tell("The other words are taken", "POST", f"{item}/resolve", choice, token=hers)
