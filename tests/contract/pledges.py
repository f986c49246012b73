"""Pledges in the contract: who may what, and what the evening tells of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from accounts.grants import give_grant
from accounts.scoping import SystemActor
from accounts.users import create_user
from api.localtime import now, wire
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.telling import Story

_READ = "401 200 200 200 200 403 403 404 404"
# The last answer in the order of the matrix's roles.
TABLE = {
    "GET /v1/pledges/coverage": "401 200 200 200 200 200 403 404 404",
    "GET /v1/pledges/expiring": _READ,
    "GET /v1/pledges/{id}/agreement": _READ,
    "GET /v1/pledges/{id}/sheet": _READ,
    "GET /v1/pledges/{id}/verify": "200 200 200 200 200 200 200 200 200",
    "POST /v1/pledges/{id}/verify": "200 200 200 200 200 200 200 200 200",
    "POST /v1/pledges/{id}/withdraw": "401 200 200 200 403 403 403 404 404",
    "POST /v1/campaigns/{id}/freeze": "401 403 403 200 403 403 403 404 404",
    "GET /v1/pledge_templates/{id}/forms": "401 200 200 200 200 200 200 404 404",
}
QUERIES = dict.fromkeys(("GET /v1/pledges/coverage", "GET /v1/pledges/expiring"), "?area={hamlet}")
BODIES: dict[str, dict[str, Any]] = {
    "/v1/pledges/{id}/withdraw": {},
    "/v1/pledges/{id}/verify": {},
    "/v1/campaigns/{id}/freeze": {"moment": "start"},
}
FOR_ANYONE = frozenset({"GET /v1/pledges/{id}/verify", "POST /v1/pledges/{id}/verify"})
"""What who holds a sheet may ask, whatever the area."""

_STROKES = [
    {"t_ms": 0, "dx": [62, 18, 25, 21, -9], "dy": [131, -48, 71, -66, 40], "dt_ms": [0, 17, 16, 17, 16]},
    {"t_ms": 310, "dx": [240, 44, 39], "dy": [96, 30, -27], "dt_ms": [0, 16, 17]},
]


def tell_pledges(story: Story, place: Place, lan: str, bao: str) -> None:
    """The commune's Front issues a text for Tết, Lan has it signed on the screen and on paper, and it is counted."""
    minh, phone = _officer(place)
    template, campaign = _issued(story, place, minh, phone, bao)
    day = dt.date.fromisoformat(story.at(0)[:10])
    household, paper = str(uuid.uuid4()), str(uuid.uuid4())
    CheckedClient(headers={"Authorization": f"Bearer {lan}"}).post(
        "/v1/households",
        {
            "id": household, "area_id": str(place.hamlet), "recorded_at": story.at(20), "house_number": "12/3",
            "householder": "Trần Thị Mỹ Lệ", "residence_status": "permanent",
        },
        "application/json",
    )  # fmt: skip
    signed = {
        "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "recorded_at": story.at(25), "template_id": template,
        "signer_type": "household", "household_id": household, "signer_name": "Trần Thị Mỹ Lệ", "method": "screen",
        "signature": {"width": 600, "height": 240, "strokes": _STROKES}, "witness_name": "Trần Quốc Bảo",
        "signed_on": day.isoformat(), "expires_on": (day + dt.timedelta(days=20)).isoformat(), "status": "signed",
    }  # fmt: skip
    made = story.tell("Signed on the screen", "POST", "/v1/pledges", signed, token=lan, expect=201)
    tag, item = {"If-Match": made.headers["ETag"]}, f"/v1/pledges/{signed['id']}"
    story.tell("What was signed isn't deleted", "DELETE", item, token=lan, headers=tag, expect=409)
    on_paper = signed | {
        "id": paper, "recorded_at": story.at(31), "household_id": str(uuid.uuid4()), "signer_name": "Lê Văn Tám",
        "method": "paper", "signature": None, "scan_media_id": str(uuid.uuid4()), "expires_on": None,
    }  # fmt: skip
    story.tell("Signed on paper, the sheet photographed", "POST", "/v1/pledges", on_paper, token=lan, expect=201)
    later = signed | {"signature": None, "method": "otp"}
    story.tell("Not yet by code", "POST", "/v1/pledges", later | {"id": str(uuid.uuid4())}, token=lan, expect=422)
    asked = signed | {"id": str(uuid.uuid4()), "status": "draft", "signed_on": None, "signature": None}
    CheckedClient(headers={"Authorization": f"Bearer {lan}"}).post("/v1/pledges", asked, "application/json")
    _tell_records(story, "pledges", asked, ("signer_name", "Trần Văn Lực", "Trần Văn Lực (con trai)"), lan, bao)
    _tell_proof(story, signed["id"], paper, lan, bao)
    _tell_counting(story, place, minh, template, campaign)


def _officer(place: Place) -> tuple[str, str]:
    """Minh's tokens, Front officer of the commune: on the computer, on the phone."""
    system = SystemActor(reason="tests")
    minh = create_user(actor=system, phone="+84905118224", full_name="Phạm Quang Minh", password=PASSWORD).id
    give_grant(actor=system, user_id=minh, role="front_officer", area_id=place.commune)
    laptop = {"id": str(uuid.uuid4()), "name": "Máy tính Mặt trận xã", "platform": "web", "app_version": "1.0.0"}
    body = {"phone": "0905 118 224", "password": PASSWORD}
    first, second = (
        CheckedClient().post("/v1/auth/token", body | {"device": device}, "application/json").json()["access"]
        for device in (laptop, laptop | {"id": str(uuid.uuid4()), "name": "Oppo A18", "platform": "android"})
    )
    return first, second


def _issued(story: Story, place: Place, minh: str, phone: str, bao: str) -> tuple[str, str]:
    day = dt.date.fromisoformat(story.at(0)[:10])
    template, campaign = str(uuid.uuid4()), str(uuid.uuid4())
    common = {"area_id": str(place.commune), "recorded_at": story.at(-3000)}
    text = common | {
        "id": template, "title": "Đón Tết bình yên", "topics": ["drugs", "weapons_fireworks"], "status": "issued",
        "clauses": ["Không đốt, không tàng trữ pháo nổ.", "Không sử dụng ma túy; biết người sử dụng thì báo ngay."],
    }  # fmt: skip
    weeks = common | {
        "id": campaign, "title": "Cao điểm Tết", "template_ids": [template],
        "starts_on": (day - dt.timedelta(days=2)).isoformat(), "ends_on": (day + dt.timedelta(days=60)).isoformat(),
    }  # fmt: skip
    story.tell("A text for all hamlets", "POST", "/v1/pledge_templates", text, token=minh, expect=201)
    story.tell("Two months in which it is signed", "POST", "/v1/campaigns", weeks, token=minh, expect=201)
    draft = text | {"id": str(uuid.uuid4()), "status": "draft", "recorded_at": story.at(-2990)}
    CheckedClient(headers={"Authorization": f"Bearer {minh}"}).post("/v1/pledge_templates", draft, "application/json")
    _tell_records(story, "pledge_templates", draft, ("title", "Tết an lành", "Tết an toàn"), minh, phone)
    _tell_records(story, "campaigns", weeks, ("title", "Cao điểm Tết Bính Ngọ", "Tết Bính Ngọ"), minh, phone)
    item = f"/v1/pledge_templates/{template}"
    words = {"title": "Đón Tết vui"}
    stale = {"If-Match": "*"}
    story.tell("What was issued never changes", "PATCH", item, words, token=minh, headers=stale, expect=422)
    story.tell("Forms to sign on paper", "GET", f"{item}/forms", token=bao)
    return template, campaign


def _tell_records(
    story: Story, collection: str, made: dict[str, Any], field: tuple[str, str, str], who: str, other: str
) -> None:
    """What every record type has: read, changed by two phones at once, chosen, made at its address, deleted."""
    path, item = f"/v1/{collection}", f"/v1/{collection}/{made['id']}"
    name, mine, theirs = field
    story.tell("The same again", "POST", path, made, token=who)
    story.tell("The newest", "GET", f"{path}?area={made['area_id']}&limit=1", token=who)
    tag = story.tell("One of them", "GET", item, token=who).headers["ETag"]
    story.tell("It hasn't changed", "GET", item, token=who, headers={"If-None-Match": tag}, expect=304)
    tag = story.tell("One field", "PATCH", item, {name: mine}, token=who, headers={"If-Match": tag}).headers["ETag"]
    answer = story.tell("Replace it", "PUT", item, made, token=who, headers={"If-Match": tag})
    version = answer.json()["version"]
    new = str(uuid.uuid4())
    there = {"If-None-Match": "*"}
    copy = made | {"id": new}
    answer = story.tell("At its address", "PUT", f"{path}/{new}", copy, token=who, headers=there, expect=201)
    gone = {"If-Match": answer.headers["ETag"]}
    story.tell("Delete it for ever", "DELETE", f"{path}/{new}", token=who, headers=gone, expect=204)
    kind = collection.removesuffix("s")
    for token, text in ((other, mine), (who, theirs)):
        change = {"mutation_id": str(uuid.uuid4()), "type": kind, "id": made["id"], "op": "patch"}
        body = {"sent_at": wire(now()), "mutations": [change | {"base_version": version, "data": {name: text}}]}
        CheckedClient(headers={"Authorization": f"Bearer {token}"}).post("/v1/sync/push", body, "application/json")
    waiting = story.tell("What waits for a choice", "GET", f"{item}/revisions?status=conflict", token=who).json()
    choice = {"revision_id": waiting["items"][0]["id"], "choose": "sent"}
    story.tell("The other's words", "POST", f"{item}/resolve", choice, token=who)


def _tell_proof(story: Story, signed: str, paper: str, lan: str, bao: str) -> None:
    item = f"/v1/pledges/{signed}"
    found = story.tell("Anyone scans the sheet", "GET", f"{item}/verify").json()
    printed = {"content_hash": found["content_hash"]}
    story.tell("With the hash on the sheet", "POST", f"{item}/verify", printed)
    story.tell("What was agreed to, word by word", "GET", f"{item}/agreement", token=bao)
    story.tell("The signed sheet", "GET", f"{item}/sheet", token=bao)
    taken_back = {"withdrawal_note": "Gia đình chuyển đi nơi khác"}
    story.tell("Taken back", "POST", f"/v1/pledges/{paper}/withdraw", taken_back, token=lan)


def _tell_counting(story: Story, place: Place, minh: str, template: str, campaign: str) -> None:
    coverage = f"/v1/pledges/coverage?area={place.commune}"
    story.tell("How many households pledged", "GET", coverage, token=minh)
    story.tell("In this campaign", "GET", f"{coverage}&campaign={campaign}&by=commune", token=minh)
    story.tell("By template", "GET", f"{coverage}&by=template&template={template}", token=minh)
    story.tell("What runs out soon", "GET", f"/v1/pledges/expiring?area={place.commune}", token=minh)
    start = {"moment": "start"}
    story.tell("Who was resident at the start", "POST", f"/v1/campaigns/{campaign}/freeze", start, token=minh)
