"""The evening that the document's examples tell: played against the real server, and written down as it answered.

Lan walks the lanes of Thái An and photographs a broken lamp, Bảo leads her team; where their edits meet, the answers
show it. `tests/contract/evening.py` writes it down.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import NewArea, create_area
from accounts.models import Area, Membership
from accounts.scoping import SystemActor
from accounts.teams import add_member, create_team
from accounts.users import create_user, issue_activation_code
from api.localtime import now, wire
from tests.client import CheckedClient, operation_of
from tests.contract.evening import written_down
from tests.media.http import put

PASSWORD = "lúa chín vàng đồng Thái An"
PHOTO = bytes(range(256)) * 80
_SHOWN_HEADERS = ("ETag", "Location")
Exchange = dict[str, Any]


class Story:
    """Who tells what to the server, and what it answered, by operation."""

    def __init__(self) -> None:
        self.exchanges: dict[str, list[Exchange]] = {}
        # S3 tells when it stored something in whole seconds.
        self._start = now().replace(microsecond=0)
        # All that phones say happened on the evening before the playing.
        self._night = dt.datetime.combine(self._start.date() - dt.timedelta(days=1), dt.time(14, 50), dt.UTC)

    def at(self, minutes: int) -> str:
        """So many minutes after 21:50 of the evening."""
        return wire(self._night + dt.timedelta(minutes=minutes))

    def tell(
        self,
        title: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        expect: int = 200,
    ) -> Any:
        """One request and its answer, written down under its operation."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        merge = "application/merge-patch+json" if method == "PATCH" else "application/json"
        data = {"data": json.dumps(body), "content_type": merge} if body is not None else {}
        answer = CheckedClient().generic(method, path, **_payload(data), headers=sent | {"Accept-Language": "en"})
        assert answer.status_code == expect, f"{title}: {answer.status_code} {answer.content.decode()}"
        operation = operation_of(method, path.partition("?")[0])
        assert operation is not None, path
        exchange: Exchange = {"title": title, "method": method, "path": path}
        if headers:
            exchange["headers"] = headers
        if body is not None:
            exchange["body"] = body
        exchange["status"] = answer.status_code
        shown = {name: answer.headers[name] for name in _SHOWN_HEADERS if name in answer.headers}
        if shown:
            exchange["answer_headers"] = shown
        if answer.content:
            exchange["answer"] = json.loads(answer.content)
        self.exchanges.setdefault(operation["operationId"], []).append(exchange)
        return answer

    def written(self) -> dict[str, list[Exchange]]:
        """All exchanges, with the ids, moments and secrets of the fixed evening."""
        return written_down(self.exchanges, self._night, self._start)


def _payload(data: dict[str, str]) -> dict[str, Any]:
    return {"data": data.get("data", ""), "content_type": data.get("content_type", "application/json")}


def play() -> Story:
    """The whole evening. Needs committed data, and the store of photos."""
    story = Story()
    place = _Place()
    lan, bao = _sessions(story, place)
    story.tell("What an app asks first", "GET", "/v1/meta")
    story.tell("Lan's roles, and what her phone syncs", "GET", "/v1/me", token=lan)
    cursor = _first_pull(story, lan)
    patrol, lamp = _push(story, place, lan)
    _later_pull(story, lan, bao, cursor)
    _records(story, place, lan, bao, patrol, lamp)
    _media(story, place, lan, bao, lamp)
    _places(story, place, lan)
    _refusals(story, place, lan, bao, patrol, lamp)
    _farewell(story, lan)
    return story


class _Place:
    """Thái An in Hồng Thái, its team, and the people in it."""

    def __init__(self) -> None:
        system = SystemActor(reason="tests")

        def area(level: AreaLevel, kind: AreaKind, name: str, parent: uuid.UUID | None, **more: Any) -> uuid.UUID:
            return create_area(actor=system, area=NewArea(level=level, kind=kind, name=name, parent_id=parent, **more))

        province = area(AreaLevel.PROVINCE, AreaKind.PROVINCE, "Lâm Đồng", None, code="68", lon=108.43, lat=11.94)
        self.commune = area(
            AreaLevel.COMMUNE, AreaKind.COMMUNE, "Hồng Thái", province, code="23032", lon=108.456, lat=11.207
        )
        self.hamlet = area(
            AreaLevel.HAMLET, AreaKind.THON, "Thái An", self.commune, lon=108.4483, lat=11.2147, household_count=63
        )
        self.team = create_team(
            actor=system, area_id=self.hamlet, team_type="self_management_team", name="Tổ tự quản số 1",
            founding_decision="12/QĐ-UBND", founded_on=dt.date(2025, 8, 15),
        )  # fmt: skip
        self.bao_id = create_user(actor=system, phone="+84937102118", full_name="Trần Quốc Bảo", password=PASSWORD).id
        self.lan_id = create_user(actor=system, phone="+84928441587", full_name="Nguyễn Thị Lan").id
        since = now() - dt.timedelta(days=60)
        for user_id, role, badge in ((self.bao_id, "leader", "HT-01"), (self.lan_id, "member", "HT-07")):
            add_member(actor=system, team_id=self.team, user_id=user_id, role=role, badge_number=badge, starts_at=since)
        self.lan_code = issue_activation_code(actor=system, user_id=self.lan_id)
        # A decision since: so that the versions of each have something to tell.
        assert Area.objects.filter(id=self.hamlet).exists()
        self.lan_membership = Membership.objects.get(user_id=self.lan_id).id


def _sessions(story: Story, place: _Place) -> tuple[str, str]:
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


def _push(story: Story, place: _Place, lan: str) -> tuple[str, str]:
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


def _records(story: Story, place: _Place, lan: str, bao: str, patrol: str, lamp: str) -> None:
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
    story: Story, place: _Place, lan: str, bao: str, kind: str, collection: str, id: str, field: str,
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


def _media(story: Story, place: _Place, lan: str, bao: str, lamp: str) -> None:
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


def _media_clash(story: Story, place: _Place, lan: str, bao: str, photo: str) -> None:
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


def _places(story: Story, place: _Place, lan: str) -> None:
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


def _refusals(story: Story, place: _Place, lan: str, bao: str, patrol: str, lamp: str) -> None:
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
