"""The routes of tips in the access matrix, and what the examples tell of them."""

from __future__ import annotations

import base64
import hashlib
import itertools
import uuid
from typing import Any

from django.db import transaction

from accounts.grants import give_grant
from accounts.models import Grant
from accounts.scoping import SystemActor
from accounts.users import create_user
from activities.tips.challenge import new_challenge
from activities.tips.keys import publish_key
from activities.tips.models import TipKey
from activities.tips.receipts import code_of
from activities.tips.receiving import receive
from activities.tips.serializers import TipRequest
from api.localtime import now
from api.shapes import decode
from tests.cast import Cast
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.telling import Story

_POLICE = "401 403 403 403 200 403 403 404 404"
"""Lan's own hamlet too: who sends tips reads none."""
_KEYS = "401 404 404 403 200 403 403 404 404"
"""A commune's; Lan and Bảo have no part in it."""
_ANYONE = "200 200 200 200 200 200 200 200 200"
TABLE = {
    "GET /v1/public/tips/challenge": _ANYONE,
    "GET /v1/public/tip_keys": _ANYONE,
    "POST /v1/public/tips": _ANYONE.replace("200", "201"),
    "GET /v1/tip_keys": "401 200 200 200 200 200 200 200 200",
    "POST /v1/tip_keys": _KEYS,
    "POST /v1/tip_keys/{id}/end": _KEYS,
    "GET /v1/tips": "401 403 403 403 200 403 403 403 403",
    "POST /v1/tips": "401 201 201 403 201 403 403 404 404",
    "GET /v1/tips/counts": "401 403 403 200 200 200 403 403 403",
    "GET /v1/tips/receipts/{code}": _ANYONE,
    "POST /v1/tips/receipts/{code}/messages": _ANYONE,
    **{
        f"{verb} /v1/tips/{{id}}{rest}": _POLICE
        for verb, rest in (
            ("GET", ""), ("POST", "/acknowledge"), ("POST", "/forward"), ("POST", "/verify"), ("POST", "/close"),
            ("POST", "/messages"), ("POST", "/source"), ("PUT", "/source"),
        )
    },
    "POST /v1/tips/{id}/conclude": _POLICE.replace("200", "409"),  # nobody has looked into it yet
}  # fmt: skip
TIP = uuid.UUID("7d5f3c1e-42a8-4b69-9c0d-5e8a1f6b7c23")
CODE = code_of(TIP)
_BOX = base64.b64encode(bytes(48 + 512)).decode()
_KEY = base64.b64encode(bytes(range(32))).decode()


def query(cast: Cast, route: str) -> str:
    """What a route has to be asked with."""
    if route in ("GET /v1/tip_keys", "GET /v1/public/tip_keys"):
        return f"?area={cast.hamlets[0]}"
    return "?month=2026-01" if route == "GET /v1/tips/counts" else ""


def body(cast: Cast, verb: str, path: str) -> Any:
    """The body of a request, by its route."""
    if verb == "GET" or "/tip" not in path:
        return None
    new = str(uuid.uuid4())
    tip = {"id": new, "area_id": str(cast.hamlets[0]), "category": "drugs", "text": "Tụ tập sau chợ"}
    sealed = {"key_id": str(TipKey.objects.get().id), "box": _BOX}
    steps = {"forward": {"forwarded_to": "Phòng PC04"}, "conclude": {"outcome": "valuable"}}
    return {
        "POST /v1/tips": tip,
        "POST /v1/public/tips": tip | {"work": _solved(new_challenge().text, 6, new)},
        "POST /v1/tip_keys": {"area_id": str(cast.communes[0]), "public_key": _KEY},
        "POST /v1/tips/{id}/source": {"reason": "Xác minh"},
        "PUT /v1/tips/{id}/source": {"replaces": hashlib.sha256(b"").hexdigest(), "sealed_source": sealed},
    }.get(
        f"{verb} {path}",
        {"id": new, "text": "Mấy giờ?"} if path.endswith("/messages") else steps.get(path.rpartition("/")[2], {}),
    )


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """A tip from Lan's hamlet with a sealed source, and the key of Dũng's that it is sealed to."""
    key = publish_key(actor=cast.dung.actor(), area_id=cast.communes[0], public_key=_KEY)
    tip = {"id": str(TIP), "area_id": str(cast.hamlets[0]), "category": "drugs", "text": "Tụ tập sau chợ"}
    with transaction.atomic():
        receive(decode(TipRequest, tip | {"sealed_source": {"key_id": str(key.id), "box": _BOX}}))
    return {"tips": TIP, "tip_keys": key.id}


def _solved(challenge: str, difficulty: int, tip_id: str) -> dict[str, str]:
    for number in itertools.count():
        solution = f"solution-{number:012}"
        digest = hashlib.sha256(f"{challenge}.{tip_id}.{solution}".encode()).digest()
        if not int.from_bytes(digest, "big") >> (256 - difficulty):
            return {"challenge": challenge, "solution": solution}
    raise AssertionError("there is no end to numbers")


def tell_tips(story: Story, place: Place, lan: str) -> None:
    """Dũng's key; a tip of Lan's and one by nobody; Dũng works on the first, and asks back by its receipt."""
    dung = _dung(place)
    key = {"area_id": str(place.commune), "public_key": _KEY}
    made = story.tell("Dũng's machine made a key", "POST", "/v1/tip_keys", key, token=dung).json()
    story.tell("To whom tips of Thái An are sealed", "GET", f"/v1/tip_keys?area={place.hamlet}", token=lan)
    story.tell("The same, for anyone", "GET", f"/v1/public/tip_keys?area={place.hamlet}")
    first = {
        "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "category": "drugs", "urgency": "soon",
        "text": "Tối nào cũng có xe lạ đậu sau chợ, giao gói nhỏ cho mấy em học sinh",
        "place": "Sau chợ Thái An", "location": {"lon": 108.448, "lat": 11.215},
        "sealed_source": {"key_id": made["id"], "box": _BOX},
    }  # fmt: skip
    code = story.tell("Lan's phone sealed who she is", "POST", "/v1/tips", first, token=lan, expect=201).json()
    story.tell("The same again, since the answer was lost", "POST", "/v1/tips", first, token=lan)
    official = first | {"id": str(uuid.uuid4()), "about_official": True}
    story.tell("A denunciation", "POST", "/v1/tips", official, token=lan, expect=422)
    asked = story.tell("What to solve", "GET", "/v1/public/tips/challenge").json()
    second = {"id": str(uuid.uuid4()), "area_id": str(place.commune), "category": "gambling", "text": "Sới bạc ở rẫy"}
    second |= {"channel": "web", "work": _solved(asked["challenge"], asked["difficulty"], str(second["id"]))}
    story.tell("By nobody", "POST", "/v1/public/tips", second, expect=201)
    story.tell("The same again", "POST", "/v1/public/tips", second)
    _work_on(story, place, dung, f"/v1/tips/{first['id']}", f"/v1/tips/receipts/{code['receipt']}", made["id"])


def _work_on(story: Story, place: Place, dung: str, tip: str, receipt: str, key_id: str) -> None:
    listing = f"/v1/tips?area={place.hamlet}&category=drugs"
    story.tell("What came from Thái An", "GET", listing, token=dung)
    story.tell("Dũng reads one", "GET", tip, token=dung)
    story.tell("Dũng has seen it", "POST", f"{tip}/acknowledge", {}, token=dung)
    question = {"id": str(uuid.uuid4()), "text": "Xe màu gì, biển số bao nhiêu?"}
    story.tell("A question to whoever sent it", "POST", f"{tip}/messages", question, token=dung)
    story.tell("What the receipt shows", "GET", receipt)
    answer = {"id": str(uuid.uuid4()), "text": "Xe bán tải trắng"}
    story.tell("The answer", "POST", f"{receipt}/messages", answer)
    sent = {"forwarded_to": "Phòng PC04, Công an tỉnh", "note": "Đề nghị phối hợp"}
    story.tell("Passed on", "POST", f"{tip}/forward", sent, token=dung)
    story.tell("Being verified", "POST", f"{tip}/verify", {}, token=dung)
    story.tell("Why the source is needed", "POST", f"{tip}/source", {"reason": "Cần gặp để lấy lời khai"}, token=dung)
    anew = {"replaces": hashlib.sha256(bytes(560)).hexdigest(), "sealed_source": {"key_id": key_id, "box": _BOX}}
    story.tell("Brought back as it was", "PUT", f"{tip}/source", anew, token=dung)
    story.tell("It was right", "POST", f"{tip}/conclude", {"outcome": "valuable"}, token=dung)
    story.tell("Done", "POST", f"{tip}/close", {"note": "Đã khởi tố"}, token=dung)
    story.tell("Too late for that", "POST", f"{tip}/verify", {}, token=dung, expect=409)
    story.tell("Counts of January", "GET", "/v1/tips/counts?month=2026-01", token=dung)
    story.tell("The machine was lost", "POST", f"/v1/tip_keys/{key_id}/end", {}, token=dung)


def _dung(place: Place) -> str:
    """Dũng, police of the commune, signed in."""
    system = SystemActor(reason="tests")
    user = create_user(
        actor=system, phone="+84905330188", full_name="Phạm Tiến Dũng", password=PASSWORD, area_id=place.commune
    )
    give_grant(actor=system, user_id=user.id, role="police_officer", area_id=place.commune)
    Grant.objects.filter(user_id=user.id, confirmed_at=None).update(confirmed_at=now())
    desk = {"id": str(uuid.uuid4()), "name": "Máy tính Công an xã", "platform": "web", "app_version": "1.0.0"}
    signed_in = {"phone": "+84905330188", "password": PASSWORD, "device": desk}
    return str(CheckedClient().post("/v1/auth/token", signed_in, "application/json").json()["access"])
