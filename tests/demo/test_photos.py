"""Photos: uploaded to the host that the link was signed for, freed only for a receipt that holds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demo.jpeg import photo
from demo.phone import Phone
from demo.receipts import BadReceipt, check_receipt
from demo.session import OutOfReach
from tests.demo.conftest import AREA, push_reply
from tests.demo.scripted import Reply, Request, Scripted

CONTENT = photo("một tấm ảnh", size=70_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
S3_HOST = "s3.anthon.test:9000"
KEY = Ed25519PrivateKey.generate()
COMPLETE = "POST /v1/media/complete"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def receipt(id: str, *, key: Ed25519PrivateKey = KEY, kid: str = "k1", alg: str = "EdDSA", **claims: object) -> str:
    facts = {"id": id, "sha256": SHA256, "size": len(CONTENT), "received_at": "2026-11-22T22:00:00.000Z", **claims}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": alg, "kid": kid}, facts))
    return f"{signed}.{encoded(key.sign(signed.encode()))}"


def key_set(**keys: Ed25519PrivateKey) -> dict[str, object]:
    x = {kid: encoded(key.public_key().public_bytes_raw()) for kid, key in keys.items()}
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": value} for kid, value in x.items()]}


def link(name: str) -> dict[str, object]:
    put = {
        "url": f"http://{S3_HOST}/{name}?signature=1",
        "headers": {"If-None-Match": "*", "Content-Type": "image/jpeg"},
    }
    return {"put": {**put, "expires_at": "2026-11-23T22:00:00.000Z"}}


def completed(**claims: object) -> Callable[[Request], Reply]:
    def reply(request: Request) -> Reply:
        ids = request.json["ids"]
        return Reply(
            body={"results": [{"id": id, "status": "verified", "receipt": receipt(id, **claims)} for id in ids]}
        )

    return reply


@pytest.fixture
def bucket() -> Iterator[Scripted]:
    with Scripted() as scripted:
        scripted.on("PUT /first", Reply(200))
        yield scripted


@pytest.fixture
def photographer(server: Scripted, bucket: Scripted, phone: Phone) -> Phone:
    """A phone with one declared photo."""
    phone.session.wire.dial = {S3_HOST: bucket.address}
    server.on("POST /v1/sync/push", push_reply("applied", upload=link("first")))
    server.on("GET /.well-known/jwks.json", Reply(body=key_set(k1=KEY)))
    server.on(COMPLETE, completed())
    phone.photograph(CONTENT, area_id=AREA, subject={"type": "observation", "id": "o"})
    phone.sync.push()
    return phone


def test_a_photo_goes_up_and_is_freed_by_its_receipt(bucket: Scripted, photographer: Phone) -> None:
    [waiting] = photographer.store.photos("waiting")
    assert photographer.store.file(waiting.id).read_bytes() == CONTENT
    photographer.photos.send()
    [put] = bucket.requests
    assert put.body == CONTENT
    assert put.headers["host"] == S3_HOST
    assert put.headers["if-none-match"] == "*"
    assert "authorization" not in put.headers
    [safe] = photographer.store.photos("safe")
    assert safe.receipt
    assert not photographer.store.file(safe.id).exists()


def test_a_lost_answer_is_found_out_by_412(bucket: Scripted, photographer: Phone) -> None:
    bucket.on("PUT /first", Reply(cut="nothing"), Reply(412, b"<Error/>"))
    photographer.photos.send()
    assert len(bucket.requests) == 2
    assert photographer.store.count_photos("safe") == 1


def test_an_expired_link_is_signed_anew(server: Scripted, bucket: Scripted, photographer: Phone) -> None:
    [waiting] = photographer.store.photos("waiting")
    bucket.on("PUT /first", Reply(403, b"<Error/>"))
    bucket.on("PUT /second", Reply(200))
    server.on(f"GET /v1/media/{waiting.id}/upload", Reply(body={"status": "pending", "upload": link("second")}))
    photographer.photos.send()
    assert [request.path for request in bucket.requests] == ["/first", "/second"]
    assert photographer.store.count_photos("safe") == 1


def test_what_s3_doesnt_have_goes_up_again(server: Scripted, bucket: Scripted, photographer: Phone) -> None:
    [waiting] = photographer.store.photos("waiting")
    missing = {"id": waiting.id, "status": "pending", "problem": {"status": 409, "code": "object_missing"}}
    server.on(COMPLETE, Reply(body={"results": [missing]}), completed())
    server.on(f"GET /v1/media/{waiting.id}/upload", Reply(body={"status": "pending", "upload": link("first")}))
    photographer.photos.send()
    assert len(bucket.requests) == 2
    assert photographer.store.count_photos("safe") == 1


def test_a_photo_verified_already_only_needs_its_receipt(
    server: Scripted, bucket: Scripted, photographer: Phone
) -> None:
    [waiting] = photographer.store.photos("waiting")
    photographer.store.update_photo(waiting.id, state="waiting")
    server.on(f"GET /v1/media/{waiting.id}/upload", Reply(body={"status": "verified"}))
    photographer.photos.send()
    assert not bucket.requests
    assert photographer.store.count_photos("safe") == 1


def test_without_s3_the_photo_stays(bucket: Scripted, photographer: Phone) -> None:
    bucket.on("PUT /first", Reply(503))
    with pytest.raises(OutOfReach):
        photographer.photos.send()
    [waiting] = photographer.store.photos("waiting")
    assert photographer.store.file(waiting.id).exists()


@pytest.mark.parametrize(
    "wrong", [{"key": Ed25519PrivateKey.generate()}, {"size": 1}, {"kid": "nobody's"}, {"alg": "none"}]
)
def test_a_receipt_that_doesnt_hold_frees_nothing(
    server: Scripted, photographer: Phone, wrong: dict[str, object]
) -> None:
    server.on(COMPLETE, completed(**wrong))
    photographer.photos.send()
    [doubtful] = photographer.store.photos("doubtful")
    assert photographer.store.file(doubtful.id).read_bytes() == CONTENT


def test_a_new_key_is_fetched(server: Scripted, photographer: Phone) -> None:
    photographer.store.set(keys=key_set(old=Ed25519PrivateKey.generate()))
    photographer.photos.send()
    assert photographer.store.count_photos("safe") == 1


def test_a_photo_whose_record_was_refused_stays_on_the_phone(server: Scripted, bucket: Scripted, phone: Phone) -> None:
    server.on("POST /v1/sync/push", push_reply("rejected"))
    phone.photograph(CONTENT, area_id=AREA, subject={"type": "observation", "id": "o"})
    phone.deliver()
    assert not bucket.requests
    assert phone.store.count_photos("waiting") == 1


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "a.b", f"{encoded(b'[]')}.{encoded(b'{}')}.x", receipt("i").rpartition(".")[0] + "."]
)
def test_what_is_no_receipt_is_refused(token: str) -> None:
    with pytest.raises(BadReceipt):
        check_receipt(token, keys=key_set(k1=KEY), id="i", sha256=SHA256, size=len(CONTENT))


def test_the_photos_differ_and_repeat_by_seed() -> None:
    assert photo("một tấm ảnh", size=70_000) == CONTENT
    assert photo("một tấm ảnh khác", size=70_000) != CONTENT
    assert CONTENT.startswith(b"\xff\xd8\xff\xe0") and CONTENT.endswith(b"\xff\xd9")
