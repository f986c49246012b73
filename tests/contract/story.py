"""The evening that the document's examples tell: played against the real server, and written down as it answered.

Lan walks the lanes of Thái An and photographs a broken lamp, Bảo leads her team; where their edits meet, the answers
show it. `tests/contract/evening.py` writes it down.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from api.localtime import now, wire
from tests.client import CheckedClient
from tests.contract.administration import tell_administration
from tests.contract.alerts import tell_alerts
from tests.contract.checkpoints import tell_routes
from tests.contract.households import tell_households
from tests.contract.place import PASSWORD, Place
from tests.contract.pledges import tell_pledges
from tests.contract.records import tell_media, tell_records
from tests.contract.shifts import tell_shifts
from tests.contract.telling import Story
from tests.contract.tips import tell_tips


def play() -> Story:
    """The whole evening. Needs committed data, and the store of photos."""
    story = Story()
    place = Place()
    lan, bao = _sessions(story, place)
    story.tell("What an app asks first", "GET", "/v1/meta")
    story.tell("Lan's roles, and what her phone syncs", "GET", "/v1/me", token=lan)
    cursor = _first_pull(story, lan)
    patrol, lamp = _push(story, place, lan)
    _later_pull(story, lan, bao, cursor)
    tell_records(story, place, lan, bao, patrol, lamp)
    tell_households(story, place, lan, bao)
    tell_tips(story, place, lan)
    tell_media(story, place, lan, bao, lamp)
    tell_routes(story, place, lan, bao)
    tell_shifts(story, place, lan, bao)
    tell_pledges(story, place, lan, bao)
    _places(story, place, lan)
    _refusals(story, place, lan, bao, patrol, lamp)
    tell_alerts(story, place, lan, bao)
    tell_administration(story, place)
    _farewell(story, lan)
    return story


def _sessions(story: Story, place: Place) -> tuple[str, str]:
    """Lan's first sign-in, by the code that her leader handed out, and Bảo's, by password."""
    device = {"id": str(uuid.uuid4()), "name": "Galaxy A06", "platform": "android", "app_version": "1.0.0"}
    story.tell(
        "Lan's first sign-in, with the code from her leader", "POST", "/v1/auth/activate",
        {"code": place.lan_code, "password": PASSWORD, "device": device},
    )  # fmt: skip
    signed_in = story.tell(
        "Lan signs in", "POST", "/v1/auth/token",
        {"phone": "0928 441 587", "password": PASSWORD, "device": device},
    ).json()  # fmt: skip
    pair = story.tell(
        "The access token has expired", "POST", "/v1/auth/refresh",
        {"refresh": signed_in["refresh"], "device_id": device["id"]},
    ).json()  # fmt: skip
    tablet = {"id": str(uuid.uuid4()), "name": "Redmi 13C", "platform": "android", "app_version": "1.0.0"}
    answer = CheckedClient().post(
        "/v1/auth/token", {"phone": "+84937102118", "password": PASSWORD, "device": tablet}, "application/json"
    )
    return pair["access"], answer.json()["access"]


def _first_pull(story: Story, lan: str) -> str:
    page = story.tell("The first pull, from the beginning", "GET", "/v1/sync/pull?limit=500", token=lan).json()
    cursor = page["cursor"]
    page = story.tell("With the cursor in a body", "POST", "/v1/sync/pull", {"cursor": cursor}, token=lan).json()
    return str(page["cursor"])


def _push(story: Story, place: Place, lan: str) -> tuple[str, str]:
    """The evening's queue, sent twice since the first answer was lost; then one of its mutations is refused."""
    patrol, lamp = str(uuid.uuid4()), str(uuid.uuid4())
    common = {"area_id": str(place.hamlet), "team_id": str(place.team)}

    def mutation(kind: str, id: str, data: dict[str, Any], op: str = "put", **more: Any) -> dict[str, Any]:
        return {"mutation_id": str(uuid.uuid4()), "type": kind, "id": id, "op": op, **more, "data": data}

    body = {
        "sent_at": wire(now()),
        "mutations": [
            mutation("patrol", patrol, common | {
                "recorded_at": story.at(0), "started_at": story.at(0), "status": "ongoing",
                "participant_ids": [str(place.lan_id), str(place.bao_id)],
            }),
            mutation("observation", lamp, common | {
                "patrol_id": patrol, "recorded_at": story.at(42), "kind": "lighting", "severity": "attention",
                "location": {"lon": 108.448312, "lat": 11.214705, "accuracy_m": 8},
                "place_text": "Trước nhà văn hóa thôn", "note": "Đèn đường bị hỏng, đoạn này rất tối",
            }),
            mutation("track", patrol, {
                "area_id": str(place.hamlet), "t0": story.at(0), "dt_s": [0, 10, 10, 10],
                "lon_e6": [108448312, 61, 58, 64], "lat_e6": [11214705, 12, 15, 9], "accuracy_m": [8, 6, 6, 7],
            }),
        ],
    }  # fmt: skip
    story.tell("An evening's queue", "POST", "/v1/sync/push", body, token=lan)
    again = body | {"sent_at": wire(now())}
    story.tell("The same again, since the answer was lost", "POST", "/v1/sync/push", again, token=lan)
    wrong = [
        mutation("observation", lamp, {"action_taken": "Đã báo thợ điện"}, "patch", base_version=1),
        mutation("observation", str(uuid.uuid4()), common | {"recorded_at": story.at(55), "kind": "ghost"}),
    ]
    story.tell(
        "One mutation is wrong; the other is taken", "POST", "/v1/sync/push",
        {"sent_at": wire(now()), "mutations": wrong}, token=lan,
    )  # fmt: skip
    return patrol, lamp


def _later_pull(story: Story, lan: str, bao: str, cursor: str) -> None:
    page = story.tell("What changed since", "GET", f"/v1/sync/pull?cursor={cursor}", token=lan)
    quiet = f"/v1/sync/pull?cursor={page.json()['cursor']}"
    same = story.tell("Nothing new", "GET", quiet, token=lan)
    headers = {"If-None-Match": same.headers["ETag"]}
    story.tell("Nothing new, and the phone says what it holds", "GET", quiet, token=lan, headers=headers, expect=304)
    changes = [c for c in page.json()["changes"] if c["type"] == "observation"]
    lines = "".join(f"{c['id']} {c['version']}\n" for c in sorted(changes, key=lambda each: each["id"]))
    area_id = changes[0]["area_id"]
    claims = {
        "observation": {"count": len(changes), "digest": hashlib.sha256(lines.encode()).hexdigest()},
        "patrol": {"count": 0, "digest": hashlib.sha256(b"").hexdigest()},
    }
    body = {"cursor": page.json()["cursor"], "areas": {area_id: claims}}
    story.tell("The phone lost a patrol", "POST", "/v1/sync/digest", body, token=lan)


def _places(story: Story, place: Place, lan: str) -> None:
    """Areas, teams and memberships, which phones read."""
    asked = {
        "areas": (place.hamlet, "?level=hamlet&q=thai+an"),
        "teams": (place.team, f"?area={place.hamlet}"),
        "memberships": (place.lan_membership, f"?area={place.hamlet}"),
    }
    for name, (id, query) in asked.items():
        story.tell(f"The {name} that Lan sees", "GET", f"/v1/{name}{query}", token=lan)
        read = story.tell(f"One {name[:-1]}", "GET", f"/v1/{name}/{id}", token=lan)
        held = {"If-None-Match": read.headers["ETag"]}
        story.tell("It hasn't changed", "GET", f"/v1/{name}/{id}", token=lan, headers=held, expect=304)
        story.tell("Every version of it", "GET", f"/v1/{name}/{id}/revisions", token=lan)


def _refusals(story: Story, place: Place, lan: str, bao: str, patrol: str, lamp: str) -> None:
    """What isn't taken, and how that is said."""
    observation = f"/v1/observations/{lamp}"
    wrong = {
        "id": lamp, "area_id": str(place.hamlet), "kind": "ghost", "severity": "attention", "noet": "Đèn hỏng",
        "location": {"lon": 308.4, "lat": 11.2},
    }  # fmt: skip
    note = {"note": "Đã thay bóng"}
    stale = {"If-Match": '"1"'}
    story.tell("Four faults at once", "POST", "/v1/observations", wrong, token=lan, expect=422)
    story.tell("Changed meanwhile", "PATCH", observation, note, token=lan, headers=stale, expect=412)
    story.tell("Which version?", "PATCH", observation, note, token=lan, expect=428)
    taken = wrong | {"kind": "lighting", "location": None, "note": "Khác"}
    taken.pop("noet")
    story.tell("The id is taken", "POST", "/v1/observations", taken, token=lan, expect=409)
    closing = {"ended_at": story.at(250), "status": "abandoned", "outcome": "Mưa to"}
    story.tell("Closed otherwise before", "POST", f"/v1/patrols/{patrol}/close", closing, token=bao, expect=409)
    story.tell("No such thing here", "GET", f"/v1/patrols/{uuid.uuid4()}", token=lan, expect=404)
    story.tell("Nobody's request", "GET", "/v1/me", expect=401)
    story.tell("A parameter misspelt", "GET", "/v1/patrols?arae=1", token=lan, expect=400)
    story.tell("A limit too high", "GET", "/v1/patrols?limit=1000", token=lan, expect=400)
    story.tell("A cursor of another list", "GET", "/v1/patrols?cursor=AAAA", token=lan, expect=400)
    device = {"id": str(uuid.uuid4()), "name": "Nokia G21", "platform": "android", "app_version": "1.0.0"}
    guess = {"phone": "0928 441 587", "password": "không nhớ nữa", "device": device}
    story.tell("A wrong password", "POST", "/v1/auth/token", guess, expect=401)
    photo = {
        "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "kind": "photo", "content_type": "image/jpeg",
        "size": 31_000, "sha256": hashlib.sha256(b"never sent").hexdigest(), "recorded_at": story.at(60),
        "captured_at": story.at(60),
    }  # fmt: skip
    CheckedClient(headers={"Authorization": f"Bearer {lan}"}).post("/v1/media", photo, "application/json")
    story.tell("Not there yet", "POST", f"/v1/media/{photo['id']}/complete", token=lan, expect=409)
    story.tell("Not verified yet", "GET", f"/v1/media/{photo['id']}/content", token=lan, expect=409)


def _farewell(story: Story, lan: str) -> None:
    """A new password, an old phone that is signed out, and good night."""
    device = {"id": str(uuid.uuid4()), "name": "Nokia G21", "platform": "android", "app_version": "1.0.0"}
    body = {"phone": "+84928441587", "password": PASSWORD, "device": device}
    CheckedClient().post("/v1/auth/token", body, "application/json")
    sessions = story.tell("Lan's open sessions", "GET", "/v1/auth/sessions", token=lan).json()["items"]
    lost = next(each for each in sessions if not each["current"])
    story.tell("Sign the lost phone out", "DELETE", f"/v1/auth/sessions/{lost['id']}", token=lan, expect=204)
    new = {"current_password": PASSWORD, "new_password": "gió biển Phan Rí Cửa chiều thu"}
    story.tell("A new password", "POST", "/v1/auth/password", new, token=lan, expect=204)
    story.tell("Sign out", "POST", "/v1/auth/logout", token=lan, expect=204)
