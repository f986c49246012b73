"""Tips over HTTP: sent without a trace of who, answered by receipt, read and worked on by the police alone."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from nacl.bindings import sodium_pad
from nacl.public import PublicKey, SealedBox

from accounts.models import AuditEvent, LoginFailure
from accounts.tokens import access_token
from activities.tips import challenge, receipts, times
from activities.tips.models import TipKey
from activities.tips.views import sending as sending_views
from api import logs
from api.idempotency_models import IdempotencyKey
from api.ids import uuid7
from api.job_models import Outbox
from api.localtime import now
from tests.activities.tips.telling import JSON, a_key, a_tip, events, opened, post, rows, send, worked
from tests.cast import Cast, raise_cast
from tests.client import signed_in


@pytest.fixture
def cast(db: None, settings: Any) -> Cast:
    settings.TIP_DIFFICULTY = 8
    return raise_cast()


class TestSending:
    def test_a_member_sends_a_tip_and_the_same_again_gets_the_same_receipt(self, cast: Cast) -> None:
        tip = a_tip(cast.hamlets[0], place="Sau chợ", location={"lon": 108.448312, "lat": 11.214705})
        first, again = send(cast.lan, tip), send(cast.lan, tip)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json() == {"receipt": receipts.code_of(uuid.UUID(tip["id"]))}
        assert len(first.json()["receipt"]) == 16 and first.json()["receipt"].isdigit()
        [(hour, lon, lat, unit)] = rows("SELECT hour, location_lon, location_lat, unit_id FROM tip")
        assert hour == times.this_hour() and (lon, lat) == (108.448, 11.215), "nothing finer is kept"
        assert unit == cast.communes[0]
        other = send(cast.lan, tip | {"text": "Chuyện khác"})
        assert (other.status_code, other.json()["code"]) == (409, "tip_id_taken")

    def test_anybody_sends_one_for_a_proof_of_work(self, cast: Cast) -> None:
        tip = worked(a_tip(cast.communes[0]))
        first, again = (signed_in(None).post("/v1/public/tips", tip, content_type=JSON) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        other = tip | {"id": str(uuid.uuid4())}
        assert post(None, "/v1/public/tips", other).json()["code"] == "challenge_invalid"

    def test_a_challenge_is_good_once_in_time_and_as_it_was_given(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        late = worked(a_tip(cast.communes[0]))
        settings.TIP_DIFFICULTY = 0  # now any solution will do
        free = signed_in(None).get("/v1/public/tips/challenge").json()["challenge"]
        twice = [a_tip(cast.communes[0], work={"challenge": free, "solution": "x"}) for _ in range(2)]
        assert [post(None, "/v1/public/tips", each).status_code for each in twice] == [201, 409]
        for made_up in ("", "AAAA", free[:-2], "ồ" * 20):
            wrong = a_tip(cast.communes[0], work={"challenge": made_up, "solution": "x"})
            assert post(None, "/v1/public/tips", wrong).status_code in (409, 422)
        monkeypatch.setattr(challenge, "clock", lambda: now().timestamp() + 901)
        assert post(None, "/v1/public/tips", late).json()["code"] == "challenge_invalid"

    def test_an_id_that_tells_the_time_is_refused(self, cast: Cast) -> None:
        for other in (uuid7(), uuid.uuid1(), uuid.UUID(int=5)):
            answer = send(cast.lan, a_tip(cast.hamlets[0], id=str(other)))
            assert answer.status_code == 422
            assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/id", "not_uuid4")]

    def test_who_has_no_role_there_uses_the_public_way(self, cast: Cast) -> None:
        tip = a_tip(cast.hamlets[0])
        assert send(cast.linh, tip).status_code == 404
        assert send(cast.minh, tip).status_code == 403, "2-domain gives a Front officer counts alone"
        assert send(None, tip).status_code == 201
        assert send(None, a_tip(uuid7())).status_code == 422
        assert send(None, a_tip(cast.province)).status_code == 422

    def test_a_denunciation_is_refused_with_the_address_and_not_stored(self, cast: Cast, settings: Any) -> None:
        settings.DENUNCIATION_ADDRESS = "Ban Tiếp công dân tỉnh, 36 Trần Phú"
        tip = a_tip(cast.hamlets[0], about_official=True, text="Ông cán bộ xã nhận tiền")
        for who in (cast.lan, None):
            answer = send(who, tip)
            assert (answer.status_code, answer.json()["code"]) == (422, "denunciation_refused")
            assert "36 Trần Phú" in answer.json()["detail"]
        assert rows("SELECT 1 FROM tip UNION ALL SELECT 1 FROM tip_challenge") == []

    def test_no_answer_event_job_or_counter_is_kept_of_it(self, cast: Cast) -> None:
        before = {model: model.objects.count() for model in (AuditEvent, IdempotencyKey, Outbox, LoginFailure)}
        client = signed_in(cast.lan)
        for body in (a_tip(cast.hamlets[0]), a_tip(cast.hamlets[0], text="")):
            client.post("/v1/tips", body, content_type=JSON, headers={"Idempotency-Key": "một khóa".encode().hex()})
        assert {model: model.objects.count() for model in before} == before

    def test_a_crash_is_told_after_its_hour_and_by_the_hour_alone(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        def fail(_: Any) -> None:
            raise RuntimeError("Có người bán ma túy")

        monkeypatch.setattr(sending_views, "receive", fail)
        monkeypatch.setattr(logs, "_held", Counter())
        token = access_token(user_id=cast.lan.user_id, session_id=cast.lan.session_id)
        client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
        for _ in range(2):
            answer = client.post("/v1/tips", a_tip(cast.hamlets[0]), content_type=JSON)
            assert answer.status_code == 500
        client.get("/v1/meta")
        said = capfd.readouterr().err
        assert '"route":"v1/meta"' in said and "crash" not in said and "tips" not in said
        assert answer.headers["X-Request-Id"] not in said
        monkeypatch.setattr(logs, "_this_hour", lambda: "2099-01-01T00:00:00.000Z")
        client.get("/v1/meta")
        [told] = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "crash" in line]
        assert told["at"].endswith(":00:00.000Z") and told["times"] == 2 and "request_id" not in told
        assert told["error"][0]["type"] == "builtins.RuntimeError" and "ma túy" not in str(told)

    def test_it_costs_the_same_whatever_was_there(self, cast: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert send(cast.lan, a_tip(cast.hamlets[0])).status_code == 201
            return len(captured)

        first = queries()
        assert [queries() for _ in range(3)] == [first] * 3


class TestSource:
    def test_the_server_seals_for_thin_clients_and_phones_seal_themselves(self, cast: Cast) -> None:
        pair, key = a_key(cast)
        told = signed_in(None).get("/v1/public/tip_keys", {"area": str(cast.hamlets[0])}).json()
        assert [each["id"] for each in told["items"]] == [str(key.id)] and "tố cáo" in told["notice"]
        assert signed_in(cast.lan).get("/v1/tip_keys", {"area": str(cast.hamlets[0])}).json() == told
        public = base64.b64decode(told["items"][0]["public_key"])
        box = SealedBox(PublicKey(public)).encrypt(sodium_pad("Chị Hai, 0912 000 111".encode(), 512))
        sealed = {"key_id": str(key.id), "box": base64.b64encode(box).decode()}
        thin, phone = a_tip(cast.hamlets[0], source="Anh Ba"), a_tip(cast.hamlets[0], sealed_source=sealed)
        assert [send(cast.lan, each).status_code for each in (thin, phone)] == [201, 201]
        for tip, source in ((thin, "Anh Ba"), (phone, "Chị Hai, 0912 000 111")):
            answer = post(cast.dung, f"/v1/tips/{tip['id']}/source", {"reason": "Xác minh vụ án 12"})
            assert opened(pair, base64.b64decode(answer.json()["box"])) == source
        assert len(box) == 512 + 48, "its length says nothing of the name's"

    def test_a_box_that_cannot_be_one_is_refused_without_an_echo(self, cast: Cast) -> None:
        _, key = a_key(cast)
        for fault in (
            {"key_id": str(key.id), "box": "Nguyễn Văn Canary"},
            {"key_id": str(key.id), "box": base64.b64encode(b"Canary" * 100).decode()},
            {"key_id": str(uuid7()), "box": base64.b64encode(bytes(560)).decode()},
        ):
            answer = send(cast.lan, a_tip(cast.hamlets[0], sealed_source=fault))
            assert answer.status_code == 422 and b"Canary" not in answer.content
        both = {"source": "Canary", "sealed_source": {"key_id": str(key.id), "box": "AAAA"}}
        assert b"Canary" not in send(cast.lan, a_tip(cast.hamlets[0], **both)).content

    def test_without_a_key_nothing_is_taken_of_a_source(self, cast: Cast) -> None:
        answer = send(cast.lan, a_tip(cast.hamlets[0], source="Anh Ba"))
        assert (answer.status_code, answer.json()["code"]) == (409, "tip_key_missing")
        assert rows("SELECT 1 FROM tip") == []

    def test_taking_it_needs_a_reason_and_stands_in_the_trail(self, cast: Cast) -> None:
        a_key(cast)
        tip = a_tip(cast.hamlets[0], source="Anh Ba")
        send(cast.lan, tip)
        path = f"/v1/tips/{tip['id']}/source"
        assert post(cast.dung, path, {}).status_code == post(cast.dung, path, {"reason": ""}).status_code == 422
        assert [post(who, path, {"reason": "x"}).status_code for who in (cast.lan, cast.minh, cast.linh)] == [
            403, 403, 404,
        ]  # fmt: skip
        assert not events("tip.source_taken")
        answer = post(cast.dung, path, {"reason": "Cần gặp người báo"}).json()
        [event] = events("tip.source_taken")
        assert (event.user_id, event.subject_id) == (cast.dung.user_id, uuid.UUID(tip["id"]))
        assert event.details == {"opening_id": answer["opening_id"], "key_id": answer["key_id"]}
        [opening] = signed_in(cast.dung).get(f"/v1/tips/{tip['id']}").json()["openings"]
        assert (opening["user_id"], opening["reason"]) == (str(cast.dung.user_id), "Cần gặp người báo")
        anonymous = a_tip(cast.hamlets[0])
        send(cast.lan, anonymous)
        none = post(cast.dung, f"/v1/tips/{anonymous['id']}/source", {"reason": "x"})
        assert none.json()["code"] == "tip_source_missing"

    def test_keys_are_exchanged_and_sources_sealed_anew(self, cast: Cast) -> None:
        old, first = a_key(cast)
        tip = a_tip(cast.hamlets[0], source="Anh Ba")
        send(cast.lan, tip)
        new, second = a_key(cast)
        assert TipKey.objects.get(id=first.id).valid_to is not None
        [listed] = signed_in(cast.dung).get("/v1/tips", {"source_key": str(first.id)}).json()["items"]
        path = f"/v1/tips/{listed['id']}/source"
        box = base64.b64decode(post(cast.dung, path, {"reason": "Đổi khóa"}).json()["box"])
        anew = SealedBox(new.public_key).encrypt(sodium_pad(opened(old, box).encode(), 512))
        body = {
            "replaces": hashlib.sha256(box).hexdigest(),
            "sealed_source": {"key_id": str(second.id), "box": base64.b64encode(anew).decode()},
        }
        put = lambda who, body: signed_in(who).put(path, body, content_type=JSON)  # noqa: E731
        assert [put(who, body).status_code for who in (cast.lan, cast.linh, cast.dung, cast.dung)] == [
            403, 404, 200, 200,
        ]  # fmt: skip
        back = base64.b64encode(SealedBox(old.public_key).encrypt(bytes(512))).decode()
        stale = body | {"sealed_source": {"key_id": str(first.id), "box": back}}
        assert put(cast.dung, stale).json()["code"] == "tip_source_changed"
        stale["replaces"] = hashlib.sha256(anew).hexdigest()
        assert put(cast.dung, stale).status_code == 422, "a key that ended is none to seal to"
        [event] = events("tip.source_resealed")
        assert event.details == {"from_key_id": str(first.id), "to_key_id": str(second.id)}
        assert signed_in(cast.dung).get("/v1/tips", {"source_key": str(first.id)}).json()["items"] == []
        taken = post(cast.dung, path, {"reason": "Xem"}).json()
        assert opened(new, base64.b64decode(taken["box"])) == "Anh Ba"

    def test_only_the_areas_police_publish_and_end_keys(self, cast: Cast) -> None:
        _, key = a_key(cast)
        body = {"area_id": str(cast.communes[0]), "public_key": base64.b64encode(bytes(32)).decode()}
        assert [post(who, "/v1/tip_keys", body).status_code for who in (cast.son, cast.minh, cast.linh)] == [
            403, 403, 404,
        ]  # fmt: skip
        for unfit in ("AAAA", "A" * 43 + "="):
            assert post(cast.dung, "/v1/tip_keys", body | {"public_key": unfit}).status_code == 422
        same = {"area_id": str(cast.communes[0]), "public_key": base64.b64encode(bytes(key.public_key)).decode()}
        assert post(cast.dung, "/v1/tip_keys", same).json()["id"] == str(key.id)
        assert [post(who, f"/v1/tip_keys/{key.id}/end").status_code for who in (cast.minh, cast.linh)] == [403, 404]
        assert post(cast.dung, f"/v1/tip_keys/{key.id}/end").json()["valid_to"] is not None
        assert post(cast.dung, "/v1/tip_keys", same).json()["code"] == "tip_key_taken"
        assert [event.subject_id for event in events("tip_key.ended")] == [key.id]


class TestReceipt:
    def test_it_shows_status_and_replies_and_carries_messages(self, cast: Cast) -> None:
        tip = a_tip(cast.hamlets[0])
        code = send(cast.lan, tip).json()["receipt"]
        path = f"/v1/tips/receipts/{code}"
        assert signed_in(None).get(path).json() == {"status": "new", "replies": []}
        post(cast.dung, f"/v1/tips/{tip['id']}/acknowledge")
        question = {"id": str(uuid.uuid4()), "text": "Mấy giờ thì họ đến?"}
        for _ in range(2):
            read = post(cast.dung, f"/v1/tips/{tip['id']}/messages", question).json()
        assert [each["text"] for each in read["messages"]] == ["Mấy giờ thì họ đến?"]
        reply = {"id": str(uuid.uuid4()), "text": "Khoảng 9 giờ tối"}
        spaced = f"/v1/tips/receipts/{code[:4]} {code[4:8]}-{code[8:]}/messages"
        for _ in range(2):
            shown = post(None, spaced, reply).json()
        assert shown["status"] == "acknowledged"
        assert [(each["no"], each["text"]) for each in shown["replies"]] == [(1, "Mấy giờ thì họ đến?")]
        listed = signed_in(cast.dung).get("/v1/tips").json()["items"]
        assert [each["awaits_reply"] for each in listed] == [True]
        read = signed_in(cast.dung).get(f"/v1/tips/{tip['id']}").json()
        assert [(each["no"], each["sender"]) for each in read["messages"]] == [(1, "police"), (2, "source")]
        assert {each["hour"] for each in read["messages"]} == {read["hour"]}

    def test_a_source_waits_after_twenty_messages(self, cast: Cast) -> None:
        path = f"/v1/tips/receipts/{send(cast.lan, a_tip(cast.hamlets[0])).json()['receipt']}/messages"
        sent = [post(None, path, {"id": str(uuid.uuid4()), "text": str(no)}).status_code for no in range(21)]
        assert sent == [200] * 20 + [409]

    def test_right_digits_leave_no_trace_and_wrong_ones_are_limited(self, cast: Cast) -> None:
        code = send(cast.lan, a_tip(cast.hamlets[0])).json()["receipt"]
        assert signed_in(None).get(f"/v1/tips/receipts/{code}").status_code == 200
        assert LoginFailure.objects.count() == 0
        wrong = f"{(int(code) + 1) % 10**16:016}"
        guesses = [signed_in(None).get(f"/v1/tips/receipts/{wrong}").status_code for _ in range(101)]
        assert guesses == [404] * 100 + [429]
        assert signed_in(None).get(f"/v1/tips/receipts/{code}").status_code == 429, "nobody guesses on, right or wrong"
        assert signed_in(None).get("/v1/tips/receipts/12").status_code == 404


class TestPolice:
    def test_a_tip_goes_its_way(self, cast: Cast) -> None:
        tip = a_tip(cast.hamlets[0], urgency="urgent")
        send(cast.lan, tip)
        at = f"/v1/tips/{tip['id']}"

        def step(verb: str, **body: Any) -> Any:
            return post(cast.dung, f"{at}/{verb}", body)

        assert step("acknowledge").json()["status"] == "acknowledged"
        assert step("acknowledge").status_code == 200
        passed = step("forward", forwarded_to="Phòng PC04", note="Gấp").json()
        assert (passed["status"], passed["forwarded_to"], passed["note"]) == ("forwarded", "Phòng PC04", "Gấp")
        assert step("forward", forwarded_to="Phòng PC04", note="Gấp").json() == passed
        back = step("acknowledge")
        assert (back.status_code, back.json()["current"]["status"]) == (409, "forwarded")
        assert step("verify").json()["status"] == "verifying"
        assert step("conclude", outcome="valuable").json()["status"] == "valuable"
        assert step("conclude", outcome="closed").status_code == 422
        assert step("close").json()["status"] == "closed"
        assert step("verify").status_code == 409
        told = AuditEvent.objects.filter(subject_id=tip["id"]).exclude(name="tip.viewed")
        assert [each.name for each in told.order_by("id")] == [
            "tip.acknowledged", "tip.forwarded", "tip.verifying_begun", "tip.found_valuable", "tip.closed",
        ]  # fmt: skip

    def test_every_reading_is_in_the_trail_and_a_list_shows_no_text(self, cast: Cast) -> None:
        tip = a_tip(cast.hamlets[0])
        send(cast.lan, tip)
        page = signed_in(cast.dung).get("/v1/tips", {"category": "drugs", "area": str(cast.communes[0])})
        assert tip["text"] not in page.content.decode()
        [listed] = events("tips.listed")
        assert (listed.user_id, listed.details) == (cast.dung.user_id, {"filter": {"category": "drugs"}})
        assert signed_in(cast.dung).get(f"/v1/tips/{tip['id']}").json()["text"] == tip["text"]
        [read] = events("tip.viewed")
        assert (read.user_id, read.subject_id, read.area_id) == (
            cast.dung.user_id, uuid.UUID(tip["id"]), cast.hamlets[0],
        )  # fmt: skip
        seen = signed_in(cast.dung).get("/v1/audit_events", {"name": "tip.viewed"}).json()["items"]
        assert [each["subject_id"] for each in seen] == [tip["id"]]

    def test_lists_are_filtered_paged_and_end_at_the_commune(self, cast: Cast) -> None:
        for category in ("theft", "drugs", "drugs"):
            send(cast.lan, a_tip(cast.hamlets[0], category=category))
        send(None, a_tip(cast.communes[1]))
        found, cursor = [], None
        for _ in range(3):
            query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
            page = signed_in(cast.dung).get("/v1/tips", query).json()
            found += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None and len(set(found)) == 3
        drugs = signed_in(cast.dung).get("/v1/tips", {"category": "drugs", "overdue": "false"}).json()["items"]
        assert [each["category"] for each in drugs] == ["drugs", "drugs"]
        assert signed_in(cast.dung).get("/v1/tips", {"area": str(cast.communes[1])}).json()["items"] == []
        for query in ({"status": "lost"}, {"area": "x"}, {"overdue": "1"}):
            assert signed_in(cast.dung).get("/v1/tips", query).status_code == 400
        for who, status in ((cast.lan, 403), (cast.minh, 403), (cast.hoa, 403), (cast.son, 403), (cast.khach, 403)):
            assert signed_in(who).get("/v1/tips").status_code == status

    def test_a_page_of_many_costs_what_one_costs(self, cast: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert signed_in(cast.dung).get("/v1/tips").status_code == 200
            return len(captured)

        send(cast.lan, a_tip(cast.hamlets[0]))
        queries()
        one = queries()
        for _ in range(10):
            send(cast.lan, a_tip(cast.hamlets[0]))
        assert queries() == one
