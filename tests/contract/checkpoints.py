"""Routes and checkpoints in the contract: who may what, and what the evening tells of them."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.grants import give_grant
from accounts.scoping import SystemActor
from accounts.users import create_user
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.telling import Story

_HEADS = "401 403 200 403 200 403 403 404 404"
# The last answer in the order of the matrix's roles.
TABLE = {
    "GET /v1/patrols/{id}/checkpoints": "401 200 200 200 200 403 403 404 404",
    "GET /v1/routes/figures": "401 200 200 200 200 200 200 200 200",
    "POST /v1/routes/{id}/sheet": "401 403 409 403 409 403 403 404 404",  # whose checkpoint isn't there yet
    "POST /v1/checkpoints/{id}/sheet": _HEADS,
    "POST /v1/checkpoints/{id}/code": _HEADS,
    "POST /v1/checkpoints/{id}/renew": _HEADS,
    "POST /v1/areas/{id}/checkpoint_sheet": "401 403 403 403 200 403 403 404 404",
}
BODIES = {"/v1/checkpoints/{id}/renew": {"code_version": 1}}


def tell_routes(story: Story, place: Place, lan: str, bao: str) -> None:
    """Bảo lays a route of two checkpoints, Lan walks it, and what she did of it is told."""
    gate, market = sorted(str(uuid.uuid4()) for _ in range(2))  # in the order of figures
    route = str(uuid.uuid4())
    common = {"area_id": str(place.hamlet), "team_id": str(place.team)}
    posts = [
        common | {
            "id": gate, "recorded_at": story.at(-300), "name": "Cổng đình", "radius_m": 40,
            "location": {"lon": 108.448312, "lat": 11.214705}, "note": "Mã treo ở cột trái, cao ngang mắt",
        },
        common | {
            "id": market, "recorded_at": story.at(-299), "name": "Chợ chiều", "methods": ["point", "nfc"],
            "location": {"lon": 108.452107, "lat": 11.216320},
        },
    ]  # fmt: skip
    lane = common | {
        "id": route, "recorded_at": story.at(-290), "name": "Đình – chợ", "ordered": True,
        "stops": [
            {"checkpoint_id": gate, "windows": [{"opens": "22:00", "closes": "22:30"}]},
            {"checkpoint_id": market, "every_min": 60},
        ],
        "schedule": {"weekdays": [5, 6, 7], "starts": "21:50", "ends": "01:55"},
    }  # fmt: skip
    for number, post in enumerate(posts):
        title = ("A checkpoint with a square code", "One with an NFC tag")[number]
        story.tell(title, "POST", "/v1/checkpoints", post, token=bao, expect=201)
    story.tell("A route in order", "POST", "/v1/routes", lane, token=bao, expect=201)
    for collection, made, field, texts in (
        ("checkpoints", posts[0], "note", ("Mã treo ở cột phải", "Mã treo sau cổng")),
        ("routes", lane, "note", ("Mang theo đèn pin", "Mưa thì đi đường trên")),
    ):
        _tell_records(story, collection, made, field, texts, bao, lan)
    _tell_codes(story, place, bao, gate, market, route)
    _tell_walk(story, place, lan, bao, (gate, market, route))


def _tell_records(
    story: Story, collection: str, made: dict[str, Any], field: str, texts: tuple[str, str], bao: str, lan: str
) -> None:
    """What every record type has."""
    path = f"/v1/{collection}"
    item = f"{path}/{made['id']}"
    story.tell("The same again", "POST", path, made, token=bao)
    story.tell(
        f"The newest {collection} that a hamlet sees", "GET", f"{path}?area={made['area_id']}&limit=1", token=lan
    )
    tag = story.tell("One of them", "GET", item, token=lan).headers["ETag"]
    story.tell("It hasn't changed", "GET", item, token=lan, headers={"If-None-Match": tag}, expect=304)
    name = {"name": made["name"] + " (mới)"}
    tag = story.tell("Another name", "PATCH", item, name, token=bao, headers={"If-Match": tag}).headers["ETag"]
    story.tell("Replace it", "PUT", item, made, token=bao, headers={"If-Match": tag})
    other = str(uuid.uuid4())
    new = {"If-None-Match": "*"}
    answer = story.tell(
        "At its address", "PUT", f"{path}/{other}", made | {"id": other}, token=bao, headers=new, expect=201
    )
    gone = {"If-Match": answer.headers["ETag"]}
    story.tell("Delete it for ever", "DELETE", f"{path}/{other}", token=bao, headers=gone, expect=204)
    kind, version = collection.removesuffix("s"), 3
    for who, text in ((bao, texts[0]), (lan, texts[1])):
        change = {"mutation_id": str(uuid.uuid4()), "type": kind, "id": made["id"], "op": "patch"}
        body = {"sent_at": story.at(0), "mutations": [change | {"base_version": version, "data": {field: text}}]}
        CheckedClient(headers={"Authorization": f"Bearer {who}"}).post("/v1/sync/push", body, "application/json")
    versions = f"{item}/revisions"
    waits = story.tell("What waits for a choice", "GET", f"{versions}?status=conflict", token=bao).json()["items"][0]
    choice = {"revision_id": waits["id"], "choose": "sent"}
    story.tell("Bảo takes Lan's words", "POST", f"{item}/resolve", choice, token=bao)


def _tell_codes(story: Story, place: Place, bao: str, gate: str, market: str, route: str) -> None:
    system = SystemActor(reason="tests")
    dung = create_user(actor=system, phone="+84918440213", full_name="Võ Tấn Dũng", password=PASSWORD).id
    give_grant(actor=system, user_id=dung, role="police_officer", area_id=place.commune)
    laptop = {"id": str(uuid.uuid4()), "name": "Máy tính công an xã", "platform": "web", "app_version": "1.0.0"}
    body = {"phone": "0918 440 213", "password": PASSWORD, "device": laptop}
    police = CheckedClient().post("/v1/auth/token", body, "application/json").json()["access"]
    story.tell("The codes to hang up", "POST", f"/v1/routes/{route}/sheet", token=bao)
    renewed = {"code_version": 1}
    story.tell("Somebody photographed it", "POST", f"/v1/checkpoints/{gate}/renew", renewed, token=bao)
    story.tell("The new code alone", "POST", f"/v1/checkpoints/{gate}/sheet", token=bao)
    story.tell("The code to write on a tag", "POST", f"/v1/checkpoints/{market}/code", token=bao)
    story.tell("All codes of a commune", "POST", f"/v1/areas/{place.commune}/checkpoint_sheet", token=police)


def _tell_walk(story: Story, place: Place, lan: str, bao: str, ids: tuple[str, str, str]) -> None:
    gate, market, route = ids
    patrol = str(uuid.uuid4())
    read = CheckedClient(headers={"Authorization": f"Bearer {bao}"})
    codes = {
        id: read.post(f"/v1/checkpoints/{id}/code", "", "application/json").json()["code"] for id in (gate, market)
    }
    by_lan = {"user_id": str(place.lan_id)}
    body = {
        "id": patrol, "area_id": str(place.hamlet), "team_id": str(place.team), "route_id": route,
        "recorded_at": story.at(0), "started_at": story.at(0), "ended_at": story.at(125), "status": "completed",
        "checkpoint_visits": [
            by_lan | {
                "id": str(uuid.uuid4()), "checkpoint_id": gate, "visited_at": story.at(22), "method": "qr",
                "code": codes[gate], "location": {"lon": 108.448330, "lat": 11.214720, "accuracy_m": 6},
            },
            by_lan | {
                "id": str(uuid.uuid4()), "checkpoint_id": market, "visited_at": story.at(47), "method": "nfc",
                "code": codes[market], "location": {"lon": 108.446100, "lat": 11.213900, "accuracy_m": 8},
            },
        ],
    }  # fmt: skip
    CheckedClient(headers={"Authorization": f"Bearer {lan}"}).post("/v1/patrols", body, "application/json")
    story.tell("What became of the route", "GET", f"/v1/patrols/{patrol}/checkpoints", token=bao)
    days = f"since={story.at(0)[:10]}&until={story.at(0)[:10]}"
    story.tell("How often checkpoints were reached", "GET", f"/v1/routes/figures?by=checkpoint&{days}", token=bao)
