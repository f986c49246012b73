"""What the evening tells of records: patrols, observations and a photo, changed by two people at once."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from api.localtime import now, wire
from tests.client import CheckedClient
from tests.contract.place import Place
from tests.contract.telling import Story
from tests.media.http import put

PHOTO = bytes(range(256)) * 80


def tell_records(story: Story, place: Place, lan: str, bao: str, patrol: str, lamp: str) -> None:
    """What every record type has, for patrols and observations."""
    common = {"area_id": str(place.hamlet), "team_id": str(place.team)}
    second, noise = str(uuid.uuid4()), str(uuid.uuid4())
    news = {
        "patrols": common | {"id": second, "recorded_at": story.at(1440), "started_at": story.at(1440),
            "status": "planned", "participant_ids": [str(place.lan_id)]},
        "observations": common | {"id": noise, "patrol_id": patrol, "recorded_at": story.at(95),
            "kind": "disturbance", "severity": "info", "place_text": "Quán Hương, đầu xóm 2",
            "note": "Hát karaoke lớn tiếng sau 22 giờ; đã nhắc, chủ quán tắt loa"},
    }  # fmt: skip
    changed = {
        "patrols": {"outcome": "Yên tĩnh", "status": "ongoing"},
        "observations": {"action_taken": "Chủ quán đã cam kết giữ trật tự"},
    }
    first = {"patrols": patrol, "observations": lamp}
    clash = {"patrols": "handover_note", "observations": "note"}
    texts = {
        "patrols": ("Ca sau để ý cống đầu xóm 3", "Đã giao chìa khóa chốt cho tổ 2"),
        "observations": ("Bóng đèn cháy, cần thay", "Đứt dây, cột số 4"),
    }
    one = {"patrols": "patrol", "observations": "observation"}
    for name, body in news.items():
        path = f"/v1/{name}"
        key = {"Idempotency-Key": str(uuid.uuid4())}
        story.tell("Made by an integrator or a web page", "POST", path, body, token=lan, headers=key, expect=201)
        story.tell("The same again", "POST", path, body, token=lan, expect=200)
        since = f"?area={place.hamlet}&since={story.at(0)[:10]}&limit=2"
        story.tell(f"The newest {name} of a hamlet", "GET", path + since, token=bao)
        item = f"{path}/{body['id']}"
        read = story.tell(f"One {one[name]}", "GET", item, token=bao)
        tag = read.headers["ETag"]
        story.tell("It hasn't changed", "GET", item, token=bao, headers={"If-None-Match": tag}, expect=304)
        read = story.tell("One field", "PATCH", item, changed[name], token=lan, headers={"If-Match": tag})
        whole = body | changed[name]
        story.tell("Replace it", "PUT", item, whole, token=lan, headers={"If-Match": read.headers["ETag"]})
        third = str(uuid.uuid4())
        made = body | {"id": third}
        answer = story.tell(
            "Make it at its address", "PUT", f"{path}/{third}", made, token=lan, headers={"If-None-Match": "*"},
            expect=201,
        )  # fmt: skip
        gone = {"If-Match": answer.headers["ETag"]}
        story.tell("Delete it for ever", "DELETE", f"{path}/{third}", token=lan, headers=gone, expect=204)
        _clash(story, place, lan, bao, one[name], name, first[name], clash[name], texts[name])
    close = {"ended_at": story.at(245), "status": "completed", "outcome": "Yên tĩnh",
             "handover_note": "Đèn trước nhà văn hóa hỏng, đã báo thợ điện"}  # fmt: skip
    story.tell("Closed at 01:55 with a handover note", "POST", f"/v1/patrols/{patrol}/close", close, token=lan)
    story.tell("Where it went", "GET", f"/v1/patrols/{patrol}/track", token=bao)


def _clash(
    story: Story, place: Place, lan: str, bao: str, kind: str, collection: str, id: str, field: str,
    texts: tuple[str, str],
) -> None:  # fmt: skip
    """Bảo and Lan change one field of one record, each without the other's knowledge; then Bảo chooses."""
    version = CheckedClient(headers={"Authorization": f"Bearer {lan}"}).get(f"/v1/{collection}/{id}").json()["version"]

    def body(text: str) -> dict[str, Any]:
        change = {"mutation_id": str(uuid.uuid4()), "type": kind, "id": id, "op": "patch"}
        return {
            "sent_at": wire(now()),
            "mutations": [change | {"base_version": version, "data": {field: text}}],
        }

    CheckedClient(headers={"Authorization": f"Bearer {bao}"}).post("/v1/sync/push", body(texts[0]), "application/json")
    title = "Lan's words meet Bảo's: his stand, hers are kept"
    if kind == "observation":
        result = story.tell(title, "POST", "/v1/sync/push", body(texts[1]), token=lan).json()["results"][0]
    else:
        client = CheckedClient(headers={"Authorization": f"Bearer {lan}"})
        result = client.post("/v1/sync/push", body(texts[1]), "application/json").json()["results"][0]
    assert result["status"] == "conflict", result
    versions = f"/v1/{collection}/{id}/revisions"
    waiting = story.tell("What waits for a choice", "GET", f"{versions}?status=conflict", token=bao).json()["items"]
    choice = {"revision_id": waiting[0]["id"], "choose": "sent"}
    story.tell("Bảo takes Lan's words", "POST", f"/v1/{collection}/{id}/resolve", choice, token=bao)


def tell_media(story: Story, place: Place, lan: str, bao: str, lamp: str) -> None:
    """A photo of the lamp: declared, brought to the store, vouched for, seen by Bảo."""
    photo, other, third = (str(uuid.uuid4()) for _ in range(3))

    def declared(id: str, bytes_: bytes, minute: int) -> dict[str, Any]:
        return {
            "id": id, "area_id": str(place.hamlet), "kind": "photo", "content_type": "image/jpeg", "size": len(bytes_),
            "sha256": hashlib.sha256(bytes_).hexdigest(), "recorded_at": story.at(minute),
            "captured_at": story.at(minute), "location": {"lon": 108.448312, "lat": 11.214705, "accuracy_m": 8},
            "subject": {"type": "observation", "id": lamp},
        }  # fmt: skip

    body, item = declared(photo, PHOTO, 43), f"/v1/media/{photo}"
    answer = story.tell("Declare a photo", "POST", "/v1/media", body, token=lan, expect=201)
    story.tell("The same again", "POST", "/v1/media", body, token=lan)
    story.tell("A fresh link", "GET", f"{item}/upload", token=lan)
    link = answer.json()["upload"]["put"]
    assert put(link["url"], link["headers"], PHOTO) in (200, 412)
    story.tell("The bytes are in the store", "POST", f"{item}/complete", token=lan)
    seconds = PHOTO + b"2"
    CheckedClient(headers={"Authorization": f"Bearer {lan}"}).post(
        "/v1/media", declared(other, seconds, 44), "application/json"
    )
    story.tell(
        "Two at once, one of which isn't there", "POST", "/v1/media/complete", {"ids": [photo, other]}, token=lan
    )
    story.tell("Bảo fetches it", "GET", f"{item}/content", token=bao, expect=302)
    story.tell("The newest files of a hamlet", "GET", f"/v1/media?area={place.hamlet}&limit=1", token=bao)
    read = story.tell("One photo", "GET", item, token=bao)
    held = {"If-None-Match": read.headers["ETag"]}
    story.tell("It hasn't changed", "GET", item, token=bao, headers=held, expect=304)
    moved = {"location": {"lon": 108.44829, "lat": 11.21466, "accuracy_m": 5}}
    patched = story.tell(
        "Correct the place", "PATCH", item, moved, token=lan, headers={"If-Match": read.headers["ETag"]}
    )
    whole = body | moved
    story.tell("Replace it", "PUT", item, whole, token=lan, headers={"If-Match": patched.headers["ETag"]})
    made = declared(third, PHOTO + b"3", 45)
    there = {"If-None-Match": "*"}
    answer = story.tell(
        "Declare it at its address", "PUT", f"/v1/media/{third}", made, token=lan, headers=there, expect=201
    )
    gone = {"If-Match": answer.headers["ETag"]}
    story.tell("Delete it for ever", "DELETE", f"/v1/media/{third}", token=lan, headers=gone, expect=204)
    _media_clash(story, place, lan, bao, photo)
    story.tell("The keys that receipts are checked by", "GET", "/.well-known/jwks.json")


def _media_clash(story: Story, place: Place, lan: str, bao: str, photo: str) -> None:
    client = CheckedClient(headers={"Authorization": f"Bearer {lan}"})
    version = client.get(f"/v1/media/{photo}").json()["version"]
    for token, lon in ((bao, 108.4481), (lan, 108.4487)):
        change = {"mutation_id": str(uuid.uuid4()), "type": "media", "id": photo, "op": "patch"}
        change |= {"base_version": version, "data": {"location": {"lon": lon, "lat": 11.2147, "accuracy_m": 5}}}
        sent = {"sent_at": wire(now()), "mutations": [change]}
        client = CheckedClient(headers={"Authorization": f"Bearer {token}"})
        client.post("/v1/sync/push", sent, "application/json")
    path = f"/v1/media/{photo}"
    waiting = story.tell("What waits for a choice", "GET", f"{path}/revisions?status=conflict", token=bao).json()
    choice = {"revision_id": waiting["items"][0]["id"], "choose": "stored"}
    story.tell("What stands, stays", "POST", f"{path}/resolve", choice, token=bao)
