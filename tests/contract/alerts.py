"""Alerts, push and webhooks in the contract tests: rows of the access matrix, bodies, and what the examples tell."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.grants import give_grant
from accounts.scoping import SystemActor
from accounts.users import create_user
from accounts.webhooks.services import create_webhook
from api.localtime import now, wire
from tests.cast import Cast
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.telling import Story

HOOK = "https://dispatch.example.vn/anthon"
TABLE = {
    "PATCH /v1/alerts/{id}": "401 200 403 403 403 403 403 404 404",
    "POST /v1/alerts/{id}/acknowledge": "401 403 200 403 200 403 403 404 404",
    "POST /v1/alerts/{id}/cancel": "401 200 403 403 403 403 403 404 404",
    "POST /v1/alerts/{id}/close": "401 403 403 403 200 403 403 404 404",
    "PUT /v1/auth/push_token": "401 204 204 204 204 204 204 204 204",
    "DELETE /v1/auth/push_token": "401 204 204 204 204 204 204 204 204",
    "GET /v1/webhooks": "401 403 403 403 403 403 200 403 403",
    "POST /v1/webhooks": "401 403 403 403 403 403 201 404 404",
    "GET /v1/webhooks/{id}": "401 403 403 403 403 403 200 404 404",
    "DELETE /v1/webhooks/{id}": "401 403 403 403 403 403 204 404 404",
}


def body(cast: Cast, asked: str) -> Any:
    """The body of a request, by its route."""
    return {
        "POST /v1/alerts/{id}/close": {"note": "Đã đưa về nhà an toàn"},
        "PUT /v1/auth/push_token": {"token": "fcm-token"},
        "POST /v1/webhooks": {"area_id": str(cast.hamlets[0]), "url": HOOK, "events": ["alert.raised"]},
    }.get(asked)


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """What these routes are about: a webhook of Lan's hamlet."""
    made, _ = create_webhook(
        actor=cast.son.actor(), area_id=cast.hamlets[0], url=HOOK, events=["alert.raised"], description="", id=None
    )
    return {"webhooks": made.id}


def tell_alerts(story: Story, place: Place, lan: str, bao: str) -> None:
    """Lan calls for help, Bảo answers; the other time the police do. Sơn has the dispatchers' system told."""
    dung, son = _officer(place), _signed_in("0913 550 246")
    story.tell(
        "Where Lan's phone is rung",
        "PUT",
        "/v1/auth/push_token",
        {"token": "cJx3Q8rTQk2:APA91bHun4MxP5egoKMwt2KZFBaFUH"},
        token=lan,
        expect=204,
    )
    sos: dict[str, Any] = {"id": str(uuid.uuid4()), "recorded_at": story.at(190)}
    one = f"/v1/alerts/{sos['id']}"
    story.tell("Help! With nothing but an id", "POST", "/v1/alerts", sos, token=lan, expect=201)
    story.tell("The same call again", "POST", "/v1/alerts", sos, token=lan)
    there = {"location": {"lon": 108.44835, "lat": 11.21478, "accuracy_m": 30}, "located_at": story.at(188)}
    held = {"If-Match": '"1"'}
    story.tell("The last known place, a little later", "PATCH", one, there, token=lan, headers=held)
    page = story.tell("What the police see", "GET", "/v1/alerts?status=open", token=dung)
    known = {"If-None-Match": page.headers["ETag"]}
    story.tell(
        "Nothing new three seconds later", "GET", "/v1/alerts?status=open", token=dung, headers=known, expect=304
    )
    story.tell("Dũng is on it", "POST", f"{one}/acknowledge", token=dung)
    story.tell("Lan is safe", "POST", f"{one}/cancel", {"cancelled_at": story.at(199)}, token=lan)
    story.tell("How it ended", "POST", f"{one}/close", {"note": "Đã đưa về nhà an toàn"}, token=dung)
    told = {"note": "Báo nhầm"}
    story.tell("Closed with another note before", "POST", f"{one}/close", told, token=dung, expect=409)
    _records(story, place, lan, bao)
    _webhooks(story, place, son)
    story.tell("Don't ring any more", "DELETE", "/v1/auth/push_token", token=lan, expect=204)


def _officer(place: Place) -> str:
    system = SystemActor(reason="tests")
    made = create_user(
        actor=system, phone="+84902417733", full_name="Phan Dũng", password=PASSWORD, area_id=place.commune
    )
    give_grant(actor=system, user_id=made.id, role="police_officer", area_id=place.commune)
    return _signed_in("0902 417 733")


def _signed_in(phone: str) -> str:
    desk = {"id": str(uuid.uuid4()), "name": "Máy trực", "platform": "web", "app_version": "1.0.0"}
    sent = {"phone": phone, "password": PASSWORD, "device": desk}
    return str(CheckedClient().post("/v1/auth/token", sent, "application/json").json()["access"])


def _records(story: Story, place: Place, lan: str, bao: str) -> None:
    """What every type of record has."""
    body = {"id": str(uuid.uuid4()), "area_id": str(place.hamlet), "recorded_at": story.at(201)}
    one, there = f"/v1/alerts/{body['id']}", {"If-None-Match": "*"}
    made = story.tell("Raise it at its address", "PUT", one, body, token=lan, headers=there, expect=201)
    whole = body | {"note": "Có người đuổi theo"}
    story.tell("Replace it", "PUT", one, whole, token=lan, headers={"If-Match": made.headers["ETag"]})
    read = story.tell("One alert", "GET", one, token=bao)
    story.tell("It hasn't changed", "GET", one, token=bao, headers={"If-None-Match": read.headers["ETag"]}, expect=304)
    story.tell("All that it was", "GET", f"{one}/revisions", token=bao)
    tablet = _signed_in("0928 441 587")
    for token, words in ((tablet, "Ở đầu ngõ 3"), (lan, "Ở chợ")):
        change = {"mutation_id": str(uuid.uuid4()), "type": "alert", "id": body["id"], "op": "patch"}
        change |= {"base_version": 2, "data": {"place_text": words}}
        sent = {"sent_at": wire(now()), "mutations": [change]}
        CheckedClient(headers={"Authorization": f"Bearer {token}"}).post("/v1/sync/push", sent, "application/json")
    waiting = CheckedClient(headers={"Authorization": f"Bearer {lan}"}).get(f"{one}/revisions?status=conflict").json()
    CheckedClient(headers={"Authorization": f"Bearer {tablet}"}).post("/v1/auth/logout", {}, "application/json")
    choice = {"revision_id": waiting["items"][0]["id"], "choose": "sent"}
    story.tell("Lan knows where she is", "POST", f"{one}/resolve", choice, token=lan)


def _webhooks(story: Story, place: Place, son: str) -> None:
    body = {
        "id": str(uuid.uuid4()), "area_id": str(place.commune), "url": "https://dispatch.example.vn/anthon",
        "events": ["alert.raised", "alert.escalated"], "description": "Trực ban huyện",
    }  # fmt: skip
    story.tell("The dispatchers' system is told", "POST", "/v1/webhooks", body, token=son, expect=201)
    story.tell("The same again, without the secret", "POST", "/v1/webhooks", body, token=son)
    inside = body | {"id": str(uuid.uuid4()), "url": "https://10.0.0.7/hook"}
    story.tell("Not into somebody's own network", "POST", "/v1/webhooks", inside, token=son, expect=422)
    story.tell("Which systems are told", "GET", f"/v1/webhooks?area={place.commune}", token=son)
    story.tell("How one does", "GET", f"/v1/webhooks/{body['id']}", token=son)
    story.tell("Tell it no more", "DELETE", f"/v1/webhooks/{body['id']}", token=son, expect=204)
