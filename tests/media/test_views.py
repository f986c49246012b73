"""The routes of files over HTTP."""

import time
import uuid
from typing import Any

import pytest

from api.health import CHECKS
from api.ids import uuid7
from api.problems import Problem
from demo.receipts import check_receipt
from embedded.s3 import S3
from media.receipts import public_keys
from tests.cast import Cast, Person
from tests.client import signed_in
from tests.media.http import get, put
from tests.media.photos import Photo, bring, declaration, photograph

pytestmark = pytest.mark.usefixtures("clean_db")


class Phone:
    """Someone's HTTP."""

    def __init__(self, person: Person | None) -> None:
        self.client = signed_in(person)

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, body: object = None) -> Any:
        if body is None:
            return self.client.post(path)
        return self.client.post(path, body, content_type="application/json")


@pytest.mark.usefixtures("s3")
class TestDeclare:
    def new(self, cast: Cast, content: bytes = b"\xff\xd8 new") -> Photo:
        return Photo(uuid7(), cast.hamlets[0], content)

    def test_a_post_answers_with_the_upload_and_so_does_its_repeat(self, cast: Cast) -> None:
        photo, lan = self.new(cast), Phone(cast.lan)
        first, again = (lan.post("/v1/media", declaration(photo)) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        for answer in (first, again):
            assert (answer.json()["status"], answer.json()["version"]) == ("pending", 1)
            assert set(answer.json()["upload"]) == {"put"}
        link = again.json()["upload"]["put"]
        assert put(link["url"], link["headers"], photo.content) == 200

    def test_a_push_answers_with_the_upload_and_so_does_its_repeat(self, cast: Cast) -> None:
        photo, lan = self.new(cast), Phone(cast.lan)
        sent = pushed(photo)
        first, again = (lan.post("/v1/sync/push", sent).json()["results"][0] for _ in range(2))
        assert (first["status"], again["status"], again["was"]) == ("applied", "unchanged", "applied")
        for result in (first, again):
            link = result["upload"]["put"]
        assert put(link["url"], link["headers"], photo.content) == 200

    def test_bytes_brought_before_need_no_upload(self, cast: Cast) -> None:
        before = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), before)
        lan = Phone(cast.lan)
        lan.post(f"/v1/media/{before.id}/complete")

        by_push, by_post = (self.new(cast, before.content) for _ in range(2))
        result = lan.post("/v1/sync/push", pushed(by_push)).json()["results"][0]
        answer = lan.post("/v1/media", declaration(by_post))

        assert (result["status"], "upload" in result) == ("applied", False)
        assert (answer.status_code, "upload" in answer.json()) == (201, False)
        for photo in (by_push, by_post):
            held = lan.get(f"/v1/media/{photo.id}").json()
            assert held["status"] == "verified"
            check_receipt(held["receipt"], keys=public_keys(), **photo.facts)

    def test_another_phone_of_the_team_pulls_the_receipt(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), photo)
        receipt = Phone(cast.lan).post(f"/v1/media/{photo.id}/complete").json()["receipt"]
        changes = Phone(cast.bao).get("/v1/sync/pull").json()["changes"]
        [held] = [change for change in changes if change["type"] == "media"]
        assert (held["version"], held["data"]["receipt"]) == (2, receipt)


def pushed(photo: Photo) -> dict[str, Any]:
    """A push that declares a photo."""
    mutation = {"mutation_id": str(uuid7()), "type": "media", "id": str(photo.id), "op": "put"}
    return {"sent_at": "2026-11-22T06:00:00.000Z", "mutations": [mutation | {"data": declaration(photo)}]}


@pytest.mark.usefixtures("s3")
class TestUpload:
    def test_a_link_is_signed_anew_at_any_time(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        answer = Phone(cast.lan).get(f"/v1/media/{photo.id}/upload")
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["receipt"]) == ("pending", None)
        link = answer.json()["upload"]["put"]
        assert put(link["url"], link["headers"], photo.content) == 200

    def test_what_is_verified_answers_with_its_receipt_instead(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), photo)
        lan = Phone(cast.lan)
        receipt = lan.post(f"/v1/media/{photo.id}/complete").json()["receipt"]
        answer = lan.get(f"/v1/media/{photo.id}/upload").json()
        assert (answer["upload"], answer["receipt"], answer["status"]) == (None, receipt, "verified")


@pytest.mark.usefixtures("s3")
class TestComplete:
    def test_the_receipt_comes_back_the_same_each_time(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), photo)
        lan = Phone(cast.lan)
        first, again = (lan.post(f"/v1/media/{photo.id}/complete") for _ in range(2))
        assert (first.status_code, again.status_code) == (200, 200)
        assert again.json() == first.json()
        check_receipt(first.json()["receipt"], keys=public_keys(), **photo.facts)
        assert set(first.json()) == {"id", "status", "version", "receipt"}

    def test_without_an_object_it_is_409(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        answer = Phone(cast.lan).post(f"/v1/media/{photo.id}/complete")
        assert (answer.status_code, answer.json()["code"]) == (409, "media_not_uploaded")

    def test_a_batch_has_a_result_each_in_order(self, cast: Cast) -> None:
        there, missing = (photograph(cast.lan.actor(), cast.hamlets[0]) for _ in range(2))
        bring(cast.lan.actor(), there)
        unknown = uuid.uuid4()
        answer = Phone(cast.lan).post("/v1/media/complete", {"ids": [str(missing.id), str(there.id), str(unknown)]})
        assert answer.status_code == 200
        results = answer.json()["results"]
        assert [result["id"] for result in results] == [str(missing.id), str(there.id), str(unknown)]
        assert (results[0]["problem"]["status"], results[0]["problem"]["code"]) == (409, "media_not_uploaded")
        assert set(results[1]) == {"id", "status", "version", "receipt"}
        assert results[2]["problem"]["code"] == "not_found"

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"ids": ["x"]}, ("/ids/0", "invalid_uuid")),
            ({"ids": [str(uuid.uuid4())] * 101}, ("/ids", "too_many_items")),
            ({}, ("/ids", "required")),
            ({"ids": [], "more": 1}, ("/more", "unknown_field")),
        ],
    )
    def test_a_mistaken_batch_is_422(self, cast: Cast, body: object, fault: tuple[str, str]) -> None:
        answer = Phone(cast.lan).post("/v1/media/complete", body)
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [fault]

    def test_with_the_store_gone_it_is_503_within_ten_seconds(self, cast: Cast, settings: object) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        settings.S3 = settings.S3 | {"endpoint": "http://127.0.0.1:1"}  # type: ignore[attr-defined]
        lan = Phone(cast.lan)
        for path, body in ((f"/v1/media/{photo.id}/complete", None), ("/v1/media/complete", {"ids": [str(photo.id)]})):
            began = time.monotonic()
            answer = lan.post(path, body)
            assert time.monotonic() - began < 10
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
            assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("s3")
class TestContent:
    def test_verified_bytes_come_from_the_store(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), photo)
        Phone(cast.lan).post(f"/v1/media/{photo.id}/complete")
        for person in (cast.lan, cast.bao, cast.minh, cast.dung):
            answer = Phone(person).get(f"/v1/media/{photo.id}/content")
            assert answer.status_code == 302
            status, headers, body = get(answer.headers["Location"])
            assert (status, body, headers["content-type"]) == (200, photo.content, "image/jpeg")
            assert headers["content-disposition"] == f'attachment; filename="{photo.id}.jpg"'

    def test_unverified_bytes_are_never_served(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), photo)
        answer = Phone(cast.lan).get(f"/v1/media/{photo.id}/content")
        assert (answer.status_code, answer.json()["code"]) == (409, "media_not_verified")

    def test_variants_that_are_not_there_say_so(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        bring(cast.lan.actor(), photo)
        lan = Phone(cast.lan)
        lan.post(f"/v1/media/{photo.id}/complete")
        path = f"/v1/media/{photo.id}/content"
        assert lan.get(path, variant="original").status_code == 302
        for variant, status, code in (("preview", 404, "media_variant_missing"), ("huge", 400, "parameter_invalid")):
            answer = lan.get(path, variant=variant)
            assert (answer.status_code, answer.json()["code"]) == (status, code)


ROUTES = [("get", "upload"), ("post", "complete"), ("get", "content")]


@pytest.mark.parametrize(("method", "verb"), ROUTES)
def test_linh_gets_the_404_of_a_random_id_for_lans_photo(cast: Cast, method: str, verb: str) -> None:
    photo = photograph(cast.lan.actor(), cast.hamlets[0])
    answers = []
    for person in (cast.linh, cast.khach):
        for id in (photo.id, uuid.uuid4()):
            answer = getattr(Phone(person), method)(f"/v1/media/{id}/{verb}")
            assert answer.status_code == 404
            answers.append({**answer.json(), "request_id": None})
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(("method", "verb"), ROUTES)
def test_without_a_session_it_is_401(cast: Cast, method: str, verb: str) -> None:
    assert getattr(Phone(None), method)(f"/v1/media/{uuid.uuid4()}/{verb}").status_code == 401


def test_the_keys_of_receipts_are_public() -> None:
    answer = Phone(None).get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert answer.json() == public_keys()
    assert "max-age" in answer.headers["Cache-Control"]


def test_readiness_knows_the_store_and_learns_of_its_absence_within_two_seconds(
    s3: S3, silent_server: str, settings: object
) -> None:
    check = CHECKS["storage"]
    check()
    settings.S3 = settings.S3 | {"endpoint": silent_server}  # type: ignore[attr-defined]
    began = time.monotonic()
    with pytest.raises(Problem, match="storage_unavailable"):
        check()
    assert time.monotonic() - began < 2
